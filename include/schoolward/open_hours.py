"""Open hours as a person writes them, ``Mon-Thu 07:00-17:00, Fri 22:00-30:00``, and what they mean.

A span past midnight goes on counting hours (30:00 is six the next morning): written as 22:00-06:00 it could not be told from a span whose
ends were swapped by mistake. It belongs to the day it opens on, closures included.
"""

import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import time

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY_MINUTES = 24 * 60
_SPAN = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_WEEKLY = re.compile(rf"(\w{{3}})(?:-(\w{{3}}))?\s+({_SPAN.pattern})")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Span:
    """One open span of a day, in minutes of local wall-clock time since its midnight; the end is exclusive and may lie past midnight."""

    opens_minute: int
    closes_minute: int

    @property
    def minutes(self) -> int:
        return self.closes_minute - self.opens_minute

    @property
    def opens_at(self) -> time:
        return _clock(self.opens_minute)

    @property
    def closes_at(self) -> time:
        """Not behind ``opens_at`` where the span reaches midnight: then it is the next day's time."""
        return _clock(self.closes_minute)


@dataclass(frozen=True, slots=True)
class OpenHours(Span):
    """One open span of a weekday (1 = Monday)."""

    iso_weekday: int


def weekly(text: str, say: Say) -> tuple[OpenHours, ...]:
    """The spans of a week, in order; mistakes are said, each as the end of a sentence about the key."""
    example = '"Mon-Fri 08:00-16:30", past midnight "Fri 22:00-30:00"'
    spans: list[OpenHours] = []
    for part in _parts(text):
        match = _WEEKLY.fullmatch(part)
        span = _span(match[3]) if match else None
        days = _weekdays(match[1], match[2] or match[1]) if match else ()
        if span is None or not days:
            say(f"has the part {part!r}. Write days and a span, first hour first, such as {example}.")
            continue
        spans += (OpenHours(span.opens_minute, span.closes_minute, day) for day in days)
    spans.sort(key=_since_monday)
    for one, two in itertools.pairwise([*spans, *spans[:1]]):
        gap = _since_monday(two) - _since_monday(one)
        gap += 7 * _DAY_MINUTES if two is spans[0] else 0
        if gap < one.minutes:
            say(f"has spans that overlap on {WEEKDAYS[two.iso_weekday - 1]}. Join them.")
    return tuple(spans)


def of_a_day(text: str, say: Say) -> tuple[Span, ...]:
    """The spans of one date, such as ``07:00-12:00``, in order."""
    spans = []
    for part in _parts(text):
        span = _span(part)
        if span is None:
            say(f'has the span {part!r}. Write it as "07:00-12:00", first hour first.')
            continue
        spans.append(span)
    spans.sort(key=lambda span: span.opens_minute)
    if any(two.opens_minute < one.closes_minute for one, two in itertools.pairwise(spans)):
        say("has spans that overlap. Join them.")
    return tuple(spans)


def longest_day(hours: Iterable[OpenHours]) -> int:
    """Minutes of the weekday with the most of them."""
    per_day: dict[int, int] = {}
    for span in hours:
        per_day[span.iso_weekday] = per_day.get(span.iso_weekday, 0) + span.minutes
    return max(per_day.values())


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _span(text: str) -> Span | None:
    match = _SPAN.fullmatch(text)
    if match is None:
        return None
    opens, closes = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    is_clock = int(match[2]) < 60 and int(match[4]) < 60 and opens < _DAY_MINUTES
    return Span(opens, closes) if is_clock and opens < closes <= opens + _DAY_MINUTES else None


def _weekdays(first: str, last: str) -> range | tuple[()]:
    names = [first.title(), last.title()]
    if not set(names) <= set(WEEKDAYS):
        return ()
    start, end = (WEEKDAYS.index(name) + 1 for name in names)
    return range(start, end + 1) if start <= end else ()


def _since_monday(span: OpenHours) -> int:
    return (span.iso_weekday - 1) * _DAY_MINUTES + span.opens_minute


def _clock(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)
