"""What Schoolward and Airflow know of each other; nothing else in the package imports Airflow.

DAG files take their defaults, pools, assets and schedules from here, so that a rule for all of them stands in one place.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from schoolward.home import home

os.environ.setdefault("AIRFLOW_HOME", str(home() / "airflow"))  # read by Airflow when first imported

from airflow.sdk import (
    Asset,
    AssetAny,
    Connection,
    CronTriggerTimetable,
    ExceptionRetryPolicy,
    RetryAction,
    RetryRule,
    TriggerRule,
    get_current_context,
    task,
)
from airflow.sdk.exceptions import AirflowFailException, AirflowNotFoundException, AirflowSkipException

from schoolward.district import District, load_district
from schoolward.errors import AccessRefusedError, DistrictFileError, DriftError, SchoolwardError, SignInRefusedError
from schoolward.sources.base import SYSTEMS, Source, Stream

if TYPE_CHECKING:
    from schoolward.warehouse.changes import Change

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

WAREHOUSE_POOL = "warehouse"
DELIVERY_POOL = "delivery"
_SLOTS_PER_SOURCE = 2
"""Streams of one source pulled at a time: vendors limit the calls of one client, not of one stream."""
ALERTS_FIRST: dict[str, Any] = {"priority_weight": 1000, "weight_rule": "absolute"}
"""Of the tasks between the marts and an urgent mail. Airflow prefers whatever has most downstream of it: pulls of many streams, or the
next build, would take every place that falls free, and a mail of seconds would wait for them."""

MARTS = Asset("schoolward://marts")


def raw_asset(source: str) -> Asset:
    """The asset that stands for the raw rows of a source."""
    return Asset(f"schoolward://raw/{source}")


# -- failures: who must act, and one sentence for them

RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            [DistrictFileError, SignInRefusedError, AccessRefusedError, DriftError],
            RetryAction.FAIL,
            reason="A person must mend this; trying again cannot.",
        )
    ]
)
"""Everything else may pass: a source that is down, a warehouse that restarts under a build."""


def tell_failure(context: Mapping[str, Any]) -> None:
    """Say as the last line of a failed task's log what failed and why, in one sentence.

    Airflow writes the traceback before this; the closed group keeps the line in sight on Airflow's page.
    """
    task_instance = context["ti"]
    label = task_instance.rendered_map_index or (str(task_instance.map_index) if task_instance.map_index >= 0 else "")
    what = " ".join(filter(None, (task_instance.dag_id, task_instance.task_id, label)))
    log.info("::endgroup::")
    log.error("%s failed: %s", what, _sentence(context.get("exception")))


def _sentence(error: BaseException | None) -> str:
    if error is None:
        return "it was stopped from outside."
    if isinstance(error, SchoolwardError | AirflowFailException):
        return " ".join(str(error).split())
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"


def short_traceback(function: Callable[P, R]) -> Callable[P, R]:
    """Drop what lies behind a :class:`SchoolwardError`: its sentence says all, and deep frames would bury it."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except SchoolwardError as error:
            raise error.with_traceback(None) from None

    return call


DEFAULT_ARGS: dict[str, Any] = {
    "owner": "data engineering",
    "retries": 3,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=30),
    "retry_policy": RETRY_POLICY,
    "execution_timeout": timedelta(hours=1),
    "on_failure_callback": tell_failure,
    "on_retry_callback": tell_failure,
}


# -- what a DAG file may know of the district when it is parsed


def sound_district() -> District | None:
    """The district, or None while its file has mistakes: ``ingest.py`` alone tells them, so that they are told once."""
    try:
        return load_district()
    except DistrictFileError:
        return None


def schedule(district: District | None, cron: str) -> CronTriggerTimetable | None:
    """A cron schedule in the district's zone; none while the district file has mistakes.

    The first run waits for the next time. Airflow 3.3 takes ``run_immediately=False`` for "up to five minutes late".
    """
    return (
        CronTriggerTimetable(cron, timezone=str(district.timezone), run_immediately=timedelta()) if district else None
    )


def when_raw_changed(district: District | None) -> AssetAny | None:
    """The schedule of whatever reads raw: any source of the district has new rows."""
    return AssetAny(*(raw_asset(source.name) for source in district.sources)) if district else None


def stream_names(district: District, source: str) -> list[str]:
    """The streams a source is configured to give."""
    return [stream.name for stream in _streams(district, source)]


def stream_batches(district: District, source: str) -> list[list[str]]:
    """The streams of a source as tasks pull them: each by itself, the small ones together."""
    streams = _streams(district, source)
    small = [stream.name for stream in streams if stream.is_small]
    return [*([stream.name] for stream in streams if not stream.is_small), *([small] if small else [])]


