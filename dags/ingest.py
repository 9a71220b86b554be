"""Pulls one source system into raw history, a task per stream; small streams, such as registers, share one.

Each `load` lands what changed since the stream's watermark, in one transaction; `publish` then announces the source's
asset, if rows changed, and `transform` follows. A stream that fails does not hold up its neighbours; `watch` turns the
run red for it.

**When a `load` is red**, its last log line says what to mend. Wrong credentials, a refused stream or a vanished field
are not tried again: mend the connection (Admin, Connections) or the district file, then clear the task. Anything else
was tried again, with growing pauses: look at the source system first. Nothing is lost by waiting, the watermark stands.

**To pull again from a chosen date**, trigger the DAG with `since`; with `full`, everything is compared. Both land only
what differs, so neither can do harm. `streams` limits the run.
"""

from typing import Any

from airflow.sdk import DAG, Param, TriggerRule, task

from schoolward import airflow_adapter as adapter
from schoolward.district import load_district

district = load_district()

for source in district.sources:
    raw, streams = adapter.raw_asset(source.name), adapter.stream_names(district, source.name)
    with DAG(
        f"ingest_{source.name}",
        description=f"Pull {source.name} ({source.system}) into raw history",
        schedule=adapter.schedule(district, source.schedule),
        catchup=False,
        max_active_runs=1,
        default_args={**adapter.DEFAULT_ARGS, "pool": adapter.source_pool(source.name)},
        params={
            "since": Param(None, type=["null", "string"], format="date-time", description="Ask again for everything changed since then"),
            "full": Param(False, type="boolean", description="Compare everything, not only what changed"),
            "streams": Param([], type="array", items={"enum": streams}, examples=streams, description="Only these; none means all"),
        },
        tags=["ingest", source.system],
        doc_md=__doc__,
    ):  # fmt: skip

        @task(map_index_template=adapter.BATCH_LABEL)
        @adapter.short_traceback
        def load(source: str, streams: list[str], params: dict[str, Any]) -> str:
            from schoolward.ingest.run import ingest_stream

            district = load_district()
            since = adapter.instant(params["since"], district)

            def pull(stream: str) -> str:
                return str(ingest_stream(district, source, stream, since=since, full=params["full"]))

            return adapter.each_stream(streams, params["streams"], pull)

        @task(trigger_rule=TriggerRule.ALL_DONE, inlets=[raw], outlets=[raw])
        @adapter.short_traceback
        def publish(source: str) -> str:
            return adapter.announce_changes(source)

        loads = load.partial(source=source.name).expand(streams=adapter.stream_batches(district, source.name))
        loads >> publish(source.name) >> adapter.watch(loads)
