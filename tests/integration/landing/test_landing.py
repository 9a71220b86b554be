"""What one load does to the raw table and to the books."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import psycopg
import pytest
from tests.integration.landing.scripted import (
    LEARNERS,
    THINGS,
    Learner,
    ScriptedPull,
    Thing,
    day,
    page,
    source_of,
)

from schoolward.errors import AccessRefusedError, CompletenessError, SchoolwardError, SourceError
from schoolward.ingest.books import Mode
from schoolward.ingest.loader import DeletionGuardError
from schoolward.ingest.run import load
from schoolward.ingest.summary import LoadSummary
from schoolward.sources.base import Reject, Stream

Warehouse = psycopg.Connection[Any]


def land(
    warehouse: Warehouse, *script: ScriptedPull, stream: Stream = THINGS, mode: Mode = "incremental", **options: Any
) -> LoadSummary:
    """Land the scripted pulls one after the other; the last one's summary."""
    source = source_of(*script, **options)
    for _ in script:
        summary = load(warehouse, source, stream, mode)
    return summary


def history(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    """Versions as (id, name, from day, to day or None, is_deleted), oldest first; days since the start."""
    rows = warehouse.execute(
        "select thing_id, name, _seen_from, _seen_to, _is_deleted, _is_current from raw_servicenow.thing order by 1, 3"
    ).fetchall()
    assert all((to is None) == current for _, _, _, to, _, current in rows)
    return [(i, n, (a - day(0)).days, None if b is None else (b - day(0)).days, gone) for i, n, a, b, gone, _ in rows]


def loads(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.execute("select status, message from ops.load order by load_id").fetchall()


def things(*pairs: str) -> list[Thing]:
    """``"a=x"`` is thing a named x."""
    return [Thing(thing_id=i, name=n or None) for i, _, n in (pair.partition("=") for pair in pairs)]


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


class TestCompleteness:
    @pytest.mark.parametrize("n_told", [1, 3])
    def test_another_number_than_told_lands_nothing_and_names_both(self, loader: Warehouse, n_told: int) -> None:
        with pytest.raises(CompletenessError, match=f"said it has {n_told} rows and sent 2; nothing landed"):
            land(loader, ScriptedPull([page(*things("a=1", "b=1"))], at=day(0), n_told=n_told))
        assert history(loader) == []
        assert loader.execute("select count(*) from ops.watermark").fetchone() == (0,)

    def test_malformed_and_filtered_rows_count_as_sent(self, loader: Warehouse) -> None:
        bad = page(*things("a=1"), n_received=3, rejects=(Reject("b", "bad", {}),))
        assert land(loader, ScriptedPull([bad], at=day(0), n_told=3)).counts.n_seen == 3


class TestQuarantine:
    def test_a_reject_is_kept_once_however_often_it_comes(self, loader: Warehouse) -> None:
        bad = page(
            *things("a=1"),
            n_received=2,
            rejects=(Reject("b", "size: expected int\0", {"thing_id": "b\0", "tags": ["x"]}),),
        )
        summary = land(loader, *(ScriptedPull([bad], at=day(d)) for d in range(3)))
        assert summary.counts.n_quarantined == 1
        rows = loader.execute(
            "select source, stream, seen_at, record_key, reason, fields from ops.quarantine"
        ).fetchall()
        assert rows == [("desk", "thing", day(0), "b", "size: expected int", {"thing_id": "b", "tags": ["x"]})]

    @pytest.mark.parametrize(
        ("record", "reason"),
        [
            (Thing(thing_id="big", size=2**63), "size does not fit 64 bits"),
            (Thing(thing_id="small", size=-(2**63) - 1), "size does not fit 64 bits"),
            (Thing(thing_id="", name="x"), "thing_id, part of the key, is empty"),
            (Thing(thing_id="k" * 501), "thing_id, part of the key, is longer than 500 characters"),
        ],
    )
    def test_what_postgres_could_not_hold_is_quarantined_and_its_neighbours_land(
        self, loader: Warehouse, record: Thing, reason: str
    ) -> None:
        summary = land(loader, ScriptedPull([page(*things("a=1"), record, *things("b=1"))], at=day(0)))
        assert (summary.counts.n_new, summary.counts.n_quarantined) == (2, 1)
        assert loader.execute("select reason from ops.quarantine").fetchall() == [(reason,)]

    def test_a_flood_of_rejects_stops_the_load(self, loader: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("schoolward.ingest.loader.MAX_REJECTS", 5)
        bad = page(*things("a=1"), rejects=tuple(Reject(str(i), "size: expected int", {}) for i in range(6)))
        with pytest.raises(SourceError, match="more than 5 records are malformed, such as: size: expected int"):
            land(loader, ScriptedPull([bad], at=day(0)))
        assert history(loader) == []


def test_drift_is_kept_by_name_with_its_first_and_last_sight(loader: Warehouse) -> None:
    def pull(d: int, new: set[str], *vanished: set[str]) -> ScriptedPull:
        pages = [page(*things("a=1"), new_fields=frozenset(new), vanished_fields=frozenset(v)) for v in vanished]
        return ScriptedPull([*pages, page(new_fields=frozenset())], at=day(d))

    land(
        loader,
        pull(0, {"colour"}, {"size", "tags"}, {"size"}),
        pull(1, {"colour"}, set()),
        pull(2, {"shape"}, {"size"}),
    )
    rows = loader.execute("select field, kind, first_seen_at, last_seen_at from ops.drift order by 1, 2").fetchall()
    assert rows == [
        ("colour", "new", day(0), day(1)),
        ("shape", "new", day(2), day(2)),
        ("size", "vanished", day(0), day(2)),
    ]


class TestFailures:
    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (SourceError("desk is asleep. Wake it."), "desk is asleep. Wake it."),
            (ValueError("secret value"), "desk thing: stopped by ValueError; nothing landed."),
        ],
    )
    def test_a_pull_that_breaks_leaves_one_failed_load_and_nothing_else(
        self, loader: Warehouse, error: Exception, said: str
    ) -> None:
        with pytest.raises(type(error)):
            land(loader, ScriptedPull([page(*things("a=1"), new_fields=frozenset({"x"}))], at=day(0), then=error))
        assert history(loader) == []
        assert loads(loader) == [("failed", said)]
        for table in ("watermark", "quarantine", "drift"):
            assert loader.execute(f"select count(*) from ops.{table}".encode()).fetchone() == (0,)

    def test_what_postgres_refuses_is_told_without_the_rows_values(self, loader: Warehouse) -> None:
        with loader.transaction(force_rollback=True):
            pass
        wrong = Stream("servicenow", "thing", Learner, ("learner_id",), "Columns the table does not have.")
        with pytest.raises(SchoolwardError) as refusal:
            land(loader, ScriptedPull([page(Learner(learner_id="Jane Doe"))], at=day(0)), stream=wrong)
        assert "42703 UndefinedColumn" in str(refusal.value)
        assert "Jane" not in str(refusal.value)
        assert refusal.value.__cause__ is None
        assert loads(loader) == [("failed", str(refusal.value))]

    def test_an_optional_stream_that_is_refused_is_skipped(self, loader: Warehouse) -> None:
        refusal = AccessRefusedError("desk does not let us read it (403).")
        optional = Stream("servicenow", "thing", Thing, ("thing_id",), "Things.", is_optional=True)
        summary = land(loader, ScriptedPull([], at=day(0), then=refusal), stream=optional)
        assert str(summary) == "desk thing: skipped, desk does not let us read it (403)."
        assert loads(loader) == [("skipped", "desk does not let us read it (403).")]
        with pytest.raises(AccessRefusedError):
            land(loader, ScriptedPull([], at=day(0), then=refusal))

    def test_a_pull_with_nothing_to_say_is_skipped(self, loader: Warehouse) -> None:
        assert str(land(loader, ScriptedPull([], at=day(0)))) == "desk thing: skipped, nothing new"

    def test_an_answer_without_rows_is_a_load(self, loader: Warehouse) -> None:
        summary = land(loader, ScriptedPull([page()], at=day(0), n_told=0, cursor={"n": 1}))
        assert (summary.status, summary.n_changed_rows) == ("done", 0)


class TestModes:
    def test_a_backfill_asks_since_and_leaves_the_watermark(self, loader: Warehouse) -> None:
        source = source_of(
            ScriptedPull([page(*things("a=1"))], at=day(0), cursor={"n": 1}),
            ScriptedPull([page(*things("b=1"))], at=day(1), cursor={"n": 2}, is_whole=True),
        )
        load(loader, source, THINGS, "incremental")
        load(loader, source, THINGS, "backfill", since=day(-9))
        assert source.asked[1] == {"cursor": None, "since": day(-9), "full": False}
        assert loader.execute("select cursor from ops.watermark").fetchall() == [({"n": 1},)]
        assert loader.execute("select window_from from ops.load where mode = 'backfill'").fetchall() == [(day(-9),)]
        assert [v[4] for v in history(loader)] == [False, False]

    def test_reconcile_finds_silent_edits_and_vanished_rows_and_leaves_the_watermark(self, loader: Warehouse) -> None:
        source = source_of(
            ScriptedPull([page(*things("a=1", "b=1", "c=1"))], at=day(0), cursor={"n": 1}),
            ScriptedPull([page(*things("a=1", "b=2"))], at=day(1), cursor={"n": 2}, is_whole=True),
        )
        load(loader, source, THINGS, "incremental")
        counts = load(loader, source, THINGS, "reconcile").counts
        assert source.asked[1]["full"]
        assert (counts.n_changed, counts.n_deleted, counts.n_unchanged) == (1, 1, 1)
        assert loader.execute("select cursor from ops.watermark").fetchall() == [({"n": 1},)]

    def test_reconcile_waits_for_the_first_load(self, loader: Warehouse) -> None:
        assert load(loader, source_of(), THINGS, "reconcile").message == "its first load has not ended yet"

    def test_files_that_wait_are_landed_one_by_one_each_as_of_its_own_time(self, loader: Warehouse) -> None:
        pulls = (("a=1", "b=1"), ("a=2",), ("a=2", "b=1"))
        source = source_of(
            *(
                ScriptedPull([page(*things(*rows))], at=day(7 * d), is_whole=True, cursor={"n": d}, has_more=d < 2)
                for d, rows in enumerate(pulls)
            )
        )
        summary = load(loader, source, THINGS, "incremental")
        assert [q["cursor"] for q in source.asked] == [None, {"n": 0}, {"n": 1}]
        assert (summary.n_loads, summary.counts.n_new, summary.counts.n_deleted, summary.n_changed_rows) == (3, 3, 1, 5)
        assert history(loader) == [
            ("a", "1", 0, 7, False),
            ("a", "2", 7, None, False),
            ("b", "1", 0, 7, False),
            ("b", "1", 7, 14, True),
            ("b", "1", 14, None, False),
        ]


class TestStudents:
    def rows(self, warehouse: Warehouse) -> list[tuple[Any, ...]]:
        return warehouse.execute(
            "select learner_id, grade, _seen_from from student.oneroster_learner order by 1"
        ).fetchall()

    def test_only_what_was_last_seen_is_kept(self, loader: Warehouse) -> None:
        a, b = Learner(learner_id="a", grade="1"), Learner(learner_id="b", grade="1")
        summary = land(
            loader,
            ScriptedPull([page(a, b)], at=day(0)),
            ScriptedPull([page(a, Learner(learner_id="b", grade="2")), page(Learner(learner_id="c"))], at=day(1)),
            stream=LEARNERS,
        )
        assert (summary.counts.n_new, summary.counts.n_changed, summary.counts.n_unchanged) == (1, 1, 1)
        assert self.rows(loader) == [("a", "1", day(1)), ("b", "2", day(1)), ("c", None, day(1))]

    def test_a_student_who_left_leaves_nothing(self, loader: Warehouse) -> None:
        pulls = [[Learner(learner_id=i) for i in ids] for ids in ("abc", "ab")]
        script = [ScriptedPull([page(*rows)], at=day(d), is_whole=True) for d, rows in enumerate(pulls)]
        assert land(loader, *script, stream=LEARNERS).counts.n_deleted == 1
        assert [row[0] for row in self.rows(loader)] == ["a", "b"]

    def test_the_guard_stands_before_students_too(self, loader: Warehouse) -> None:
        many: Sequence[Learner] = [Learner(learner_id=f"{i:03}") for i in range(100)]
        land(loader, ScriptedPull([page(*many)], at=day(0), is_whole=True), stream=LEARNERS)
        with pytest.raises(DeletionGuardError):
            land(loader, ScriptedPull([page(*many[:40])], at=day(1), is_whole=True), stream=LEARNERS)


def test_a_loader_speaks_while_it_works(
    loader: Warehouse, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schoolward.ingest.loader.CHUNK_ROWS", 3)
    caplog.set_level("INFO", "schoolward.ingest")
    land(loader, ScriptedPull([page(*things(f"a{i}", f"b{i}")) for i in range(4)], at=day(0)))
    assert [m for m in caplog.messages if "so far" in m] == ["desk thing: 4 rows so far", "desk thing: 6 rows so far"]
