"""`schoolward demo`: a sample district from its source systems, through Airflow's own scheduler, to delivered alerts."""

import time

from schoolward.district import load_district
from schoolward.errors import SchoolwardError
from schoolward.home import home
from schoolward.platform import databases
from schoolward.platform.airflow_api import AirflowApi
from schoolward.platform.demo_result import check_plants, has_loads, measure, n_delivered
from schoolward.platform.demo_runs import ScheduledRuns
from schoolward.platform.local import LocalPlatform
from schoolward.platform.sample_home import SampleHome
from schoolward.platform.sample_systems import SampleSystems, read_folder
from schoolward.platform.up import read_state, stopped_by_signals, supervising
from schoolward.warehouse.setup import prepare

DAGS_WITHIN_S = 120.0


def run(district: str) -> None:
    """Run the sample district; the last line printed begins with ``demo ok:``.

    The first run pulls at the first checkpoint of the records, and again at the second; every later run goes on to the next
    checkpoint, and after the last one the year begins anew. A platform left running by ``up`` in the same state folder is
    used and left running.

    Raises:
        SchoolwardError: naming what failed and its log. Everything that was started is stopped.
    """
    clock = _Clock()
    sample_home = SampleHome.choose(district)
    systems = SampleSystems(clock.say)
    with supervising() as alone, stopped_by_signals():
        try:
            if alone:
                _with_own_platform(clock, sample_home, systems)
            else:
                state = read_state()
                if state is None or state.phase != "up":
                    raise SchoolwardError(
                        "Another demo is running in this state folder. Wait for its end, then try again."
                    )
                clock.say("Using the platform that is up")
                print(_drive(clock, systems, state.airflow_url).format(seconds=round(clock.seconds)), flush=True)
        except KeyboardInterrupt:
            raise SchoolwardError("The demo was interrupted; everything it started is stopped.") from None


class _Clock:
    """Says sentences with the seconds since the start before them."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def say(self, sentence: str) -> None:
        print(f"{self.seconds:5.0f} s  {sentence}", flush=True)


def _with_own_platform(clock: _Clock, sample_home: SampleHome, systems: SampleSystems) -> None:
    platform = LocalPlatform(clock.say, systems)
    try:
        clock.say(f"Starting in {home()}")
        platform.start(sample_home.start_making(clock.say))
        clock.say(f"PostgreSQL, Airflow and the source systems are up (page: {platform.airflow_url})")
        last_line = _drive(clock, systems, platform.airflow_url)
    finally:
        platform.stop()
    print(last_line.format(seconds=round(clock.seconds)), flush=True)


def _drive(clock: _Clock, systems: SampleSystems, airflow_url: str) -> str:
    """Pull at the checkpoints that are due, let what follows run to its end, and check the outcome.

    Returns:
        The last line, its ``{seconds}`` still open.
    """
    api = AirflowApi(airflow_url)
    district = load_district()
    runs = ScheduledRuns(api, clock.say)
    wanted = {f"ingest_{source.name}" for source in district.sources}
    _wait_for_dags(api, wanted | {"transform", "alert"})
    records = read_folder(home() / "records")
    checkpoints = due(systems.checkpoint(), len(records.checkpoints), is_first=not has_loads())
    if checkpoints[0] == 0 and has_loads():
        clock.say("The year has ended: beginning anew with an empty warehouse")
        databases.empty_warehouse()
        prepare(district)
    delivered_before = n_delivered()
    for checkpoint in checkpoints:
        at = systems.advance_to(checkpoint)
        clock.say(f"Pulling {len(wanted)} sources as of {at.astimezone(district.timezone):%A %d %B %Y %H:%M}")
        runs.trigger_and_wait(sorted(wanted))
    runs.settle()
    outcome = measure(delivered_before, systems.mailbox)
    if outcome.n_mails == 0:
        raise SchoolwardError(
            f"All runs went well, but no mail reached {systems.mailbox}. Look at the alert DAG's deliver task."
        )
    n_plants = check_plants(home() / "records" / "truth.json")
    if n_plants:
        clock.say(f"All {n_plants} planted schools are flagged for their own reasons")
    clock.say(f"Mails are in {systems.mailbox}")
    return outcome.sentence(len(district.sources))


def due(current: int, n_checkpoints: int, *, is_first: bool) -> tuple[int, ...]:
    """Checkpoints to pull at: the first two at first, then the next one, and from the start again after the last."""
    if is_first:
        return (0, 1)
    return (current + 1,) if current + 1 < n_checkpoints else (0, 1)


def _wait_for_dags(api: AirflowApi, wanted: set[str]) -> None:
    deadline = time.monotonic() + DAGS_WITHIN_S
    while not wanted <= (known := api.dag_ids()):
        for file, error in api.import_errors().items():
            raise SchoolwardError(f"The DAG file {file} cannot be imported: {error}")
        if time.monotonic() > deadline:
            raise SchoolwardError(
                f"Airflow has not found the DAGs {', '.join(sorted(wanted - known))}. Look at {home() / 'logs' / 'dag-processor.log'}."
            )
        time.sleep(0.3)
