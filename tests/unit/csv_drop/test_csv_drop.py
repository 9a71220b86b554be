"""Which file is landed next, as of when, and what stops a folder."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schoolward.errors import SourceError
from schoolward.sources.base import Pull, stream_named
from schoolward.sources.csv_drop import CsvDrop

LEAVES = {"files": "leave_{as_of}.csv"}
HEADING = "leave_id,staff_id,starts_on\n"
Drop = Callable[..., CsvDrop]


def deliver(folder: Path, name: str, *ids: str) -> Path:
    path = folder / name
    path.write_text(HEADING + "".join(f"{i},007,2025-08-11\n" for i in ids))
    return path


def exhausted(source: CsvDrop, **question: Any) -> tuple[Pull, list[str]]:
    pull = source.pull(stream_named(source, "hr_leave"), **question)
    return pull, [record.leave_id for page in pull for record in page.records]  # type: ignore[attr-defined]


def test_waiting_files_come_one_by_one_oldest_first(drop: Drop, tmp_path: Path) -> None:
    for name in ("leave_20250818.csv", "leave_20250811.csv", "leave_20250825T060000Z.csv", "other_20250801.csv"):
        deliver(tmp_path, name, name)
    source, seen, cursor = drop(hr_leave=LEAVES), [], None
    while True:
        pull, ids = exhausted(source, cursor=cursor)
        seen.append((ids, pull.source_at))
        cursor = pull.cursor
        if not pull.has_more:
            break
    assert seen == [
        (["leave_20250811.csv"], datetime(2025, 8, 11, 5, tzinfo=UTC)),
        (["leave_20250818.csv"], datetime(2025, 8, 18, 5, tzinfo=UTC)),
        (["leave_20250825T060000Z.csv"], datetime(2025, 8, 25, 6, tzinfo=UTC)),
    ]
    nothing, ids = exhausted(source, cursor=cursor)
    assert (ids, nothing.cursor, nothing.has_more) == ([], None, False)


def test_the_newest_file_delivered_anew_is_landed_again(drop: Drop, tmp_path: Path) -> None:
    deliver(tmp_path, "leave_20250811.csv", "a")
    source = drop(hr_leave=LEAVES)
    cursor = exhausted(source)[0].cursor
    deliver(tmp_path, "leave_20250811.csv", "a", "b")
    assert exhausted(source, cursor=cursor)[1] == ["a", "b"]


def test_a_name_without_a_date_goes_by_the_files_own_time(drop: Drop, tmp_path: Path) -> None:
    path = deliver(tmp_path, "leave.csv", "a")
    at = datetime(2025, 8, 11, 6, tzinfo=UTC)
    os.utime(path, (at.timestamp(), at.timestamp()))
    source = drop(hr_leave={"files": "leave.csv"})
    pull, ids = exhausted(source)
    assert (ids, pull.source_at) == (["a"], at)
    assert exhausted(source, cursor=pull.cursor)[1] == []


def test_a_snapshot_is_the_whole_truth_and_a_delta_is_not(drop: Drop, tmp_path: Path) -> None:
    deliver(tmp_path, "leave_20250811.csv", "a")
    assert exhausted(drop(hr_leave=LEAVES))[0].is_whole
    assert not exhausted(drop(hr_leave={**LEAVES, "mode": "delta"}))[0].is_whole


def test_everything_means_the_newest_snapshot_or_all_deltas_in_order(drop: Drop, tmp_path: Path) -> None:
    deliver(tmp_path, "leave_20250811.csv", "a")
    deliver(tmp_path, "leave_20250818.csv", "b")
    assert exhausted(drop(hr_leave=LEAVES), full=True)[1] == ["b"]
    pull, ids = exhausted(drop(hr_leave={**LEAVES, "mode": "delta"}), full=True)
    assert (ids, pull.is_whole, pull.source_at) == (["a", "b"], False, datetime(2025, 8, 18, 5, tzinfo=UTC))


def test_a_backfill_takes_deltas_from_that_time_on(drop: Drop, tmp_path: Path) -> None:
    for stamp in ("20250811", "20250818", "20250825"):
        deliver(tmp_path, f"leave_{stamp}.csv", stamp)
    source = drop(hr_leave={**LEAVES, "mode": "delta"})
    assert exhausted(source, since=datetime(2025, 8, 18, tzinfo=UTC))[1] == ["20250818", "20250825"]


@pytest.mark.parametrize("stamp", ["20250231", "20250811T256000Z"])
def test_a_name_with_an_impossible_date_is_refused(drop: Drop, tmp_path: Path, stamp: str) -> None:
    deliver(tmp_path, f"leave_{stamp}.csv", "a")
    with pytest.raises(SourceError, match="is no date"):
        exhausted(drop(hr_leave=LEAVES))


def test_a_file_from_the_future_is_refused_because_later_ones_would_wait_behind_it(drop: Drop, tmp_path: Path) -> None:
    deliver(tmp_path, f"leave_{datetime.now(UTC) + timedelta(days=9):%Y%m%d}.csv", "a")
    with pytest.raises(SourceError, match="dated in the future"):
        exhausted(drop(hr_leave=LEAVES))


def test_a_file_that_grows_while_it_is_read_is_still_being_written(drop: Drop, tmp_path: Path) -> None:
    path = deliver(tmp_path, "leave_20250811.csv", "a")
    source = drop(hr_leave=LEAVES)
    pages = iter(source.pull(stream_named(source, "hr_leave")))
    next(pages)
    with path.open("a") as file:
        file.write("b,007,2025-08-11\n")
    with pytest.raises(SourceError, match=r"leave_20250811\.csv changed while it was read"):
        list(pages)


def test_a_missing_folder_is_one_sentence(drop: Drop, tmp_path: Path) -> None:
    tmp_path.rmdir()
    with pytest.raises(SourceError, match="cannot be read"):
        exhausted(drop(hr_leave=LEAVES))
    assert len(drop(hr_leave=LEAVES).check()) == 1


def test_check_names_the_pattern_no_file_fits(drop: Drop, tmp_path: Path) -> None:
    assert drop(hr_leave=LEAVES).check() == ("hr hr_leave: no file is named like leave_{as_of}.csv yet.",)
    deliver(tmp_path, "leave_20250811.csv", "a")
    assert drop(hr_leave=LEAVES).check() == ()


def test_asking_for_everything_in_an_empty_folder_is_refused(drop: Drop) -> None:
    with pytest.raises(SourceError, match="no file is named like"):
        exhausted(drop(hr_leave=LEAVES), full=True)
