"""docs/indicators.md, written from the catalogue, the models and their worked examples; ``python -m schoolward.indicator_docs`` renews it.

An indicator's model is the one that calls ``indicator_rows`` with its id. Its worked example is the unit test whose
``config.meta.indicator_id`` names it: the same rows that the test runs are the ones a reader checks by hand.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from schoolward.dbt_adapter import project_path

_HEAD = """<!-- Written by `python -m schoolward.indicator_docs` from dbt_project; do not edit. -->
# Indicators

Every indicator of the study's five dimensions and four recommendations: what it is, how it is worked out, when it calls for attention,
and an example to check by hand. Each is a model with the same columns: `indicator_id, scope_type, scope_id, period_start_on, numerator,
denominator, value, n, coverage, status, data_as_of`. All of them together are `marts.indicator_value`; what was told when a period was
over is `marts.indicator_value_published`.

**Status.** `act` and `watch` are beyond the limit of that name, `ok` is within both, `insufficient_data` is said when there are fewer
observations than the minimum or less of the expected data than the minimum coverage: a missing log is not a missing visit. A limit itself
is still within it. Limits belong to a version of the theory of action and may be set in the district file; those here are the defaults.

These are conditions the central office owes schools, not causes of results. None of them ranks schools, and none is meant for anybody's
pay or rating.
"""
_DIMENSIONS = {
    "partnership": ("1", "Learning-focused partnerships with principals"),
    "assistance": ("2", "Assistance to the partnerships"),
    "service": ("3", "Every unit turned toward schools"),
    "stewardship": ("4", "Stewardship of the change"),
    "evidence": ("5", "Use of evidence throughout the office"),
    "recommendation": ("", "The study's four recommendations"),
}
_PERIODS = {"half_year": "half-year", "year": "school year"}
_REF = re.compile(r"\{\{\s*ref\('(\w+)'\)\s*\}\}")
_SOURCE = re.compile(r"\{\{\s*source\('(\w+)',\s*'(\w+)'\)\s*\}\}")
_CALL = re.compile(r"indicator_rows\(\s*'([A-Z]\d+\.\d+)'")


@dataclass(frozen=True, slots=True)
class Example:
    """A unit test as a reader sees it."""

    model: str
    description: str
    given: Mapping[str, Sequence[Mapping[str, Any]]]
    """Rows by input; an input given as SQL or empty is left out."""
    expected: Sequence[Mapping[str, Any]]


def docs_path() -> Path:
    """Where the page stands."""
    return project_path().parent / "docs" / "indicators.md"


@cache
def catalogue() -> tuple[dict[str, str], ...]:
    """The rows of the seed, in its order."""
    with (project_path() / "seeds" / "indicators.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def model_files() -> Mapping[str, Path]:
    """Every model's file by name."""
    return {path.stem: path for path in sorted((project_path() / "models").rglob("*.sql"))}


@cache
def models_by_indicator() -> Mapping[str, str]:
    """The model that measures each indicator."""
    return {
        indicator: name
        for name, path in model_files().items()
        for indicator in _CALL.findall(path.read_text(encoding="utf-8"))
    }


