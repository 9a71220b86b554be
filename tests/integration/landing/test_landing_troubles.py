"""What one load does when rows are missing, malformed or refused, and in which modes it may run."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.integration.landing.landed import Warehouse, history, land, loads, things
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
from schoolward.ingest.loader import FEWEST_TO_MISS_A_FIELD, DeletionGuardError
from schoolward.ingest.run import load
from schoolward.sources.base import Reject, Stream


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


def test_drift_is_kept_by_name_with_its_first_and_last_sight(
    loader: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schoolward.ingest.loader.FEWEST_TO_MISS_A_FIELD", 1)

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


@pytest.mark.parametrize(
    ("n_changed", "has_vanished"), [(FEWEST_TO_MISS_A_FIELD - 1, False), (FEWEST_TO_MISS_A_FIELD, True)]
)
def test_a_field_is_missed_by_many_changed_records_and_not_by_a_few(
    loader: Warehouse, n_changed: int, has_vanished: bool
) -> None:
    changed = page(*things(*(f"{n}=2" for n in range(n_changed))), vanished_fields=frozenset({"size"}))
    land(loader, ScriptedPull([page(*things("a=1"))], at=day(0)), ScriptedPull([changed], at=day(1)))
    rows = loader.execute("select field, kind from ops.drift").fetchall()
    assert rows == [("size", "vanished")] * has_vanished


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

    def test_reconcile_reads_the_last_days_of_a_log_and_takes_nothing_back(self, loader: Warehouse) -> None:
        log = replace(THINGS, is_log=True)
        source = source_of(
            ScriptedPull([page(*things("a=1", "b=1"))], at=day(20), cursor={"n": 1}),
            ScriptedPull([page(*things("c=1"))], at=day(21), cursor={"n": 2}),
            ScriptedPull([page(*things("d=1"))], at=day(22), cursor={"n": 3}),
        )
        load(loader, source, log, "incremental")
        swept = load(loader, source, log, "reconcile")
        assert source.asked[1] == {"cursor": None, "since": day(6), "full": False}
        assert (swept.counts.n_new, swept.counts.n_deleted) == (1, 0)
        assert "swept from" in str(swept.message)
        assert loader.execute("select cursor from ops.watermark").fetchall() == [({"n": 1},)]
        assert loader.execute("select window_from from ops.load where mode = 'reconcile'").fetchall() == [(day(6),)]
        object.__setattr__(source.config, "options", {"log_sweep_days": 3})
        load(loader, source, log, "reconcile")
        assert source.asked[2]["since"] == day(17)

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