def batches_by_source(district: District | None) -> dict[str, list[list[str]]]:
    """The batches of every source; none while the district file has mistakes."""
    return {source.name: stream_batches(district, source.name) for source in district.sources} if district else {}


def _streams(district: District, source: str) -> tuple[Stream, ...]:
    """Opened without its credentials: enough to draw its tasks."""
    from schoolward.connections import Connection as Address

    config = district.source(source)
    source_class: type[Source] = import_module(SYSTEMS[config.system]).SOURCE
    return source_class(district, config, Address(config.connection), b"").streams()


def streams_by_source(district: District | None) -> dict[str, list[str]]:
    """The streams of every source; none while the district file has mistakes."""
    return {source.name: stream_names(district, source.name) for source in district.sources} if district else {}


# -- what tasks call


def announce_changes(source: str) -> str:
    """Emit the source's raw asset when rows have changed since it was last emitted; skip the task otherwise.

    The books are compared, not what this run's loads returned: rows of a load that was killed after its commit, or
    that somebody pulled from a terminal, are announced by the next run.

    Raises:
        AirflowSkipException: nothing has changed.
        SchoolwardError: the warehouse cannot be reached.
    """
    from schoolward.warehouse.changes import newest_change

    asset = raw_asset(source)
    newest = newest_change(source)
    if newest is None:
        raise AirflowSkipException(f"{source} has no rows yet.")
    if _told_with(asset) == _as_extra(newest):
        raise AirflowSkipException(f"Nothing has changed in {source} since load {newest.load_id}.")
    _tell_with(asset, newest)
    return f"{source} has changed: load {newest.load_id}"


def begin_build() -> None:
    """Skip a build that an asset set off when it would be too early or for nothing; a run triggered by hand always builds.

    Too early: some stream has yet to land for the first time; its landing sets off another build. For nothing: no load
    has moved rows since the last build began, which is so when a source announces what that build has already seen.

    Raises:
        AirflowSkipException: saying which.
        SchoolwardError: the district file has mistakes, or the warehouse cannot be reached.
    """
    from schoolward.warehouse.changes import missing_from_first_picture, newest_change

    newest = newest_change()
    if get_current_context()["dag_run"].run_type == "asset_triggered":
        missing = missing_from_first_picture(streams_by_source(load_district()))
        if missing:
            raise AirflowSkipException(f"The first build waits for the first load of {', '.join(missing)}.")
        if newest is not None and _told_with(MARTS) == _as_extra(newest):
            raise AirflowSkipException(f"The marts hold everything up to load {newest.load_id} already.")
    if newest is not None:
        _tell_with(MARTS, newest)


def _as_extra(change: "Change") -> dict[str, Any]:
    return {"load_id": change.load_id, "finished_at": change.finished_at.isoformat()}


def _told_with(asset: Asset) -> dict[str, Any] | None:
    """What the asset's last event was told with; needs the asset among the task's inlets."""
    events = get_current_context()["inlet_events"][asset].ascending(False).limit(1)
    return next((dict(event.extra or {}) for event in events), None)


def _tell_with(asset: Asset, change: "Change") -> None:
    """What the asset's next event tells, should the task succeed; needs the asset among the task's outlets."""
    get_current_context()["outlet_events"][asset].extra = _as_extra(change)


def watch(loads: Any, **options: Any) -> Any:
    """A task that fails when any of the loads failed and is skipped otherwise.

    Airflow judges a run by its last tasks; without this a run whose ``publish`` went well would be green.
    """

    @task(task_id="watch", trigger_rule=TriggerRule.ONE_FAILED, **options)
    def fail() -> None:
        raise AirflowFailException("at least one stream failed; the last line of its own log says why.")

    last = fail()
    loads >> last
    return last


BATCH_LABEL = "{{ task.op_kwargs['streams'] | join(', ') | truncate(80) }}"
"""What Airflow's page calls a mapped task: its stream, or the first few of them."""


