"""Numbers of one ILD are rows that only those who supervise ILDs, and the alerter, find in a mart."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from jinja2 import Environment

from schoolward.dbt_adapter import project_path
from schoolward.warehouse.connection import Role, connect
from schoolward.warehouse.setup import SUPERVISION

ILD_ROWS_HIDDEN = "{{ supervision_only(hidden=\"scope_type = 'ild'\") }}"
ALL_ROWS_HIDDEN = "{{ supervision_only() }}"


def _policies(call: str, table: str) -> str:
    """What the post-hook of a model runs for its table."""
    macros = (project_path() / "macros" / "supervision.sql").read_text(encoding="utf-8")
    return Environment(autoescape=False).from_string(macros + call).render(this=table)  # noqa: S701 - SQL, no page


@pytest.fixture(scope="module")
def marts(warehouse: SimpleNamespace) -> SimpleNamespace:
    with connect("transformer") as connection:
        connection.execute("create table marts.mixed (scope_type text); create table marts.people (ild_staff_id text)")
        connection.execute(
            "insert into marts.mixed values ('ild'), ('school'); insert into marts.people values ('ada')"
        )
        for _ in range(2):  # an incremental table keeps its policies from one build to the next
            connection.execute(_policies(ILD_ROWS_HIDDEN, "marts.mixed"))  # type: ignore[arg-type]
            connection.execute(_policies(ALL_ROWS_HIDDEN, "marts.people"))  # type: ignore[arg-type]
    return warehouse


@pytest.fixture
def supervising_reader(marts: SimpleNamespace) -> Iterator[None]:
    with connect("owner", autocommit=True) as connection:
        connection.execute(f"grant {SUPERVISION} to schoolward_reader")  # type: ignore[arg-type]
        yield
        connection.execute(f"revoke {SUPERVISION} from schoolward_reader")  # type: ignore[arg-type]


def _seen(role: Role) -> tuple[list[str], list[str]]:
    with connect(role) as connection:
        mixed = [row[0] for row in connection.execute("select scope_type from marts.mixed order by 1")]
        return mixed, [row[0] for row in connection.execute("select ild_staff_id from marts.people")]


def test_bi_finds_no_row_about_one_ild(marts: SimpleNamespace) -> None:
    assert _seen("reader") == (["school"], [])


def test_the_alerter_finds_every_row(marts: SimpleNamespace) -> None:
    assert _seen("alerter") == (["ild", "school"], ["ada"])


def test_whoever_supervises_ilds_finds_every_row(supervising_reader: None) -> None:
    assert _seen("reader") == (["ild", "school"], ["ada"])


def test_nobody_logs_in_as_the_role_that_shows_ilds(marts: SimpleNamespace) -> None:
    with connect("owner") as connection:
        rows = connection.execute("select rolcanlogin from pg_roles where rolname = %s", (SUPERVISION,)).fetchall()
    assert rows == [(False,)]
