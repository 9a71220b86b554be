"""Every column that BI reads is described, tested, and can be followed back to the rows it came from."""

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from column_lineage import Column, Lineage, trace

from schoolward.dbt_adapter import compiled_project
from schoolward.warehouse.connection import connect

OUTSIDE = ("config", "ops", "alerts", "student", "seeds")


@pytest.fixture(scope="module")
def manifest(warehouse: SimpleNamespace) -> dict[str, Any]:
    """The project compiled for an empty warehouse, so that incremental models show their whole query."""
    return compiled_project()


@pytest.fixture(scope="module")
def lineage(warehouse: SimpleNamespace, manifest: dict[str, Any]) -> Lineage:
    outside: dict[tuple[str, str], list[str]] = {}
    with connect("owner") as connection:
        query = "select table_schema, table_name, column_name from information_schema.columns"
        for schema, relation, column in connection.execute(query):
            if schema.startswith("raw_") or schema in OUTSIDE or relation == "pg_timezone_names":
                outside.setdefault((schema, relation), []).append(column)
    for node in manifest["nodes"].values():
        if node["resource_type"] == "seed":
            outside[node["schema"], node["alias"]] = list(node["columns"])
    return trace(manifest, outside)


@pytest.fixture(scope="module")
def mart_columns(manifest: dict[str, Any], lineage: Lineage) -> list[Column]:
    marts = [n for n in manifest["nodes"].values() if n["resource_type"] == "model" and n["schema"] == "marts"]
    columns = [(n["schema"], n["alias"], column) for n in marts for column in n["columns"]]
    assert len(marts) >= 12
    assert len(columns) >= 150
    return columns


def test_no_model_names_a_column_that_is_not_there(lineage: Lineage) -> None:
    assert lineage.unresolved == []


def test_every_mart_column_comes_from_raw_rows_settings_or_books(mart_columns: list[Column], lineage: Lineage) -> None:
    made_here = {"revision_no", "is_withdrawn", "recorded_at"}  # a published row's own
    gaps = [".".join(column) for column in mart_columns if column[2] not in made_here and not lineage.origins(column)]
    assert gaps == []


def test_every_mart_has_a_contract_and_every_column_a_description(manifest: dict[str, Any]) -> None:
    lacking = []
    for node in _marts(manifest):
        if not node["config"]["contract"]["enforced"] or not node["description"]:
            lacking.append(node["name"])
        lacking += [f"{node['name']}.{name}" for name, c in node["columns"].items() if not c["description"].strip()]
    assert lacking == []


def test_every_mart_has_a_test_of_its_grain(manifest: dict[str, Any]) -> None:
    tested = {
        manifest["nodes"][test["attached_node"]]["name"]
        for test in _tests(manifest)
        if test["test_metadata"]["name"] in ("one_row_per", "unique") and test["attached_node"] in manifest["nodes"]
    }
    by_file = [n["name"] for n in manifest["nodes"].values() if n["resource_type"] == "test"]
    tested |= {name.partition("__")[0] for name in by_file if "__one_row_a" in name}
    assert [node["name"] for node in _marts(manifest) if node["name"] not in tested] == []


def test_every_mart_column_is_tested_itself_or_copies_a_column_that_is(
    manifest: dict[str, Any], mart_columns: list[Column], lineage: Lineage
) -> None:
    tested = set(_tested(manifest))
    untested = []
    for column in mart_columns:
        here: Column | None = column
        while here is not None and here not in tested:
            here = lineage.copies.get(here)
        if here is None:
            untested.append(".".join(column))
    assert "\n".join(untested) == ""


def test_every_mart_is_in_an_exposure(manifest: dict[str, Any]) -> None:
    shown = {key for exposure in manifest["exposures"].values() for key in exposure["depends_on"]["nodes"]}
    assert [node["name"] for node in _marts(manifest) if node["unique_id"] not in shown] == []


def test_nothing_that_alerts_are_opened_from_rests_on_alerts(manifest: dict[str, Any]) -> None:
    """Else an answer to an alert could open or close one. The digest, too, is written from these."""
    waiting = [
        key
        for exposure in manifest["exposures"].values()
        if exposure["name"] in ("alert_mails", "weekly_digest")
        for key in exposure["depends_on"]["nodes"]
    ]
    reached: set[str] = set()
    while waiting:
        key = waiting.pop()
        if key not in reached:
            reached.add(key)
            waiting += manifest["parent_map"].get(key, [])
    assert len(reached) > 100
    assert [key for key in reached if key.startswith("source.schoolward.alerts.")] == []


def _marts(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [n for n in manifest["nodes"].values() if n["resource_type"] == "model" and n["schema"] == "marts"]


def _tests(manifest: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and node.get("test_metadata"):
            yield node


def _tested(manifest: Mapping[str, Any]) -> Iterator[Column]:
    """Columns with a constraint or a data test, named by a test of their model, or expected of a unit test."""
    nodes = manifest["nodes"]
    for node in nodes.values():
        yield from (
            (node["schema"], node["alias"], name) for name, c in node.get("columns", {}).items() if c["constraints"]
        )
    places = {node["name"]: (node["schema"], node["alias"]) for node in nodes.values() if "alias" in node}
    for test in _tests(manifest):
        if test["attached_node"] not in nodes:
            continue
        node = nodes[test["attached_node"]]
        arguments = test["test_metadata"]["kwargs"]
        named = [test["column_name"], *arguments.get("columns", [])]
        said = str(arguments.get("expression", ""))
        named += [column for column in node["columns"] if column in said.replace("(", " ").replace(")", " ").split()]
        yield from ((node["schema"], node["alias"], column) for column in named if column)
    for test in manifest["unit_tests"].values():
        rows = test["expect"].get("rows") or []
        if isinstance(rows, list) and test["model"] in places:
            yield from ((*places[test["model"]], column) for row in rows for column in row)
