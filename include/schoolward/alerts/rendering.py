"""Templates to text and HTML, with the few formats that all messages share."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import jinja2

_FOLDER = "templates"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("schoolward.alerts", _FOLDER),
        autoescape=jinja2.select_autoescape(("html.j2",), default=False),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"day": day, "short_day": short_day, "percent": percent, "count": count}
    return environment


def render(template: str, values: Mapping[str, Any]) -> str:
    """The template filled; every name it uses must be given."""
    return _environment().get_template(template).render(values)


def day(value: date) -> str:
    """``Mon 4 May 2026``."""
    return f"{value:%a} {value.day} {value:%b %Y}"


def short_day(value: date) -> str:
    """``4 May``."""
    return f"{value.day} {value:%b}"


def moment(value: datetime, zone: ZoneInfo) -> str:
    """``Mon 4 May 2026, 06:30`` in the district's zone."""
    local = value.astimezone(zone)
    return f"{day(local)}, {local:%H:%M}"


def percent(share: float | None) -> str:
    """``83 %``, with a no-break space; a dash when there is no share."""
    return "–" if share is None else f"{share * 100:.0f}\N{NO-BREAK SPACE}%"


def count(n: int, one: str, many: str | None = None) -> str:
    """``1 school``, ``3 schools``."""
    return f"{n:,}\N{NO-BREAK SPACE}{one if n == 1 else many or one + 's'}"


def lower_first(text: str) -> str:
    """For the middle of a sentence: ``No ILD assigned`` becomes ``no ILD assigned``."""
    return text[:1].lower() + text[1:]
