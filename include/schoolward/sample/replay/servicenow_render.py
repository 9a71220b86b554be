"""How a ServiceNow instance writes a row: strings, reference objects, display values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from schoolward.sample.replay.servicenow_tables import CHOICES, DISPLAY_FIELD, REFERENCES
from schoolward.sample.replay.table import Table


class Instance(Protocol):
    """What rendering needs of the server: other tables, and values behind references."""

    def table_named(self, name: str) -> Table: ...
    def value(self, name: str, record: Mapping[str, Any], field: str) -> str: ...


@dataclass(frozen=True)
class Rendering:
    """The parameters of a request that shape its rows."""

    fields: tuple[str, ...]
    display_value: str
    has_links: bool
    base: str

    @classmethod
    def of(cls, params: Mapping[str, str], base: str, known: frozenset[str]) -> "Rendering":
        """Without ``sysparm_fields`` every field; unknown ones are left out without a word."""
        asked = params.get("sysparm_fields", "")
        fields = (
            tuple(f for f in dict.fromkeys(asked.split(",")) if f in known or "." in f)
            if asked
            else tuple(sorted(known))
        )
        display_value = params.get("sysparm_display_value", "false")
        return cls(
            fields,
            display_value if display_value in ("true", "all") else "false",
            params.get("sysparm_exclude_reference_link") != "true",
            base,
        )


def render(instance: Instance, name: str, table: Table, version: int, rendering: Rendering) -> bytes:
    """A row's JSON. Rows that show nothing of other records are encoded once and kept."""

    is_self_contained = rendering.display_value == "false" and not any("." in f for f in rendering.fields)
    if not is_self_contained:
        record = table.timeline.record(version)
        return msgspec.json.encode({f: _cell(instance, name, record, f, rendering) for f in rendering.fields})
    targets = REFERENCES.get(name, {}) if rendering.has_links else {}
    links = {f: f"{rendering.base}/{targets[f]}/" for f in rendering.fields if f in targets}

    def encode(record: Mapping[str, Any]) -> bytes:
        row: dict[str, Any] = {f: record.get(f, "") for f in rendering.fields}
        for field, base in links.items():
            if value := row[field]:
                row[field] = {"link": base + value, "value": value}
        return msgspec.json.encode(row)

    return table.encoded(version, rendering, encode)


def _cell(instance: Instance, name: str, record: Mapping[str, Any], field: str, rendering: Rendering) -> Any:
    value = instance.value(name, record, field)
    target = REFERENCES.get(name, {}).get(field)
    link = {"link": f"{rendering.base}/{target}/{value}"} if target and value and rendering.has_links else {}
    if rendering.display_value == "false":
        return {**link, "value": value} if link else value
    display = _display(instance, name, field, target, value)
    if rendering.display_value == "all":
        return {"display_value": display, **link, "value": value}
    return {"display_value": display, **link} if link else display


def _display(instance: Instance, name: str, field: str, target: str | None, value: str) -> str:
    """The label: a referenced record's name, a choice's label; dates stay in UTC, the zone of an integration user."""
    if target in DISPLAY_FIELD and value:
        record = instance.table_named(str(target)).record(value)
        return "" if record is None else str(record.get(DISPLAY_FIELD[str(target)], ""))
    return CHOICES.get(name, {}).get(field, {}).get(value, value)
