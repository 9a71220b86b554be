"""A check of everything Schoolward rests on, in the order in which one would mend it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from schoolward.alerts import delivery
from schoolward.district import District, load_district
from schoolward.errors import DistrictFileError, SchoolwardError
from schoolward.home import home
from schoolward.sources.base import open_source
from schoolward.warehouse.connection import connect, where

OLDEST_POSTGRES = 16


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, as a sentence."""

    is_healthy: bool
    sentence: str


def examine() -> Iterator[Finding]:
    """Look at the district file, the state folder, the warehouse, each source and each way a message leaves.

    A district file with mistakes ends it: nothing further can be known.
    """
    try:
        district = load_district()
    except DistrictFileError as error:
        yield from (Finding(False, mistake) for mistake in error.mistakes)
        return
    yield Finding(
        True,
        f"{district.path.name} describes {district.name} (sources: {len(district.sources)}, service units: {len(district.units)}).",
    )
    free_gib = shutil.disk_usage(home()).free / 2**30
    yield Finding(
        free_gib > 1, f"{home()} has {free_gib:.0f} GiB of disk left" + ("." if free_gib > 1 else "; make room.")
    )
    yield from _warehouse()
    for config in district.sources:
        yield from _source(district, config.name)
    for way, trouble in delivery.check(district):
        yield Finding(trouble is None, trouble or f"{way} can leave.")


def _warehouse() -> Iterator[Finding]:
    try:
        with connect("owner") as connection:
            version = connection.info.server_version // 10_000
            ready = connection.execute("select to_regclass('ops.load') is not null").fetchone()
    except SchoolwardError as error:
        yield Finding(False, str(error))
        return
    if version < OLDEST_POSTGRES:
        yield Finding(
            False, f"The warehouse at {where()} runs PostgreSQL {version}. Upgrade it to {OLDEST_POSTGRES} or later."
        )
    elif not ready or not ready[0]:
        yield Finding(False, f"The warehouse at {where()} has no tables yet. Run `schoolward init`.")
    else:
        yield Finding(True, f"The warehouse at {where()} runs PostgreSQL {version} and is set up.")


def _source(district: District, name: str) -> Iterator[Finding]:
    try:
        source = open_source(district, name)
        try:
            troubles = list(source.check())
        finally:
            source.close()
    except SchoolwardError as error:
        yield Finding(False, str(error))
        return
    yield from (Finding(False, f"Source {name}: {trouble}") for trouble in troubles)
    if not troubles:
        yield Finding(True, f"Source {name} lets us in.")
