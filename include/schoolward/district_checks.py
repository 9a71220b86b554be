"""The checks behind the district file: typed reads of a TOML table that collect every mistake instead of stopping at the first."""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from schoolward import cron, open_hours
from schoolward.open_hours import OpenHours
from schoolward.quiet_hours import QuietHours, quiet_hours
from schoolward.sources.base import SYSTEMS

RESPONSE_EVENTS = ("public_reply", "work_started")
ACCOUNTABILITY_PROFILES = ("seed_strict", "shared", "ild_evaluates")
PAUSE_KINDS = ("requester_wait", "on_hold")
STAFF_ROLES = (
    "principal",
    "acting_principal",
    "ild",
    "ild_supervisor",
    "case_manager",
    "unit_chief",
    "unit_staff",
    "superintendent",
)
RECIPIENT_ROLES = ("superintendent", "ild_supervisor", "ild", "unit_chief", "case_manager", "engineer")
SCHEDULED_SYSTEMS = ("zendesk",)
"""Systems that hold schedules a unit may take its hours from."""
DESK_SYSTEMS = ("servicenow", "zendesk")
"""Systems in which a request can be opened for the owner of an alert."""
QUIET_DAYS = ("closed", "no_school")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,40}")
_DURATION = re.compile(r"(\d+)\s*([mhd])")
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class UnitPromises:
    """What one unit promises: business minutes (first response, resolution) by priority, and what stops the second clock."""

    minutes: Mapping[int, tuple[int, int]]
    pause_kinds: tuple[str, ...]


@dataclass
class Problems:
    """Mistakes found so far, each one line: file, place, what is wrong, what to write."""

    file: str
    found: list[str] = field(default_factory=list)

    def add(self, place: str, sentence: str) -> None:
        line = f"{self.file}: {place}: {sentence}" if place else f"{self.file}: {sentence}"
        if line not in self.found:
            self.found.append(line)


