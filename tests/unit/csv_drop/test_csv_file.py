"""Reading one dropped file: what is taken, what is quarantined, what stops it."""

import io
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schoolward.errors import DriftError, SourceError
from schoolward.sources.base import Page, Reject
from schoolward.sources.csv_file import PAGE_ROWS, CsvFile
from schoolward.sources.csv_options import stream_options
from schoolward.sources.csv_records import STREAMS, HrLeave, HrPosition, Touchpoint

STREAM = {stream.name: stream for stream in STREAMS}
LEAVE_HEADING = "leave_id,staff_id,starts_on,ends_on\n"


def pages(body: str | bytes, stream: str = "hr_leave", **options: Any) -> list[Page]:
    given = {"files": "extract.csv", **options}
    read = stream_options({"streams": {stream: given}}, stream)
    raw = body if isinstance(body, bytes) else body.encode(given.get("encoding", "utf-8"))
    reading = CsvFile("extract.csv", STREAM[stream], read, ZoneInfo("America/Chicago"))
    return list(reading.pages(io.BytesIO(raw)))


def records(body: str | bytes, stream: str = "hr_leave", **options: Any) -> list[Any]:
    return [record for page in pages(body, stream, **options) for record in page.records]


def rejects(body: str | bytes, stream: str = "hr_leave", **options: Any) -> list[Reject]:
    return [reject for page in pages(body, stream, **options) for reject in page.rejects]


GOOD = HrLeave(leave_id="L1", staff_id="007", starts_on=date(2025, 8, 11))


def test_a_filled_row_becomes_a_record_and_an_empty_cell_none() -> None:
    assert records(LEAVE_HEADING + "L1,007,2025-08-11,\n") == [GOOD]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "latin-1"])
def test_every_declared_encoding_is_read(encoding: str) -> None:
    [found] = records(LEAVE_HEADING + "Lé,Núñez,2025-08-11,\n", encoding=encoding)
    assert (found.leave_id, found.staff_id) == ("Lé", "Núñez")


def test_a_byte_order_mark_wins_over_the_declared_encoding() -> None:
    body = b"\xef\xbb\xbf" + (LEAVE_HEADING + "Lé,007,2025-08-11,\n").encode()
    assert records(body, encoding="cp1252")[0].leave_id == "Lé"


def test_line_ends_of_every_system_are_read() -> None:
    for end in ("\n", "\r\n", "\r"):
        assert records((LEAVE_HEADING + "L1,007,2025-08-11,\n").replace("\n", end)) == [GOOD]


def test_a_quoted_cell_may_hold_newlines_delimiters_and_quotes() -> None:
    body = 'position_id,job_title\nP1,"Principal, ""acting""\nof two schools"\n'
    [found] = records(body, "hr_position")
    assert found.job_title == 'Principal, "acting"\nof two schools'


def test_headings_are_mapped_and_other_columns_never_read() -> None:
    body = "Employee;Position;Birth Date\n007;P1;1970-01-01\n"
    [page] = pages(body, "hr_position", delimiter=";", columns={"position_id": "Position", "staff_id": "Employee"})
    assert page.records == [HrPosition(position_id="P1", occupant_no=1, staff_id="007")]
    assert page.new_fields == {"Birth Date"}
    assert "1970" not in repr(page)


def test_people_who_share_a_position_are_numbered_within_it() -> None:
    found = records("position_id,staff_id\nP1,a\nP2,b\nP1,c\nP1,\n", "hr_position")
    assert [(r.position_id, r.occupant_no, r.staff_id) for r in found] == [
        ("P1", 1, "a"),
        ("P2", 1, "b"),
        ("P1", 2, "c"),
        ("P1", 3, None),
    ]


def test_dates_come_in_iso_and_in_the_declared_formats() -> None:
    body = LEAVE_HEADING + "L1,007,08/11/2025,2025-08-12\n"
    assert records(body, date_formats=["%m/%d/%Y"]) == [
        HrLeave(leave_id="L1", staff_id="007", starts_on=date(2025, 8, 11), ends_on=date(2025, 8, 12))
    ]


def test_a_stamp_without_offset_is_local_time_of_the_district() -> None:
    heading = "touchpoint_id,staff_id,occurred_at,minutes,is_planned,practice_tags\n"
    found = records(
        heading + "T1,007,2025-08-11T09:30,45,yes,feedback; data ;\nT2,007,2025-12-11 09:30:00Z,,,\n", "touchpoint"
    )
    assert found == [
        Touchpoint(
            touchpoint_id="T1",
            staff_id="007",
            occurred_at=datetime(2025, 8, 11, 14, 30, tzinfo=UTC),
            minutes=45,
            is_planned=True,
            practice_tags=["feedback", "data"],
        ),
        Touchpoint(touchpoint_id="T2", staff_id="007", occurred_at=datetime(2025, 12, 11, 9, 30, tzinfo=UTC)),
    ]


