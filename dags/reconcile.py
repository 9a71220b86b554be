"""Sweeps every source, once a week, for what incremental pulls cannot see: deletions and edits that moved no cursor.

Every stream's keys and fingerprints are compared with the source's own; what differs lands as a new version.

**When a task is red**, its last log line says why. A sweep that failed is not urgent: the next one covers it. Clear the
task at an hour that suits the source system, or leave it.

**When a sweep finds many changes**, look at the load's counts in `ops.load`: silent edits in bulk mean that the vendor
does not move its change date for them, and the source may need a `full` ingest on its own schedule.
"""

from airflow.sdk import DAG, TaskGroup, TriggerRule, task

from schoolward import airflow_adapter as adapter
from schoolward.district import load_district

district = adapter.sound_district()

with DAG(
    "reconcile",
    description="Find deletions and silent edits in every source",
    schedule=adapter.schedule(district, "0 1 * * 6"),
    catchup=False,
    max_active_runs=1,
    default_args=adapter.DEFAULT_ARGS,
    tags=["ingest", "weekly"],
    doc_md=__doc__,
):
    for source, batches in adapter.batches_by_source(district).items():
        raw, pool = adapter.raw_asset(source), adapter.source_pool(source)
        with TaskGroup(source):

            @task(pool=pool, map_index_template=adapter.BATCH_LABEL)
            @adapter.short_traceback
            def sweep(source: str, streams: list[str]) -> str:
                from schoolward.ingest.run import reconcile_stream

                district = load_district()
                return adapter.each_stream(streams, None, lambda stream: reconcile_stream(district, source, stream))

            @task(pool=pool, trigger_rule=TriggerRule.ALL_DONE, inlets=[raw], outlets=[raw])
            @adapter.short_traceback
            def publish(source: str) -> str:
                return adapter.announce_changes(source)

            sweeps = sweep.partial(source=source).expand(streams=batches)
            sweeps >> publish(source) >> adapter.watch(sweeps, pool=pool)
