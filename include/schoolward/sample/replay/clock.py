"""The instant a replay server shows."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime


def instant(text: str) -> datetime:
    """The UTC instant of an ISO 8601 text; one without a zone is taken as UTC.

    Raises:
        ValueError: when the text is no ISO 8601 instant.
    """
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def stamp(at: datetime) -> str:
    """The instant as records folders write it, so that texts sort as instants do."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class ReplayClock:
    """Stands still until it is set: two pulls at one instant see the same rows."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC).replace(microsecond=0)

    def set(self, at: datetime) -> None:
        self.at = at.astimezone(UTC).replace(microsecond=0)

    def advance(self, seconds: float) -> None:
        """Go on, to whole seconds."""
        self.set(self.at + timedelta(seconds=seconds))

    @property
    def stamp(self) -> str:
        return stamp(self.at)

    @property
    def http_date(self) -> str:
        return format_datetime(self.at, usegmt=True)