@pytest.mark.parametrize(
    ("row", "key", "reason"),
    [
        ("L1,007,soon,", "L1", "line 2: starts_on is no ISO 8601 date (see date_formats)"),
        ("L1,007,,", "L1", "line 2: starts_on is empty"),
        (",007,2025-08-11,", None, "line 2: leave_id is empty"),
        ("L1,007,2025-08-11", "L1", "line 2: has 3 cells, its heading 4"),
        ("L1,007,2025-08-11,,Smith", "L1", "line 2: has 5 cells, its heading 4"),
        ("L1,0\x0007,2025-08-11,", "L1", "line 2: staff_id holds a NUL character"),
        ('L1,"0"07,2025-08-11,', None, "line 2: its quotes or length are malformed"),
    ],
)
def test_a_malformed_row_is_told_without_its_values_and_its_neighbours_land(
    row: str, key: str | None, reason: str
) -> None:
    [page] = pages(LEAVE_HEADING + row + "\nL1,007,2025-08-11,\n")
    assert page.records == [GOOD]
    assert [(r.key, r.reason) for r in page.rejects] == [(key, reason)]
    assert page.n_received == 2
    assert not {"soon", "Smith"} & set(map(str, page.rejects[0].fields.values()))


def test_a_reject_keeps_only_declared_cells_that_hold_what_they_should() -> None:
    heading = "leave_id,staff_id,starts_on,ends_on,Diagnosis\n"
    [reject] = rejects(heading + "L1,007,someday,2025-08-12,private\n")
    assert reject.fields == {"leave_id": "L1", "staff_id": "007", "ends_on": "2025-08-12"}


def test_a_missing_required_column_stops_the_file_and_names_both() -> None:
    with pytest.raises(DriftError, match=r"extract\.csv has no column 'staff_id', 'starts_on'"):
        pages("leave_id,ends_on\nL1,\n")


def test_a_missing_column_that_the_district_file_maps_stops_the_file() -> None:
    with pytest.raises(DriftError, match="has no column 'Until'"):
        pages("leave_id,staff_id,starts_on\nL1,007,2025-08-11\n", columns={"ends_on": "Until"})


def test_a_missing_optional_column_is_drift() -> None:
    [page] = pages("leave_id,staff_id,starts_on\nL1,007,2025-08-11\n")
    assert page.vanished_fields == {"ends_on"}


def test_a_column_that_stands_twice_stops_the_file() -> None:
    with pytest.raises(SourceError, match="has the column 'leave_id' 2 times"):
        pages("leave_id,leave_id,staff_id,starts_on\n")


@pytest.mark.parametrize("cut", ["L2,00", 'L2,"007,2025', "L2"])
def test_a_file_that_ends_in_the_middle_of_a_row_is_half_written(cut: str) -> None:
    with pytest.raises(SourceError, match=r"extract\.csv ends in the middle of line 3"):
        pages(LEAVE_HEADING + "L1,007,2025-08-11,\n" + cut)


def test_a_last_row_without_line_end_is_complete_when_all_its_cells_are_there() -> None:
    assert records(LEAVE_HEADING + "L1,007,2025-08-11,") == [GOOD]


def test_a_trailer_line_is_quarantined_not_taken_for_a_cut() -> None:
    [page] = pages(LEAVE_HEADING + "L1,007,2025-08-11,\nRows: 1\n")
    assert page.records == [GOOD]
    assert [r.reason for r in page.rejects] == ["line 3: has 1 cells, its heading 4"]


@pytest.mark.parametrize("body", ["", "\n", ",,,\n"])
def test_a_file_without_heading_is_refused(body: str) -> None:
    with pytest.raises(SourceError, match=r"extract\.csv is empty"):
        pages(body)


def test_a_file_with_only_its_heading_is_one_empty_page() -> None:
    assert [(p.records, p.n_received) for p in pages(LEAVE_HEADING)] == [((), 0)]


def test_a_file_in_another_encoding_says_which_option_to_set() -> None:
    with pytest.raises(
        SourceError, match=r"is not written in utf-8\. Name its encoding in streams\.hr_leave\.encoding"
    ):
        pages((LEAVE_HEADING + "Lé,007,2025-08-11,\n").encode("cp1252"))


def test_blank_lines_are_passed_over() -> None:
    assert records(LEAVE_HEADING + "\n,,,\nL1,007,2025-08-11,\n  \n") == [GOOD]


def test_pages_are_bounded_and_nothing_is_lost_between_them() -> None:
    n = 2 * PAGE_ROWS + 1
    found = pages(LEAVE_HEADING + "".join(f"L{i},007,2025-08-11,\n" for i in range(n)))
    assert [len(page.records) for page in found] == [PAGE_ROWS, PAGE_ROWS, 1]
    assert len({repr(record) for page in found for record in page.records}) == n


ASK_HEADING = "ask_id,unit_id,sent_on,kind\n"


def test_a_word_that_nobody_would_count_is_told_with_the_words_there_are_and_its_neighbours_land() -> None:
    [page] = pages(ASK_HEADING + "A1,it,2026-02-02,poll\nA2,it,2026-02-02,Form\n", "central_ask")
    assert [(r.key, r.reason) for r in page.rejects] == [
        ("A1", "line 2: kind is none of form, data_request, meeting, directive")
    ]
    assert "poll" not in repr(page.rejects)
    assert [record.kind for record in page.records] == ["form"]


def test_an_offices_own_words_are_mapped_in_fields_and_lists() -> None:
    body = "communication_id,sent_on,audiences\nC1,2026-02-02,Board; Parents\n"
    [found] = records(body, "communication", words={"audiences": {"parents": "families"}})
    assert found.audiences == ["board", "families"]