class Table:
    """A TOML table read key by key; a wrong value is told and replaced by a harmless one so that reading goes on."""

    def __init__(self, values: Mapping[str, Any], place: str, problems: Problems) -> None:
        self._values, self._place, self._problems = values, place, problems
        self._read: set[str] = set()

    def _say(self, key: str, sentence: str) -> None:
        self._problems.add(f"{self._place} {key}".strip(), sentence)

    def has(self, key: str) -> bool:
        self._read.add(key)
        return key in self._values

    def peek(self, key: str) -> str:
        value = self._values.get(key)
        return value if isinstance(value, str) else ""

    def _take(self, key: str, kind: type, default: Any, example: str) -> Any:
        self._read.add(key)
        if key not in self._values:
            if default is None:
                self._say(key, f"is missing. Add it, such as {key} = {example}.")
            return default
        value = self._values[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self._say(key, f"is {_kind(value)}, not {_kind_name(kind)}. Write it as {key} = {example}.")
            return default
        return value

    def table(self, key: str, required: bool = True) -> "Table":
        value = self._take(key, dict, None if required else {}, "a table, [" + key + "]")
        return Table(value or {}, f"[{key}]", self._problems)

    def tables(self, key: str, name_key: str) -> list["Table"]:
        value = self._take(key, list, [], f"an array of tables, [[{key}]]")
        rows = []
        for number, row in enumerate(value or [], 1):
            if not isinstance(row, dict):
                self._say(key, f"entry {number} is {_kind(row)}, not a table. Write it as [[{key}]].")
                continue
            name = row.get(name_key)
            rows.append(
                Table(row, f"[[{key}]] {number}" + (f" {name!r}" if isinstance(name, str) else ""), self._problems)
            )
        return rows

    def mapping(self, key: str) -> dict[str, Any]:
        return dict(self._take(key, dict, {}, "a table") or {})

    def text(self, key: str, default: str | None = None) -> str:
        value = self._take(key, str, default, '"…"')
        if value is not None and key in self._values and not str(value).strip():
            self._say(key, "is empty. Write what it is called.")
        return value or ""

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if key in self._values else None

    def identifier(self, key: str) -> str:
        value = str(self._take(key, str, None, '"lower_case_name"') or "")
        if value and not _IDENTIFIER.fullmatch(value):
            self._say(key, f"is {value!r}. Use up to 41 lower-case letters, digits and underscores, a letter first.")
        return value

    def integer(self, key: str, default: int, at_least: int) -> int:
        value = int(self._take(key, int, default, str(default)) or default)
        if value < at_least:
            self._say(key, f"is {value}. Write {at_least} or more.")
        return value

    def boolean(self, key: str, default: bool) -> bool:
        return bool(self._take(key, bool, default, "true" if default else "false"))

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        value = self._take(key, list, default, '["…"]') or []
        for item in value:
            if not isinstance(item, str) or not item.strip():
                self._say(key, f"holds {item!r}. Every entry is a text in quotes.")
        return tuple(v for v in value if isinstance(v, str))

    def integers(self, key: str, default: tuple[int, ...], at_least: int) -> tuple[int, ...]:
        value = self._take(key, list, default, f"[{at_least}]")
        wrong = [item for item in value if type(item) is not int or item < at_least]
        for item in wrong:
            self._say(key, f"holds {item!r}. Every entry is a number, {at_least} or more.")
        return tuple(item for item in value if item not in wrong)

    def choice(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        value = str(self._take(key, str, default, f'"{allowed[0]}"') or "")
        if value and value not in allowed:
            self._say(key, f"is {value!r}. Use one of {', '.join(allowed)}.")
        return value

    def choices(self, key: str, allowed: Sequence[str], default: tuple[str, ...]) -> tuple[str, ...]:
        if key not in self._values:
            return default
        values = self.texts(key)
        for value in values:
            if value not in allowed:
                self._say(key, f"holds {value!r}. Use {', '.join(allowed)}.")
        return values

    def zone(self, key: str) -> ZoneInfo:
        value = str(self._take(key, str, None, '"America/Chicago"') or "UTC")
        try:
            return ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            self._say(key, f"is {value!r}, which is no time zone. Use a name such as America/Chicago.")
            return ZoneInfo("UTC")

    def cron(self, key: str) -> str:
        value = str(self._take(key, str, None, '"*/30 * * * *"') or "")
        if value and cron.longest_gap(value) is None:
            self._say(key, f"is {value!r}, which is no cron expression. Write five fields, such as */30 * * * *.")
        return value

    def day(self, key: str) -> date:
        self._read.add(key)
        value = self._values.get(key)
        if (found := _day(value)) is None:
            self._say(
                key,
                f'is {value!r}, not a date. Write it as {key} = "2025-08-01".'
                if key in self._values
                else f'is missing. Add it, such as {key} = "2025-08-01".',
            )
        return found or _EPOCH

    def days(self, key: str) -> tuple[date, ...]:
        """Dates and closed ranges ``first/last``, expanded and sorted."""
        found: set[date] = set()
        for item in self._take(key, list, [], '["2025-12-24/2026-01-02"]') or []:
            first, _, last = str(item).partition("/")
            start, end = _day(first), _day(last or first)
            if start is None or end is None or end < start or (end - start).days > 366:
                self._say(
                    key,
                    f'holds {item!r}. Write a date "2025-11-28" or a range "2025-12-24/2026-01-02", first day first.',
                )
                continue
            found |= {start + timedelta(days=n) for n in range((end - start).days + 1)}
        return tuple(sorted(found))

    def holidays(self, key: str) -> tuple[date, ...]:
        """Public holidays of a country, or of one of its parts (``US-IL``), from 2010 to five years ahead."""
        value = self._take(key, str, "", '"US"')
        if not value:
            return ()
        try:
            return _public_holidays(value)
        except (NotImplementedError, KeyError):
            self._say(
                key,
                f"is {value!r}, which the holidays library does not know. Use a country such as US, or a state such as US-IL.",
            )
            return ()

    def hours(self, key: str) -> tuple[OpenHours, ...]:
        """Open hours such as ``Mon-Thu 07:00-17:00, Fri 07:00-15:00``."""
        text = str(self._take(key, str, None, '"Mon-Fri 08:00-16:30"') or "")
        return open_hours.weekly(text, lambda sentence: self._say(key, sentence))

    def quiet_hours(self, key: str, default: QuietHours | None = None) -> QuietHours | None:
        """Hours such as ``18:00-07:00``; ``none`` where somebody has none although the others do."""
        text = self.optional_text(key)
        return quiet_hours(text, lambda sentence: self._say(key, sentence)) if text else default

    def special_hours(self, key: str) -> dict[date, tuple[open_hours.Span, ...]]:
        """Spans by date, for dates whose hours are their own: ``{ "2025-12-23" = "07:00-12:00" }``."""
        found = {}
        for text, hours in self.mapping(key).items():
            day = _day(text)
            if day is None or not isinstance(hours, str) or not hours.strip():
                self._say(key, f'has {text!r} = {hours!r}. Write a date and its hours, "2025-12-23" = "07:00-12:00".')
                continue
            found[day] = open_hours.of_a_day(hours, functools.partial(self._say_of, key, text))
        return found

    def _say_of(self, key: str, part: str, sentence: str) -> None:
        self._say(f"{key} {part}", sentence)

    def schedule(self, key: str, sources: Mapping[str, str]) -> tuple[str, str] | None:
        """``"<source>/<name of its schedule>"``: a source, by name and system, and what it calls the schedule."""
        text = self.optional_text(key)
        if text is None:
            return None
        source, slash, name = text.partition("/")
        if not slash or not name.strip() or sources.get(source) not in SCHEDULED_SYSTEMS:
            self._say(
                key, f"is {text!r}. Write the name of a Zendesk source of this file, a slash, and its schedule's name."
            )
            return None
        return source, name.strip()

    def promises(self, key: str, open_day_minutes: Mapping[str, int]) -> dict[str, UnitPromises]:
        """What each unit promises; ``"*"`` stands for units without their own."""
        given = self.mapping(key)
        for unit in given.keys() - open_day_minutes.keys() - {"*"}:
            self._say(key, f'names the unit {unit!r}, which there is not. Use {", ".join(open_day_minutes)} or "*".')
        result = {}
        for unit, day_minutes in open_day_minutes.items():
            table = given.get(unit, given.get("*"))
            place = unit if unit in given else '"*"'
            if not isinstance(table, dict):
                self._say(
                    key,
                    f'has nothing for the unit {unit!r}. Add [theory_of_action.promises.{unit}] or [theory_of_action.promises."*"].',
                )
                continue
            own = Table(table, f"{self._place} {key}.{place}", self._problems)
            by_priority = {
                int(priority): minutes
                for priority, promise in table.items()
                if priority != "pauses"
                and (minutes := self._promise(f"{key}.{place}", priority, promise, day_minutes)) is not None
            }
            result[unit] = UnitPromises(by_priority, own.choices("pauses", PAUSE_KINDS, default=PAUSE_KINDS[:1]))
        return result

    def _promise(self, key: str, priority: str, promise: Any, day_minutes: int) -> tuple[int, int] | None:
        example = '{ first_response = "4h", resolution = "2d" }'
        if not priority.isdigit() or not isinstance(promise, dict) or set(promise) != {"first_response", "resolution"}:
            self._say(key, f"priority {priority} is {promise!r}. Write a number and {example}.")
            return None
        minutes = [_minutes(promise[clock], day_minutes) for clock in ("first_response", "resolution")]
        if None in minutes or minutes[0] > minutes[1]:  # type: ignore[operator]
            self._say(
                key,
                f"priority {priority} is {promise!r}. Write durations such as {example}, the response no longer than the resolution.",
            )
            return None
        return minutes[0], minutes[1]  # type: ignore[return-value]

    def thresholds(self, key: str) -> dict[str, dict[str, Any]]:
        limits = ("watch", "act", "watch_low", "act_low", "min_n", "min_coverage")
        result = {}
        for indicator, given in self.mapping(key).items():
            if (
                not isinstance(given, dict)
                or set(given) - set(limits)
                or not all(isinstance(v, int | float) for v in given.values())
            ):
                self._say(key, f'"{indicator}" is {given!r}. Write numbers for any of {", ".join(limits)}.')
                continue
            result[indicator] = {limit: given.get(limit) for limit in limits}
        return result

    def unit(self, key: str, known: set[str]) -> str | None:
        value = self.optional_text(key)
        if value is not None and value not in known | {"*"}:
            self._say(
                key, f'is {value!r}, which is no unit of this file. Use one of {", ".join(sorted(known))} or "*".'
            )
        return value

    def target(self, key: str) -> str:
        value = str(self._take(key, str, None, '"mailto:name@district.example"') or "")
        if value and not re.fullmatch(r"mailto:[^@\s]+@[^@\s]+|apprise:[a-z][a-z0-9_]*", value):
            self._say(
                key,
                f"is {value.partition(':')[0]!r}…. Write mailto:<address>, or apprise:<Airflow connection id> so that no secret stands in the file.",
            )
        return value

    def desk(self, key: str, sources: Mapping[str, str]) -> str | None:
        """A source (name and system are given) in which requests can be opened."""
        desks = [name for name, system in sources.items() if system in DESK_SYSTEMS]
        value = self.optional_text(key)
        if value is not None and value not in desks:
            names = f"one of {', '.join(desks)}" if desks else "a servicenow or zendesk source once the file has one"
            self._say(key, f"is {value!r}, which is no ticketing system of this file. Use {names}.")
        return value

    def one_of(self, key: str, among: str, allowed: Sequence[str]) -> str | None:
        """One of what another key of the table lists."""
        value = self.optional_text(key)
        if value is not None and value not in allowed:
            self._say(key, f"is {value!r}, which is none of its {among}. Use one of {', '.join(allowed)}.")
        return value

    def source_options(self, key: str, system: str, options: Mapping[str, Any]) -> None:
        if system in SYSTEMS:
            for sentence in import_module(SYSTEMS[system]).check_options(options):
                self._say(key, sentence)

    def unique(self, key: str, part: str, values: Sequence[str]) -> None:
        for value in sorted({v for v in values if v and values.count(v) > 1}):
            self._problems.add(f"[[{key}]] {part}", f"{value!r} stands there more than once. Each may stand once.")

    def refuse_unknown(self) -> None:
        for key in self._values.keys() - self._read:
            self._say(key, f"is not known here. Remove it, or use one of {', '.join(sorted(self._read))}.")


def systems() -> tuple[str, ...]:
    """The systems a source may name."""
    return tuple(SYSTEMS)


def _day(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        return None


def _minutes(value: Any, day_minutes: int) -> int | None:
    match = _DURATION.fullmatch(str(value).strip())
    if not match or int(match[1]) == 0:
        return None
    return int(match[1]) * {"m": 1, "h": 60, "d": day_minutes}[match[2]]


@functools.lru_cache(maxsize=8)
def _public_holidays(place: str) -> tuple[date, ...]:
    import holidays

    country, _, part = place.partition("-")
    years = range(2010, date.today().year + 6)  # noqa: DTZ011 - a year is precise enough here
    return tuple(sorted(holidays.country_holidays(country, subdiv=part or None, years=years)))


def _kind(value: Any) -> str:
    return _kind_name(type(value))


def _kind_name(kind: type) -> str:
    return {
        str: "a text",
        int: "a number",
        float: "a number",
        bool: "true or false",
        list: "a list",
        dict: "a table",
    }.get(kind, kind.__name__)
