"""What the pulls of a Zendesk account share: rows into pages, and the rules of its exports.

An export gives what changed on or after a start, but nothing of the last minute, and refuses a start that lies less than a minute back.
What an answer says comes next is believed only as far as it moves on: the same place twice is an error, not an endless loop.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from schoolward.errors import AccessRefusedError, CompletenessError, SourceError
from schoolward.ingest.decode import Decoder
from schoolward.ingest.http import Answer, StatusError
from schoolward.ingest.troubles import source_clock
from schoolward.sources.base import Page
from schoolward.sources.zendesk_api import Api, Reading
from schoolward.sources.zendesk_shape import Row, Shaper

SETTLED = timedelta(seconds=60)
"""Changes of the last minute are not exported yet."""
_REFUSED_START = frozenset({400, 422})


@dataclass(frozen=True, slots=True)
class Collection:
    """Where a stream's rows come from, and how they become records."""

    api: Api
    path: str
    rows_key: str
    page_size: int
    shaper: Shaper
    decoder: Decoder[Any]
    params: Mapping[str, str]
    """What every question carries besides its place."""
    is_optional: bool
    """Whether an account may be without it: not every plan has every feature."""

    @property
    def where(self) -> str:
        return self.api.where(self.path)

    def read(self, params: Mapping[str, str]) -> Answer[Reading]:
        """Ask for a page.

        Raises:
            AccessRefusedError: also where an optional collection is not there at all.
            StatusError, SourceError: as the client.
        """
        try:
            return self.api.read(self.path, {**params, **self.params}, self.rows_key)
        except StatusError as error:
            if error.status != 404 or not self.is_optional:
                raise
            raise AccessRefusedError(
                f"{self.where} is not there (404). The account's plan may not have it; else check the host and path of the connection."
            ) from None

    def page(self, rows: Sequence[Row], resume: Mapping[str, Any] | None = None) -> Page:
        """Rows as a page of records."""
        found = self.decoder.decode(self.shaper.body(self.rows_key, rows))
        return Page(found.records, len(rows), found.rejects, found.new_fields, found.vanished_fields, resume)

    def stuck(self, what: str) -> SourceError:
        """The export names the place we are at as the next one."""
        return SourceError(
            f"{self.where} does not move on: it names the {what} it was asked with as the next one, and says there is more; stopped "
            f"before an endless loop. If more than {self.page_size:,} changes share one second, raise page_size; else report it to the vendor."
        )


def allowed_start(error: StatusError) -> int | None:
    """The latest start an export takes, by the source's own clock, where it refused ours; None where it refused something else."""
    if error.status not in _REFUSED_START:
        return None
    return int((source_clock(error.headers) - SETTLED - timedelta(seconds=1)).timestamp())


def settled_until(source_at: datetime) -> int:
    """Up to when everything has been exported, if it was read to the end at that time (Unix seconds)."""
    return int((source_at - SETTLED).timestamp())


class Told:
    """Holds an export's counts to what came: vendors count a page, lenient servers all that is left."""

    def __init__(self) -> None:
        self._first: int | None = None
        self._odd: tuple[int, int] | None = None

    def add(self, n_told: int | None, n_rows: int) -> None:
        """A page's own count and rows."""
        if n_told is None:
            return
        self._first = n_told if self._first is None else self._first
        if n_told != n_rows and self._odd is None:
            self._odd = (n_told, n_rows)

    def check(self, where: str, n_received: int) -> None:
        """
        Raises:
            CompletenessError: when a page's count was neither the page's nor, on the first one, that of everything.
        """
        if self._odd is not None and self._first != n_received:
            told, came = self._odd
            raise CompletenessError(
                f"{where} says that a page has {told:,} rows, and sent {came:,}. Run it again; if the numbers still differ, "
                "reconcile this stream."
            )
