"""The state folder of a sample district: its records, made when missing, and its district file."""

import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from schoolward.errors import SchoolwardError
from schoolward.home import home

_SAMPLE = Path(__file__).resolve().parents[1] / "sample"
_MADE_BY: Mapping[str, str] = {
    "lakeside": "schoolward.sample.generate",
    "chicago": "schoolward.sample.chicago",
}
"""Sample district and the module that, run with `--folder`, makes its records."""


def sample_connections() -> frozenset[str]:
    """The connections that the chosen sample district's sources name."""
    table = tomllib.loads(
        (_SAMPLE / f"{os.environ.get('SCHOOLWARD_SAMPLE', 'lakeside')}.toml").read_text(encoding="utf-8")
    )
    return frozenset(source["connection"] for source in table["source"])


@dataclass(frozen=True, slots=True)
class SampleHome:
    """A sample district's state folder, chosen for this process and its children."""

    district: str

    @classmethod
    def choose(cls, district: str) -> "SampleHome":
        """Make ``.schoolward/demo/<district>`` the state folder, unless SCHOOLWARD_HOME names one.

        Raises:
            SchoolwardError: for a district we have no records of.
        """
        if district not in _MADE_BY:
            raise SchoolwardError(
                f"There is no sample district {district!r}; use one of {', '.join(sorted(_MADE_BY))}."
            )
        os.environ.setdefault("SCHOOLWARD_HOME", str(Path(".schoolward", "demo", district).absolute()))
        os.environ["SCHOOLWARD_SAMPLE"] = district
        os.environ["SCHOOLWARD_DISTRICT"] = str(home() / "district.toml")
        os.environ.pop("SCHOOLWARD_WAREHOUSE_URL", None)  # made-up records do not belong into anybody's real warehouse
        return cls(district)

    @property
    def records(self) -> Path:
        """The records folder that the replay servers serve."""
        return home() / "records"

    def start_making(self, say: Callable[[str], None]) -> Callable[[], None]:
        """Start making what is missing, in a process of its own; the returned function waits for it.

        The waiting function raises SchoolwardError when the records could not be made.
        """
        if (self.records / "folder.json").exists():
            return self._put_district_file
        say(f"Making the records of {self.district}")
        started = time.monotonic()
        fresh = home() / "records.new"
        shutil.rmtree(fresh, ignore_errors=True)
        log_path = home() / "logs" / "records.log"
        log_path.parent.mkdir(mode=0o700, exist_ok=True)
        with log_path.open("wb") as log:
            maker = subprocess.Popen(
                [sys.executable, "-m", _MADE_BY[self.district], "--folder", str(fresh)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

        def wait() -> None:
            if maker.wait() != 0:
                last = (log_path.read_text(errors="replace").strip().splitlines() or ["no message"])[-1]
                raise SchoolwardError(
                    f"The records of {self.district} could not be made: {last} The log is {log_path}."
                )
            shutil.rmtree(self.records, ignore_errors=True)
            fresh.rename(self.records)
            say(f"The records are made ({time.monotonic() - started:.0f} s)")
            self._put_district_file()

        return wait

    def _put_district_file(self) -> None:
        """The district file, and beside it the crosswalk that came with the records."""
        for crosswalk in self.records.glob("*_crosswalk.csv"):
            shutil.copy(crosswalk, home() / crosswalk.name)
        shutil.copy(_SAMPLE / f"{self.district}.toml", home() / "district.toml")
