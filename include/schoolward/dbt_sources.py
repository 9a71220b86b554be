"""The dbt declarations of the raw tables, written from the records; ``python -m schoolward.dbt_sources`` renews them.

One file per system under ``models/staging/<system>``. A test compares them with the records, so neither gets ahead.
"""

from pathlib import Path

import yaml

from schoolward.dbt_adapter import project_path
from schoolward.ingest.raw_table import landing_columns
from schoolward.sources.base import SYSTEMS, Stream, streams_of
from schoolward.sources.documented import field_docs

_HEAD = "# Written by `python -m schoolward.dbt_sources` from the records in schoolward.sources; do not edit.\n"
_LANDING = {
    "_source": "The district file's name of the source.",
    "_seen_from": "When the source first showed this version, by the source's own clock (UTC).",
    "_seen_to": "When it showed the next one (exclusive); null for the current version.",
    "_is_current": "Whether this is the newest version of its key.",
    "_is_deleted": "Whether the source no longer has the record; the values are the last ones seen.",
    "_fingerprint": "Digest of the record's values.",
    "_load_id": "The load that brought the version (ops.load).",
}


def sources_path(system: str) -> Path:
    """Where a system's declarations stand."""
    return project_path() / "models" / "staging" / system / f"_{system}__sources.yml"


def sources_yml(system: str) -> str:
    """The declarations of a system's raw tables, as YAML."""
    by_schema: dict[str, list[Stream]] = {}
    for stream in streams_of(system):
        by_schema.setdefault(stream.schema, []).append(stream)
    document = {
        "version": 2,
        "sources": [
            {
                "name": schema if schema != "student" else f"student_{system}",
                "schema": schema,
                "description": _schema_description(system, schema),
                "tables": [_table(stream) for stream in streams],
            }
            for schema, streams in by_schema.items()
        ],
    }
    return _HEAD + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=140)


def _schema_description(system: str, schema: str) -> str:
    if schema == "student":
        return f"Students' rows of {system}, identifiers hashed: what was last seen only, purged after 30 days."
    return f"Every version ever seen of what {system} sources give."


def _table(stream: Stream) -> dict[str, object]:
    documented = field_docs(stream.record)
    columns: list[dict[str, str]] = []
    for column in stream.columns:
        vendor = "" if column.vendor_name == column.name else f" Vendor field {column.vendor_name}."
        columns.append(
            {
                "name": column.name,
                "description": (documented.get(column.name, "") + vendor).strip() or "As the vendor gives it.",
                "data_type": column.sql_type,
            }
        )
    columns += [
        {"name": name, "description": _LANDING[name], "data_type": sql_type.split(" ")[0]}
        for name, sql_type in landing_columns(stream)
    ]
    return {
        "name": stream.name,
        "identifier": stream.table,
        "description": f"{stream.description} Key: {', '.join(('_source', *stream.key))}.",
        "columns": columns,
    }


def main() -> None:
    """Write the declarations of every system."""
    for system in SYSTEMS:
        path = sources_path(system)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sources_yml(system), encoding="utf-8")


if __name__ == "__main__":
    main()
