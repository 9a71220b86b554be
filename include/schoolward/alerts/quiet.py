"""When somebody may be written to: outside their quiet hours, on days on which they work. The wall clock decides, not the data's."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from schoolward.district import District, Recipient
from schoolward.quiet_hours import QuietHours
from schoolward.school_week import DIGEST_AT, FirstBusinessDays

_DAYS_TO_LOOK = 400
"""A calendar without a working day for over a year is a mistake, not a reason to keep a message."""


class Quiet:
    """The quiet hours and working days of a district's recipients."""

    def __init__(self, district: District) -> None:
        self._district = district
        self._office = FirstBusinessDays.of(district, DIGEST_AT)
        self._by_target: dict[str, list[Recipient]] = {}
        for recipient in district.recipients:
            self._by_target.setdefault(recipient.to, []).append(recipient)

    def held_until(self, target: str, now: datetime, *, is_urgent: bool) -> datetime | None:
        """When the target may be written to next (UTC); None when now. A target that is nobody's is never held.

        Where one target stands for several recipients, whoever of them may be written to first decides.
        """
        recipients = self._by_target.get(target, [])
        moments = [self._next(r, now) for r in recipients if not (is_urgent and r.urgent_anytime)]
        if len(moments) < len(recipients) or not moments:
            return None
        soonest = min(moments)
        return soonest if soonest > now else None

    def _next(self, recipient: Recipient, now: datetime) -> datetime:
        hours = recipient.quiet_hours
        if hours is None:
            return now
        today = now.astimezone(self._district.timezone).date()
        days = (today + timedelta(days=n) for n in range(_DAYS_TO_LOOK))
        spans = (span for day in days if self._works(recipient, day) for span in self._spans(day, hours))
        return next((max(start, now) for start, end in spans if end > now), now)

    def _spans(self, day: date, hours: QuietHours) -> Iterable[tuple[datetime, datetime]]:
        for opens, closes in hours.open_spans:
            yield self._at(day, opens), self._at(day, closes)

    def _at(self, day: date, minute: int) -> datetime:
        days, minute = divmod(minute, 24 * 60)
        local = datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60), self._district.timezone)
        return local.astimezone(UTC)

    def _works(self, recipient: Recipient, day: date) -> bool:
        """Whether the recipient's unit is open that day; the office, where the recipient stands for no unit of its own."""
        if "no_school" in self._district.quiet_days and day in self._district.no_school_days:
            return False
        if "closed" not in self._district.quiet_days:
            return True
        unit = next((u for u in self._district.units if u.id == recipient.unit), None)
        if unit is None:
            return self._office.is_business_day(day)
        is_opened = day in unit.open_on or day in unit.special_hours
        return is_opened or (day.isoweekday() in {span.iso_weekday for span in unit.hours} and day not in unit.closures)