@cache
def examples() -> Mapping[str, Sequence[Example]]:
    """Worked examples by indicator."""
    found: dict[str, list[Example]] = {}
    for path in sorted((project_path() / "models").rglob("*.yml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for test in document.get("unit_tests", ()):
            indicator = test.get("config", {}).get("meta", {}).get("indicator_id")
            if indicator:
                found.setdefault(str(indicator), []).append(_example(test))
    return found


def _example(test: Mapping[str, Any]) -> Example:
    given = {}
    for part in test.get("given", ()):
        name = re.sub(r"^(?:ref|source)\(|[\s'\")]", "", part["input"]).replace(",", ".")
        if (
            isinstance(part.get("rows"), list) and part["rows"] and not name.startswith("dim_")
        ):  # limits stand above, calendars in the words
            given[name] = part["rows"]
    return Example(
        test["model"], " ".join(str(test.get("description", "")).split()), given, test["expect"].get("rows", [])
    )


def page() -> str:
    """The whole page as Markdown."""
    parts = [_HEAD]
    for dimension, (number, title) in _DIMENSIONS.items():
        rows = [row for row in catalogue() if row["dimension"] == dimension]
        parts.append(f"## {f'{number}. ' if number else ''}{title}\n")
        parts.append(_contents(rows))
        parts += [_indicator(row) for row in rows]
    return "\n".join(parts)


def _contents(rows: Sequence[Mapping[str, str]]) -> str:
    lines = ["| | indicator | better | for each |", "|---|---|---|---|"]
    lines += [
        f"| [{r['indicator_id']}](#{_anchor(r)}) | {_cell(r['name'])} | {_better(r)} | {_cell(r['grain'])} |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"


def _anchor(row: Mapping[str, str]) -> str:
    title = f"{row['indicator_id']} {row['name']}".lower()
    return re.sub(r"[^\w\- ]", "", title).replace(" ", "-")


def _better(row: Mapping[str, str]) -> str:
    return {"higher": "more", "lower": "less", "band": "in between", "context": "told only"}[row["direction"]]


def _indicator(row: Mapping[str, str]) -> str:
    indicator = row["indicator_id"]
    model = models_by_indicator().get(indicator)
    lines = [
        f"### {indicator} {row['name']}\n",
        f"{_sentence(row['definition'])}\n",
        f"- **Worked out as** {row['formula']}, for each {row['grain']}, by {_PERIODS.get(row['period_type'], row['period_type'])}.",
        f"- **Limits** {_limits(row)}.",
        f"- **Said only with** {_enough(row)}.",
        f"- **Where the limits come from** {row['threshold_source'] or 'none are set'}.",
    ]
    if row["part"]:
        lines.insert(2, f"- **Part of the study** {row['part']}.")
    if model:
        lines.append(f"- **Follow it** {_path(model)}.")
    for example in examples().get(indicator, ()):
        lines += ["", f"**Example.** {example.description}", "", *_tables(example)]
    return "\n".join(lines) + "\n"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."


def _limits(row: Mapping[str, str]) -> str:
    if row["direction"] == "context":
        return "none: it is told and never calls for anything"
    below, above = ("below", "above")
    sides = {"higher": below, "lower": above, "band": above}
    said = [f"{kind} {sides[row['direction']]} {row[kind]}" for kind in ("watch", "act") if row[kind]]
    said += [f"{kind} below {row[f'{kind}_low']}" for kind in ("watch", "act") if row[f"{kind}_low"]]
    return ", ".join(said) or "none"


def _enough(row: Mapping[str, str]) -> str:
    said = [f"at least {row['min_n']} observation{'s' if row['min_n'] != '1' else ''}"] if row["min_n"] else []
    said += [f"{float(row['min_coverage']) * 100:.0f} % of the expected data"] if row["min_coverage"] else []
    return " and ".join(said) or "any observation"


MOST_HOPS = 5
_REQUESTS = ("request_", "service_request")
_REQUEST_ROWS = {
    ("raw_servicenow", "incident"), ("raw_servicenow", "sys_audit"), ("raw_zendesk", "tickets"), ("raw_zendesk", "ticket_events"),
}  # fmt: skip
"""Where the requests of the help desks land; the steps that make one vocabulary of them are told in the heads of core/requests."""


def hops(model: str) -> list[list[str]]:
    """From an indicator's model to the raw tables its counts come from, a list of names a hop.

    Calendars, limits and other dimensions, which most models read, are left out.
    """
    found, seen = [[model]], {model}
    while len(found) <= MOST_HOPS:
        here = sorted({name for m in found[-1] for name in _reads(m)} - seen)
        reached = {*here, *(s for name in here for s in _reads(name) if s.startswith("stg_"))}
        landed = {found for name in reached for found in _SOURCE.findall(_sql(name))}
        if any(name.startswith(_REQUESTS) for name in here):
            landed |= _REQUEST_ROWS
        raw = sorted(f"{schema}.{table}" for schema, table in landed if schema != "config")
        here = [name for name in here if not name.startswith("stg_")]
        if here:
            found.append(here)
            seen |= set(here)
        if raw or not here:
            return [*found, raw] if raw else found
    return found


def _path(model: str) -> str:
    return " → ".join(", ".join(f"`{name}`" for name in hop) for hop in hops(model))


def _reads(model: str) -> list[str]:
    """The models a model reads directly, dimensions left out."""
    found = {name for name in _REF.findall(_sql(model)) if name != model}
    return sorted(n for n in found if not n.startswith("dim_") and not n.endswith(("__touched", "__context")))


def _sql(model: str) -> str:
    path = model_files().get(model)
    return path.read_text(encoding="utf-8") if path else ""


def _tables(example: Example) -> Iterator[str]:
    for name, rows in example.given.items():
        yield from _table(f"`{name}`", rows)
    yield from _table(f"gives `{example.model}`", example.expected)


def _table(title: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    yield f"{title}:"
    yield ""
    yield f"| {' | '.join(columns)} |"
    yield "|" + "---|" * len(columns)
    for row in rows:
        yield f"| {' | '.join(_cell(row.get(column)) for column in columns)} |"
    yield ""


def _cell(value: object) -> str:
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    """Write the page."""
    docs_path().write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
