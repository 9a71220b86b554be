"""The whole platform on this machine, held together by one supervisor."""

import os
import threading
from collections.abc import Callable

from schoolward.district import load_district
from schoolward.platform import airflow_metadata, embedded, ports
from schoolward.platform.processes import AIRFLOW_PROCESSES, POSTGRES, Process, airflow_health
from schoolward.platform.sample_systems import SampleSystems
from schoolward.platform.settings import native_environment, read_settings
from schoolward.platform.supervisor import Child, Supervisor, end_leftovers, leftover_names
from schoolward.warehouse.setup import prepare

HEALTHY_WITHIN_S = 120.0


class Postgres:
    """The embedded server as one of the supervisor's processes."""

    name = POSTGRES

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def start(self) -> None:
        embedded.start(say=self._say)

    def is_alive(self) -> bool:
        return embedded.is_running()

    def is_healthy(self) -> bool:
        return embedded.is_running()

    def ask_to_stop(self) -> None:
        """Not yet: the others lean on it until they are gone."""

    def stop(self) -> None:
        embedded.stop()


class LocalPlatform:
    """PostgreSQL, Airflow's processes and, for a sample district, its source systems and mailbox.

    Args:
        say: told, a sentence at a time, what a person should know.
        sample: the sample district's systems; None for a district of one's own.
    """

    def __init__(self, say: Callable[[str], None], sample: SampleSystems | None) -> None:
        self._say = say
        self._sample = sample
        self._supervisor = Supervisor(say)
        self._environment: dict[str, str] = {}
        self.airflow_url = ""

    def start(self, district_is_ready: Callable[[], None] = lambda: None) -> None:
        """Start everything and wait until it is healthy.

        Args:
            district_is_ready: returns once the district file and the sample's records are in place; called after what does not
                need them has been started.
        Raises:
            SchoolwardError: when a part does not come up. What was started is left to :meth:`stop`.
        """
        for name in leftover_names():
            end_leftovers(name)
        self._supervisor.start(Postgres(self._say))
        port = ports.pick(int(self._setting("AIRFLOW__API__PORT")), "Airflow's page", self._say)
        self.airflow_url = f"http://{ports.HOST}:{port}"
        self._environment = native_environment(port)
        if self._sample is not None:
            self._sample.prepare()
            self._environment |= self._sample.connections()
        airflow_metadata.migrate(self._environment)
        parser = next(one for one in AIRFLOW_PROCESSES if one.name == "dag-processor")
        self._supervisor.start(*(self._child(one) for one in AIRFLOW_PROCESSES if one is not parser))
        district_is_ready()
        pools = _Background(lambda: airflow_metadata.make_pools(self._environment))
        if self._sample is not None:
            self._supervisor.start(*self._sample.children(dict(os.environ)))
        prepare(load_district())
        self._supervisor.start(self._child(parser))
        pools.wait()
        self._supervisor.wait_healthy(HEALTHY_WITHIN_S)

    def states(self) -> dict[str, str]:
        """Every process's state by name."""
        return self._supervisor.states()

    def stop(self) -> None:
        """Stop everything, PostgreSQL last."""
        self._supervisor.stop()

    def _child(self, process: Process) -> Child:
        return Child(
            process.name, process.local_command, self._environment,
            lambda: airflow_health(self.airflow_url).get(process.component) == "healthy",
            stop_within_s=process.stop_within_s,
        )  # fmt: skip

    @staticmethod
    def _setting(name: str) -> str:
        return os.environ.get(name) or read_settings()[name]


class _Background:
    """Work on a thread whose error is raised where it is waited for."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def wait(self) -> None:
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # handed over, not swallowed
            self._error = error