def each_stream(streams: Sequence[str], chosen: Sequence[str] | None, work: Callable[[str], object]) -> str:
    """Do the work for each stream of a batch; one that fails does not hold up its neighbours.

    Raises:
        AirflowSkipException: the run is for chosen streams, and none of these is among them.
        SchoolwardError: the stream's own where one failed; where several did, one that tells them all.
    """
    wanted = [stream for stream in streams if not chosen or stream in chosen]
    if not wanted:
        raise AirflowSkipException(f"This run is for {', '.join(chosen or ())} only.")
    told: list[str] = []
    failures: dict[str, SchoolwardError] = {}
    for stream in wanted:
        try:
            told.append(str(work(stream)))
        except SchoolwardError as error:
            failures[stream] = error
    if len(failures) > 1:
        sentences = " ".join(f"{stream}: {error}" for stream, error in failures.items())
        raise SchoolwardError(f"{len(failures)} of {len(wanted)} streams failed. {sentences}")
    if failures:
        raise next(iter(failures.values()))
    return "\n".join(told)


def instant(value: str | None, district: District) -> datetime | None:
    """A run's ``since`` as a datetime; without an offset it is the district's own time.

    Raises:
        AirflowFailException: when it is none; Airflow's form does not check what is typed into the API.
    """
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise AirflowFailException(
            f"since is {value!r}, which is no date. Trigger the run again with one such as 2025-09-01T00:00:00-05:00."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=district.timezone)


def trim_metadata(keep_days: int) -> str:
    """Delete Airflow's own records (runs, logs of events, XComs) older than that, by ``airflow db clean``.

    A task may not use Airflow's database, so a process of its own does, with the address Airflow hides from tasks.

    Raises:
        SchoolwardError: with the last line the command wrote.
    """
    before = datetime.now(UTC) - timedelta(days=keep_days)
    command = [sys.executable, "-m", "airflow", "db", "clean", "--clean-before-timestamp", before.isoformat()]
    command += ["--skip-archive", "--yes", "--error-on-cleanup-failure"]
    cleaned = subprocess.run(command, env=_metadata_environment(), capture_output=True, text=True)
    if cleaned.returncode != 0:
        why = ((cleaned.stderr or cleaned.stdout).strip().splitlines() or [f"exit code {cleaned.returncode}"])[-1]
        raise SchoolwardError(
            f"Airflow's own records could not be trimmed: {why} Run `airflow db clean` by hand to see more."
        )
    return f"Airflow's records from before {before:%Y-%m-%d} are gone"


def _metadata_environment() -> dict[str, str]:
    """This process's environment with the metadata database's address in it again.

    In a task Airflow puts a useless address there. The platform's own cluster is known; elsewhere the address comes from
    ``AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD`` or ``…_SECRET``, which Airflow reads once the useless one is gone.
    """
    from schoolward.platform.databases import airflow_url

    hidden = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
    environment = {
        name: value for name, value in os.environ.items() if name not in (hidden, "AIRFLOW__CORE__SQL_ALCHEMY_CONN")
    }
    if f"{hidden}_CMD" in environment or f"{hidden}_SECRET" in environment:
        return environment
    with suppress(FileNotFoundError):
        environment[hidden] = airflow_url("psycopg2")
    return environment


# -- connections and pools


def airflow_connection(id: str) -> dict[str, Any] | None:
    """A connection from Airflow's secrets backends or metadata, with or without Airflow running; None if unknown.

    Keys are Airflow's: conn_type, host, port, login, password, schema, extra (a mapping).
    """
    try:
        found = Connection.get(id)
    except AirflowNotFoundException:
        return _from_metadata(id)
    return dict(found.to_dict(validate=False))


def _from_metadata(id: str) -> dict[str, Any] | None:
    """Outside Airflow's own processes the SDK leaves out the metadata database, so it is asked here."""
    from airflow.models.connection import Connection as StoredConnection

    try:
        found = StoredConnection.get_connection_from_secrets(id)
    except AirflowNotFoundException:
        return None
    return dict(found.to_dict(validate=False))


def pools(district: District) -> dict[str, tuple[int, str]]:
    """Slots and description of every pool the DAGs use."""
    return {
        WAREHOUSE_POOL: (2, "Work inside the warehouse: models, alerts, housekeeping."),
        DELIVERY_POOL: (1, "Messages leave one task at a time."),
        **{
            source_pool(source.name): (_SLOTS_PER_SOURCE, f"Streams pulled from {source.name} at a time.")
            for source in district.sources
        },
    }


def source_pool(source: str) -> str:
    """The pool that bounds how many streams of a source are pulled at a time."""
    return f"source_{source}"


def ensure_pools(district: District) -> None:
    """Make the pools that are missing; one that exists keeps the slots a person gave it.

    For the platform's start, in a process that may use Airflow's metadata database (a task may not).
    """
    from airflow.models.pool import Pool

    known = {pool.pool for pool in Pool.get_pools()}
    for name, (slots, description) in pools(district).items():
        if name not in known:
            Pool.create_or_update_pool(name, slots, description, include_deferred=False)
