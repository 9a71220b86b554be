"""The sample district's source systems and mailbox, as children of the supervisor, and the connections that reach them."""

import json
import secrets
import shlex
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import requests

from schoolward.errors import SchoolwardError
from schoolward.home import district_path, home
from schoolward.platform import ports
from schoolward.platform.files import write_private
from schoolward.platform.sample_home import sample_connections
from schoolward.platform.supervisor import Child

SYSTEMS: Mapping[str, str] = {
    "sis": "oneroster",
    "helpdesk": "servicenow",
    "facilities_desk": "zendesk",
    "files": "files",
}
"""Connection id and the protocol its replay server speaks; a sample starts those its district file names."""
MAILBOX = "mailbox"

_EXTRA: Mapping[str, Mapping[str, Any]] = {
    "sis": {"base_path": "/ims/oneroster/rostering/v1p2", "token_path": "/oauth2/token"},
    "helpdesk": {"auth": "oauth_client_credentials"},
    "facilities_desk": {"auth": "oauth_client_credentials"},
    "files": {},
}


@dataclass(frozen=True, slots=True)
class Access:
    """Ports and credentials of one home's sample systems; made once, kept in the home for its owner alone."""

    ports: Mapping[str, int]
    login: str
    password: str


class RecordsFolder(msgspec.Struct):
    """``folder.json`` of a records folder: the period it covers, and the instants at which the demo pulls."""

    district: str
    starts_at: datetime
    ends_at: datetime
    checkpoints: list[datetime]


def read_folder(records: Path) -> RecordsFolder:
    """What a records folder says of itself.

    Raises:
        SchoolwardError: when it is not a records folder.
    """
    try:
        return msgspec.json.decode((records / "folder.json").read_bytes(), type=RecordsFolder)
    except (OSError, msgspec.DecodeError):
        raise SchoolwardError(
            f"{records} is not a complete records folder. Remove it; the next run makes it anew."
        ) from None


class SampleSystems:
    """The replay servers and the mailbox of the sample district in the state folder.

    The clock they show is a checkpoint of the records folder; it is kept in the home, so that a restart, wanted or
    not, shows the same instant again.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._records = home() / "records"
        self._say = say
        self._names = [name for name in SYSTEMS if name in sample_connections()]

    @property
    def mailbox(self) -> Path:
        """The folder with a file per mail."""
        return home() / MAILBOX

    def checkpoint(self) -> int:
        """Index of the checkpoint the clock stands at."""
        try:
            return int(json.loads(self._state_path().read_text())["checkpoint"])
        except (OSError, ValueError, KeyError):
            return 0

    def advance_to(self, checkpoint: int) -> datetime:
        """Set every server's clock to a checkpoint; returns its instant."""
        write_private(self._state_path(), json.dumps({"checkpoint": checkpoint}))
        at = self._instant()
        access = self._access()
        for name in self._names:
            address = f"http://{ports.HOST}:{access.ports[name]}/_replay/clock"
            try:
                answer = requests.post(address, json={"at": at.isoformat()}, timeout=30)
            except requests.RequestException:
                raise SchoolwardError(
                    f"The sample's {name} server does not answer. Look at its log, {name}.log."
                ) from None
            if not answer.ok:
                raise SchoolwardError(f"The sample's {name} server refused the clock {at.isoformat()}.")
        return at

    def prepare(self) -> None:
        """Replace ports taken since last time, and write the file that lets a terminal reach this sample. Before anything starts."""
        access = self._access()
        free = {name: ports.pick(port, f"the sample's {name}", self._say) for name, port in access.ports.items()}
        write_private(home() / "sample-access.json", json.dumps(asdict(Access(free, access.login, access.password))))
        places = {"SCHOOLWARD_HOME": str(home()), "SCHOOLWARD_DISTRICT": str(district_path())}
        lines = [f"export {name}={shlex.quote(value)}" for name, value in {**places, **self.connections()}.items()]
        write_private(self.terminal_file(), "\n".join(lines) + "\n")

    @staticmethod
    def terminal_file() -> Path:
        """A file for a shell to source, after which ``schoolward`` works on the sample; it holds the sample's passwords."""
        return home() / "sample.env"

    def connections(self) -> dict[str, str]:
        """``AIRFLOW_CONN_*`` for the environment of whatever pulls and delivers."""
        access = self._access()
        common = {"host": ports.HOST, "login": access.login, "password": access.password}
        connections: dict[str, dict[str, Any]] = {
            name: {**common, "conn_type": "http", "schema": "http", "port": access.ports[name], "extra": _EXTRA[name]}
            for name in self._names
        }
        connections["smtp"] = {**common, "conn_type": "smtp", "port": access.ports[MAILBOX]}
        return {f"AIRFLOW_CONN_{name.upper()}": json.dumps(fields) for name, fields in connections.items()}

    def children(self, environment: Mapping[str, str]) -> list[Child]:
        """The servers, ready to be started."""
        access = self._access()
        credentials = {
            "REPLAY_CLIENT_ID": access.login, "REPLAY_CLIENT_SECRET": access.password,
            "MAILBOX_USER": access.login, "MAILBOX_PASSWORD": access.password,
        }  # fmt: skip
        mailbox = ("schoolward.sample.mailbox", "--folder", str(self.mailbox), "--port", str(access.ports[MAILBOX]))
        return [
            *(
                Child(name, partial(self._replay, name), {**environment, **credentials}, _listens(access.ports[name]))
                for name in self._names
            ),
            Child(
                MAILBOX, lambda: (sys.executable, "-m", *mailbox), {**environment, **credentials},
                _listens(access.ports[MAILBOX]),
            ),
        ]  # fmt: skip

    def _replay(self, name: str) -> tuple[str, ...]:
        return (
            sys.executable, "-m", "schoolward.sample.replay", "--system", SYSTEMS[name], "--folder", str(self._records),
            "--clock", self._instant().isoformat(), "--port", str(self._access().ports[name]),
        )  # fmt: skip

    def _instant(self) -> datetime:
        return read_folder(self._records).checkpoints[self.checkpoint()]

    def _state_path(self) -> Path:
        return home() / "sample-clock.json"

    def _access(self) -> Access:
        path = home() / "sample-access.json"
        try:
            access = Access(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            access = Access({}, "schoolward", secrets.token_urlsafe(24))
        wanted = (*self._names, MAILBOX)
        if access.ports.keys() != set(wanted):
            access = replace(access, ports={name: access.ports.get(name) or ports.any_free() for name in wanted})
            write_private(path, json.dumps(asdict(access)))
        return access


def _listens(port: int) -> Callable[[], bool]:
    def check() -> bool:
        try:
            with socket.create_connection((ports.HOST, port), timeout=1):
                return True
        except OSError:
            return False

    return check
