"""The connectors' page tells what is pulled, field by field, as the records declare it."""

from pathlib import Path

import pytest

from schoolward.sources import edfi, oneroster, servicenow, zendesk
from schoolward.sources.base import Stream
from schoolward.sources.zendesk_shape import EVENT_FIELDS

PAGE = (Path(__file__).parents[3] / "docs" / "connectors.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "stream",
    [*servicenow.STREAMS, *oneroster.STREAMS, *zendesk.STREAMS, *edfi.STREAMS],
    ids=lambda s: f"{s.system}-{s.name}",
)
def test_the_page_lists_every_field_of_a_stream(stream: Stream) -> None:
    fields = ", ".join(f"**{c.vendor_name}**" if c.name in stream.key else c.vendor_name for c in stream.columns)
    assert f"| `{stream.name}` | `{stream.schema}.{stream.table}` | {fields} |" in PAGE


@pytest.mark.parametrize("option", [*servicenow._OPTIONS, *oneroster._OPTIONS, *zendesk._OPTIONS, *edfi._OPTIONS])
def test_the_page_explains_every_option(option: str) -> None:
    assert f"| `{option}` |" in PAGE or f"| options | `{option}` |" in PAGE


@pytest.mark.parametrize("field", [*servicenow.AUDITED_FIELDS, *EVENT_FIELDS])
def test_the_page_names_every_audited_field(field: str) -> None:
    assert f"`{field}`" in PAGE
