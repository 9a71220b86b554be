"""What one load does to the raw table and to the books."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.integration.landing.landed import Warehouse, history, land, things
from tests.integration.landing.scripted import (
    THINGS,
    ScriptedPull,
    Thing,
    day,
    page,
    source_of,
)

from schoolward.errors import CompletenessError
from schoolward.ingest.loader import DeletionGuardError
from schoolward.ingest.run import load
from schoolward.sources.base import Reject


def test_every_column_type_survives_exactly(loader: Warehouse) -> None:
    odd = Thing(
        thing_id="tab\t\\N\n\r'\"é\u2028💡",
        name="\\.",
        size=-(2**63),
        weight=0.1 + 0.2,
        is_open=False,
        made_at=datetime(1, 1, 1, 23, 59, 59, 999999, tzinfo=UTC),
        tags=["", "NULL", 'a"b\\', "{x,y}", "\t"],
    )
    empty = Thing(thing_id="empty")
    land(loader, ScriptedPull([page(odd, empty)], at=day(0)))
    rows = loader.execute(
        "select thing_id, name, size, weight, is_open, made_at, tags from raw_servicenow.thing"
    ).fetchall()
    assert {Thing(**dict(zip(Thing.__struct_fields__, row, strict=True))).__repr__() for row in rows} == {
        repr(odd),
        repr(empty),
    }


def test_one_instant_written_in_two_zones_is_one_version(loader: Warehouse) -> None:
    utc = datetime(2025, 8, 11, 12, tzinfo=UTC)
    elsewhere = utc.astimezone(timezone(timedelta(hours=-5)))
    summary = land(
        loader,
        ScriptedPull([page(Thing(thing_id="a", made_at=utc))], at=day(0)),
        ScriptedPull([page(Thing(thing_id="a", made_at=elsewhere), Thing(thing_id="b", made_at=utc))], at=day(1)),
    )
    assert (summary.counts.n_new, summary.counts.n_unchanged) == (1, 1)


def test_versions_follow_one_another_without_gap(loader: Warehouse) -> None:
    land(loader, *(ScriptedPull([page(*things(f"a={n}"))], at=day(d)) for d, n in enumerate("xyyx")))
    assert history(loader) == [("a", "x", 0, 1, False), ("a", "y", 1, 3, False), ("a", "x", 3, None, False)]


def test_the_load_is_entered_with_its_counts(loader: Warehouse) -> None:
    source = source_of(
        ScriptedPull([page(*things("a=x", "b=x", "c=x"))], at=day(0), cursor={"n": 1}, n_told=3),
        ScriptedPull([page(*things("a=x", "b=y")), page(*things("d=x"))], at=day(1), cursor={"n": 2}),
    )
    load(loader, source, THINGS, "incremental")
    summary = load(loader, source, THINGS, "incremental")
    assert source.asked[1]["cursor"] == {"n": 1}
    row = loader.execute(
        "select source, system, stream, mode, status, source_at, window_from, n_seen, n_new, n_changed, n_unchanged, n_deleted,"
        " n_quarantined, n_told, message from ops.load where load_id = %s",
        [summary.load_id],
    ).fetchone()
    assert row == ("desk", "servicenow", "thing", "incremental", "done", day(1), day(0), 3, 1, 1, 1, 0, 0, None, None)
    mark = loader.execute("select cursor, source_at, load_id, is_complete from ops.watermark").fetchone()
    assert mark == ({"n": 2}, day(1), summary.load_id, True)
    assert summary.n_changed_rows == 2
    assert str(summary).startswith(
        f"desk thing: 3 rows seen, 1 new, 1 changed, 1 unchanged (incremental load {summary.load_id}, as of 2025-08-12 06:00 UTC, "
    )


def test_a_load_whose_clock_stood_still_or_ran_back_keeps_intervals_in_order(loader: Warehouse) -> None:
    land(loader, *(ScriptedPull([page(*things(f"a={n}"))], at=day(d)) for d, n in ((5, "x"), (5, "y"), (1, "z"))))
    rows = loader.execute("select name, _seen_from, _seen_to from raw_servicenow.thing order by _seen_from").fetchall()
    tick = timedelta(microseconds=1)
    assert rows == [
        ("x", day(5), day(5) + tick),
        ("y", day(5) + tick, day(5) + 2 * tick),
        ("z", day(5) + 2 * tick, None),
    ]


@pytest.mark.parametrize("is_first", [True, False], ids=["straight in", "staged"])
class TestRepeatedKeys:
    """A first load goes straight into the table, later ones over the stage: a repeat must end the same in both."""

    def begin(self, warehouse: Warehouse, is_first: bool) -> None:
        if not is_first:
            land(warehouse, ScriptedPull([page(*things("z=0"))], at=day(-1)))

    def test_the_last_of_a_key_wins_and_leaves_no_trace_of_the_others(self, loader: Warehouse, is_first: bool) -> None:
        self.begin(loader, is_first)
        pages = [page(*things("a=1", "b=1", "a=2")), page(*things("c=1", "b=2")), page(*things("a=3"))]
        summary = land(loader, ScriptedPull(pages, at=day(0)))
        assert [v for v in history(loader) if v[0] != "z"] == [
            (i, n, 0, None, False) for i, n in (("a", "3"), ("b", "2"), ("c", "1"))
        ]
        assert (summary.counts.n_seen, summary.counts.n_new, summary.counts.n_changed) == (6, 3, 0)
        assert summary.message == "3 rows repeated a key, the last of each was kept"

    def test_an_identical_repeat_counts_once(self, loader: Warehouse, is_first: bool) -> None:
        self.begin(loader, is_first)
        summary = land(loader, ScriptedPull([page(*things("a=1", "a=1")), page(*things("a=1"))], at=day(0)))
        assert (summary.counts.n_new, summary.counts.n_unchanged, summary.n_changed_rows) == (1, 0, 1)

    def test_a_page_that_comes_twice_although_the_count_fits_is_refused(
        self, loader: Warehouse, is_first: bool
    ) -> None:
        self.begin(loader, is_first)
        before = history(loader)
        pages = [page(*things("a=1", "b=1")), page(*things("a=1", "b=1"))]
        with pytest.raises(CompletenessError, match="2 records came twice, on two pages, while the source told 4 rows"):
            land(loader, ScriptedPull(pages, at=day(0), n_told=4))
        assert history(loader) == before

    def test_a_repeat_within_one_answer_is_the_sources_own_affair(self, loader: Warehouse, is_first: bool) -> None:
        self.begin(loader, is_first)
        assert land(loader, ScriptedPull([page(*things("a=1", "a=1"))], at=day(0), n_told=2)).counts.n_new == 1

    def test_thousands_of_repeats_are_staged_on_the_way(
        self, loader: Warehouse, is_first: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.begin(loader, is_first)
        monkeypatch.setattr("schoolward.ingest.filling.MAX_SUSPECTS", 10)
        names = [f"k{i}" for i in range(40)]
        pages = [page(*(Thing(thing_id=n, size=p) for n in names)) for p in range(5)]
        summary = land(loader, ScriptedPull(pages, at=day(0)))
        assert summary.counts.n_new == 40
        found = loader.execute(
            "select size, count(*) from raw_servicenow.thing where thing_id like 'k%' group by 1"
        ).fetchall()
        assert found == [(4, 40)]


def test_another_sources_rows_of_the_same_table_are_left_alone(loader: Warehouse) -> None:
    land(loader, ScriptedPull([page(*things("a=north"))], at=day(0)), name="north")
    land(loader, ScriptedPull([page(*things("a=south"))], at=day(0), is_whole=True), name="south")
    land(loader, ScriptedPull([page(*things("b=south"))], at=day(1), is_whole=True), name="south")
    found = loader.execute(
        "select _source, thing_id, _is_deleted from raw_servicenow.thing where _is_current order by 1, 2"
    ).fetchall()
    assert found == [("north", "a", False), ("south", "a", True), ("south", "b", False)]


class TestDeletions:
    def test_a_key_absent_from_a_whole_pull_gets_a_tombstone_and_may_come_back(self, loader: Warehouse) -> None:
        pulls = (("a=1", "b=1"), ("b=1",), ("b=1",), ("a=1", "b=1"))
        counts = [
            land(loader, ScriptedPull([page(*things(*pull))], at=day(d), is_whole=True)).counts
            for d, pull in enumerate(pulls)
        ]
        assert [v for v in history(loader) if v[0] == "a"] == [
            ("a", "1", 0, 1, False),
            ("a", "1", 1, 3, True),
            ("a", "1", 3, None, False),
        ]
        assert [(c.n_new, c.n_changed, c.n_unchanged, c.n_deleted) for c in counts] == [
            (2, 0, 0, 0),
            (0, 0, 1, 1),
            (0, 0, 1, 0),
            (1, 0, 1, 0),
        ]

    def test_a_pull_of_changes_deletes_nothing(self, loader: Warehouse) -> None:
        land(loader, *(ScriptedPull([page(*things(t))], at=day(d)) for d, t in enumerate(("a=1", "b=1"))))
        assert len(history(loader)) == 2

    def test_too_many_deletions_at_once_are_refused_until_confirmed(self, loader: Warehouse) -> None:
        many = [Thing(thing_id=f"t{i:03}") for i in range(260)]
        land(loader, ScriptedPull([page(*many)], at=day(0), is_whole=True))
        with pytest.raises(DeletionGuardError) as refusal:
            land(loader, ScriptedPull([page(*many[60:])], at=day(1), is_whole=True))
        assert str(refusal.value) == (
            "desk thing: 60 of 260 records are gone from the source, more than 20% at once, which looks like a broken export; "
            "nothing landed. If they are truly gone, run `schoolward ingest desk --stream thing --full`."
        )
        assert loader.execute("select count(*) from raw_servicenow.thing where not _is_current").fetchone() == (0,)
        assert (
            land(loader, ScriptedPull([page(*many[60:])], at=day(1), is_whole=True), mode="full").counts.n_deleted == 60
        )

    def test_a_share_the_district_allows_passes(self, loader: Warehouse) -> None:
        many = [Thing(thing_id=f"t{i:03}") for i in range(100)]
        pulls = [ScriptedPull([page(*rows)], at=day(d), is_whole=True) for d, rows in enumerate((many, many[60:]))]
        assert land(loader, *pulls, max_deleted_share=0.6).counts.n_deleted == 60

    def test_a_few_deletions_always_pass(self, loader: Warehouse) -> None:
        many = [Thing(thing_id=f"t{i:03}") for i in range(60)]
        pulls = [ScriptedPull([page(*rows)], at=day(d), is_whole=True) for d, rows in enumerate((many, many[50:]))]
        assert land(loader, *pulls).counts.n_deleted == 50

    def test_an_empty_answer_never_empties_a_table(self, loader: Warehouse) -> None:
        land(loader, ScriptedPull([page(*things("a=1"))], at=day(0), is_whole=True))
        with pytest.raises(DeletionGuardError, match="1 of 1 records are gone"):
            land(loader, ScriptedPull([page()], at=day(1), is_whole=True))

    def test_a_malformed_record_is_not_a_deletion(self, loader: Warehouse) -> None:
        land(loader, ScriptedPull([page(*things("a=1", "b=1", "c=1"))], at=day(0), is_whole=True))
        bad = page(*things("b=1"), n_received=2, rejects=(Reject("a", "size: expected int", {"thing_id": "a"}),))
        assert land(loader, ScriptedPull([bad], at=day(1), is_whole=True)).counts.n_deleted == 1
        assert [v[0] for v in history(loader) if v[4]] == ["c"]

    def test_nothing_is_deleted_while_a_malformed_records_key_is_unknown(self, loader: Warehouse) -> None:
        land(loader, ScriptedPull([page(*things("a=1", "b=1"))], at=day(0), is_whole=True))
        bad = page(*things("b=1"), n_received=2, rejects=(Reject(None, "no key", {}),))
        summary = land(loader, ScriptedPull([bad], at=day(1), is_whole=True))
        assert summary.counts.n_deleted == 0
        assert "absent records were not deleted" in str(summary)


def test_after_a_first_load_the_planner_knows_how_much_there_is(loader: Warehouse) -> None:
    land(loader, ScriptedPull([page(*things("a=1", "b=2"))], at=day(0)))
    query = "select reltuples from pg_class where oid = 'raw_servicenow.thing'::regclass"
    assert loader.execute(query).fetchone() == (2,)
