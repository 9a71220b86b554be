"""The door to dbt: what it says when something fails, and that the project keeps its own rules."""

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from schoolward import dbt_adapter, dbt_sources
from schoolward.errors import SchoolwardError
from schoolward.secrets import secret
from schoolward.sources.base import SYSTEMS
from schoolward.warehouse.connection import connect

PROJECT = dbt_adapter.project_path()
MODELS = {path.stem: path for path in PROJECT.glob("models/**/*.sql")}
MARTS = {name: path for name, path in MODELS.items() if "marts" in path.parts}


def documented() -> dict[str, dict[str, Any]]:
    """Every model's entry of the project's yml files, by name."""
    entries: dict[str, dict[str, Any]] = {}
    for path in PROJECT.glob("models/**/*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            entries[model["name"]] = model
    return entries


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_declared_raw_tables_are_those_the_records_make(system: str) -> None:
    written = dbt_sources.sources_path(system).read_text(encoding="utf-8")
    assert written == dbt_sources.sources_yml(system), "run `python -m schoolward.dbt_sources`"


def test_every_mart_has_a_typed_and_described_contract() -> None:
    entries = documented()
    assert MARTS
    for name in MARTS:
        model = entries[name]
        assert "Grain:" in model["description"], name
        for column in model["columns"]:
            assert column["data_type"], (name, column["name"])
            assert column["description"].endswith("."), (name, column["name"])


def test_every_core_model_is_described() -> None:
    core = {name for name, path in MODELS.items() if "core" in path.parts}
    undocumented = core - {name for name, model in documented().items() if "rain" in model["description"]}
    assert not undocumented


def test_every_data_test_says_what_when_and_how() -> None:
    tests = list(PROJECT.glob("tests/*.sql"))
    assert tests
    for path in tests:
        text = path.read_text(encoding="utf-8")
        model, _, invariant = path.stem.partition("__")
        assert model in MODELS, path.name
        assert invariant, path.name
        assert all(f"-- {word}:" in text for word in ("What", "When", "How")), path.name


def test_staging_renames_and_nothing_reads_raw_tables_behind_its_back() -> None:
    readers = {name for name, path in MODELS.items() if "source('raw_" in path.read_text(encoding="utf-8")}
    behind = {name for name in readers if not name.startswith("stg_")}
    # It asks which keys a load brought, versions that are no longer current among them.
    assert behind == {"int_touched_request"}


def test_a_broken_node_is_named_with_the_first_line_of_its_error(warehouse: SimpleNamespace) -> None:
    with connect("owner") as connection:
        connection.execute("alter table raw_oneroster.users rename to users_gone")
    try:
        with pytest.raises(SchoolwardError) as caught:
            dbt_adapter.build("stg_oneroster__user dim_staff")
    finally:
        with connect("owner") as connection:
            connection.execute("alter table raw_oneroster.users_gone rename to users")
    message = str(caught.value)
    assert 'model stg_oneroster__user: relation "raw_oneroster.users" does not exist' in message
    assert "not built" in message
    assert str(warehouse.home / "dbt" / "logs" / "dbt.log") in message
    assert "\n" not in message


def test_a_selector_that_names_nothing_builds_nothing(warehouse: SimpleNamespace) -> None:
    summary = dbt_adapter.build("no_such_model")
    assert (summary.n_models, summary.n_tests) == (0, 0)


def test_the_password_reaches_dbt_by_environment_only(
    warehouse: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}

    def run(command: list[str], *, env: dict[str, str], **_: object) -> SimpleNamespace:
        seen.update(command=command, env=env)
        return SimpleNamespace(
            returncode=2, stdout="Encountered an error:\nRuntime Error\n  no such profile\n", stderr=""
        )

    monkeypatch.setattr(dbt_adapter.subprocess, "run", run)
    with pytest.raises(SchoolwardError, match="dbt did not start: Runtime Error no such profile"):
        dbt_adapter.build(target_path=tmp_path / "target")
    assert seen["command"][0] == sys.executable
    assert not any(secret("transformer") in word for word in seen["command"])
    assert seen["env"]["SCHOOLWARD_DBT_PASSWORD"] == secret("transformer")
    assert seen["env"]["SCHOOLWARD_DBT_USER"] == "schoolward_transformer"
    assert "SCHOOLWARD_DBT_PASSWORD" not in os.environ


def test_results_of_an_earlier_run_do_not_speak_for_one_that_never_began(
    warehouse: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (target / "run_results.json").write_text(json.dumps({"results": [], "elapsed_time": 1}))
    gone = SimpleNamespace(returncode=1, stdout="", stderr="")
    monkeypatch.setattr(dbt_adapter.subprocess, "run", lambda *_, **__: gone)
    with pytest.raises(SchoolwardError, match="dbt did not start: it said nothing"):
        dbt_adapter.build(target_path=target)


def test_a_failed_test_is_told_by_its_name_and_count(tmp_path: Path) -> None:
    def result(unique_id: str, status: str, message: str | None) -> dict[str, Any]:
        return {"unique_id": unique_id, "status": status, "message": message, "execution_time": 0.1}

    path = tmp_path / "run_results.json"
    results = [
        result("model.schoolward.dim_school", "success", "SELECT 3"),
        result(
            "test.schoolward.not_null_dim_school_school_key.1a2b", "fail", "Got 2 results, configured to fail if != 0"
        ),
        result("unit_test.schoolward.request_clock.a_request_of_friday_evening", "pass", None),
        result("model.schoolward.dim_staff", "skipped", None),
    ]
    path.write_text(json.dumps({"results": results, "elapsed_time": 1.5}))
    summary = dbt_adapter.read_results(path)
    [failed] = [node for node in summary.nodes if node.has_failed]
    assert (failed.kind, failed.name) == ("test", "not_null_dim_school_school_key")
    assert failed.message == "Got 2 results, configured to fail if != 0"
    assert str(summary) == "dbt: 1 models and seeds built, 1 tests passed, 1.5 s"
