"""A load's summary is one line a person can read, and several add up."""

from dataclasses import replace
from datetime import UTC, datetime

from schoolward.ingest.books import Counts
from schoolward.ingest.retention import MaintainSummary
from schoolward.ingest.summary import LoadSummary, together

DONE = LoadSummary(
    "helpdesk", "incident", "incremental", "done", 7, datetime(2025, 8, 11, 6, tzinfo=UTC),
    Counts(n_seen=5000, n_new=12, n_changed=30, n_unchanged=4958), seconds=1.26,
)  # fmt: skip


def test_a_plain_load_tells_its_counts_load_and_source_time() -> None:
    assert str(DONE) == (
        "helpdesk incident: 5,000 rows seen, 12 new, 30 changed, 4,958 unchanged"
        " (incremental load 7, as of 2025-08-11 06:00 UTC, 1.3 s)"
    )
    assert DONE.n_changed_rows == 42


def test_what_needs_attention_is_added() -> None:
    odd = replace(DONE, counts=replace(DONE.counts, n_deleted=2, n_quarantined=1), message="look here")
    assert "2 deleted, 1 quarantined (" in str(odd)
    assert str(odd).endswith("; look here")
    assert "\n" not in str(odd)


def test_a_skipped_load_tells_why() -> None:
    assert str(replace(DONE, status="skipped", message="nothing new")) == "helpdesk incident: skipped, nothing new"


def test_successive_loads_add_up() -> None:
    second = replace(DONE, load_id=9, counts=Counts(n_seen=10, n_new=1, n_told=10), seconds=1.0, message="b")
    both = together(replace(DONE, message="a"), second)
    assert (both.counts.n_seen, both.counts.n_new, both.counts.n_told, both.n_loads, both.load_id) == (
        5010,
        13,
        10,
        2,
        9,
    )
    assert (round(both.seconds, 2), both.message) == (2.26, "a; b")
    assert "(incremental 2 loads, last 9, as of" in str(both)


def test_a_skip_behind_a_load_adds_nothing() -> None:
    assert together(DONE, replace(DONE, status="skipped")) is DONE


def test_maintenance_is_one_line() -> None:
    assert str(MaintainSummary(3, 2, 1, 30)) == (
        "maintained: 3 student rows older than 30 days, 2 quarantined records and 1 loads older than 90 days removed;"
        " 30 tables vacuumed"
    )
