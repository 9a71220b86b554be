"""A folder of files, local or behind a web server: HR extracts, the contact log, the registers.

Files that wait are landed one after the other, oldest first, each as of its own time: three HR extracts that arrive together
give the same history as three that came week by week.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from schoolward.errors import SchoolwardError, SourceError
from schoolward.sources.base import Page, Pull, Source, Stream
from schoolward.sources.csv_file import CsvFile
from schoolward.sources.csv_folder import DroppedFile, Folder, folder_of
from schoolward.sources.csv_options import StreamOptions, check_options, stream_options
from schoolward.sources.csv_records import STREAMS

__all__ = ["SOURCE", "STREAMS", "check_options"]

_FUTURE_ALLOWED = timedelta(days=1)
"""Clocks differ, and an extract may be named after the morning it is for."""


@dataclass(frozen=True, slots=True)
class _Delivery:
    """A file of a stream and the time it speaks of."""

    file: DroppedFile
    as_of: datetime

    @property
    def cursor(self) -> dict[str, Any]:
        """What the watermark keeps: enough to know this file again, and to notice that it was delivered anew."""
        modified = self.file.modified_at
        return {
            "as_of": self.as_of.isoformat(),
            "name": self.file.name,
            "size": self.file.size,
            "modified_at": modified.isoformat() if modified else None,
        }

    def is_behind(self, cursor: Mapping[str, Any]) -> bool:
        """Whether this file is still to be landed when ``cursor`` was landed last."""
        mine = self.cursor
        if (mine["as_of"], mine["name"]) == (cursor["as_of"], cursor["name"]):
            return mine != dict(cursor)
        return (self.as_of, self.file.name) > (datetime.fromisoformat(cursor["as_of"]), cursor["name"])


class _FilesPull(Pull):
    """Some files of one stream, in order, as one answer."""

    def __init__(
        self,
        folder: Folder,
        stream: Stream,
        options: StreamOptions,
        zone: ZoneInfo,
        deliveries: Sequence[_Delivery],
        *,
        is_whole: bool = False,
        has_more: bool = False,
    ) -> None:
        self._folder, self._stream, self._options, self._zone = folder, stream, options, zone
        self._deliveries = deliveries
        self.is_whole, self.has_more = is_whole, has_more

    def __iter__(self) -> Iterator[Page]:
        for delivery in self._deliveries:
            self.source_at = self._deliveries[-1].as_of
            reading = CsvFile(delivery.file.name, self._stream, self._options, self._zone)
            with self._folder.opened(delivery.file) as body:
                yield from reading.pages(body)
            self.cursor = delivery.cursor


@dataclass
class CsvDrop(Source):
    """A folder into which other systems drop files."""

    @cached_property
    def folder(self) -> Folder:
        return folder_of(self.connection, self.config.options.get("folder", ""))

    def streams(self) -> tuple[Stream, ...]:
        return tuple(stream for stream in STREAMS if stream.name in self.config.options["streams"])

    def pull(
        self,
        stream: Stream,
        *,
        cursor: Mapping[str, Any] | None = None,
        since: datetime | None = None,
        full: bool = False,
    ) -> Pull:
        """The next file that waits; or (``since``, ``full``) the newest snapshot, or every delta that matters, at once.

        Going back over old snapshots one by one would enter their past once more, as if it had happened again.
        """
        options = stream_options(self.config.options, stream.name)
        found = self._deliveries(stream, options)
        if full and not found:
            raise SourceError(
                f"{self._where(stream)}: no file is named like {options.files}. Deliver one, or correct files."
            )
        if full or since:
            chosen = [d for d in found if since is None or d.as_of >= since]
            newest = chosen[-1:] if options.is_snapshot else chosen
            return self._files(stream, options, newest, is_whole=full and options.is_snapshot)
        waiting = [d for d in found if cursor is None or d.is_behind(cursor)]
        return self._files(stream, options, waiting[:1], is_whole=options.is_snapshot, has_more=len(waiting) > 1)

    def check(self) -> Sequence[str]:
        """Look for a file of every stream."""
        findings = []
        for stream in self.streams():
            options = stream_options(self.config.options, stream.name)
            try:
                if not self._deliveries(stream, options):
                    findings.append(f"{self._where(stream)}: no file is named like {options.files} yet.")
            except SchoolwardError as error:
                findings.append(str(error))
        return tuple(dict.fromkeys(findings))

    def close(self) -> None:
        if "folder" in self.__dict__:
            self.folder.close()

    def _files(
        self,
        stream: Stream,
        options: StreamOptions,
        deliveries: Sequence[_Delivery],
        *,
        is_whole: bool,
        has_more: bool = False,
    ) -> Pull:
        return _FilesPull(
            self.folder, stream, options, self.district.timezone, deliveries, is_whole=is_whole, has_more=has_more
        )

    def _deliveries(self, stream: Stream, options: StreamOptions) -> list[_Delivery]:
        """The stream's files, oldest first."""
        matcher, listing, found = options.matcher(), self.folder.listing(), []
        for file in listing.files:
            match = matcher.fullmatch(file.name)
            if match is None:
                continue
            stamp = match.groupdict().get("as_of")
            as_of = self._as_of(stamp, file) if stamp else file.modified_at
            if as_of is None:
                raise SourceError(
                    f"The listing gives no time for {file.name}. Put {{as_of}} into its name and into files."
                )
            if as_of > listing.at + _FUTURE_ALLOWED:
                raise SourceError(
                    f"{file.name} is dated in the future; every later file would wait behind it. Rename or remove it."
                )
            found.append(_Delivery(file, as_of))
        return sorted(found, key=lambda delivery: (delivery.as_of, delivery.file.name))

    def _as_of(self, stamp: str, file: DroppedFile) -> datetime:
        """The time in a file's name: an instant in UTC, or the start of a day of the district."""
        try:
            if "T" in stamp:
                return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            return datetime.strptime(stamp, "%Y%m%d").replace(tzinfo=self.district.timezone).astimezone(UTC)
        except ValueError:
            raise SourceError(f"{file.name} has {stamp} in its name, which is no date. Rename or remove it.") from None

    def _where(self, stream: Stream) -> str:
        return f"{self.config.name} {stream.name}"


SOURCE = CsvDrop
