"""Hours in which nobody wants a message that can wait, as a person writes them: ``18:00-07:00``."""

import re
from collections.abc import Callable
from dataclasses import dataclass

NONE = "none"
_DAY_MINUTES = 24 * 60
_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one local wall-clock time of day to another, in minutes since midnight; past midnight where the end is not later."""

    from_minute: int
    to_minute: int

    @property
    def open_spans(self) -> tuple[tuple[int, int], ...]:
        """The rest of a day, in order: first minute and end (exclusive, at most 24 hours) of each span."""
        if self.from_minute > self.to_minute:
            return ((self.to_minute, self.from_minute),)
        spans = ((0, self.from_minute), (self.to_minute, _DAY_MINUTES))
        return tuple(span for span in spans if span[0] < span[1])


def quiet_hours(text: str, say: Callable[[str], None]) -> QuietHours | None:
    """The hours; None for ``none``. A mistake is said as the end of a sentence about the key."""
    if text.strip() == NONE:
        return None
    match = _HOURS.fullmatch(text.strip())
    minutes = [int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])] if match else []
    if not minutes or minutes[1] > _DAY_MINUTES or minutes[0] == minutes[1] or minutes == [0, _DAY_MINUTES]:
        say(f'is {text!r}. Write when quiet begins and ends, such as "18:00-07:00", or "{NONE}".')
        return None
    return QuietHours(*minutes)
