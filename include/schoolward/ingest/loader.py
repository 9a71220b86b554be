"""Landing one pull: pages into the stage as they come, then one transaction for rows, books and watermark.

A crash before that commit leaves no trace; running again gives the same table. Only a long first load commits on its way,
in chunks from which a later run goes on.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain

from schoolward.errors import CompletenessError, SchoolwardError, SourceError
from schoolward.ingest import books
from schoolward.ingest.books import Counts, Mode, StreamOfSource, Watermark
from schoolward.ingest.copy_text import RowEncoder
from schoolward.ingest.merge import merge_for
from schoolward.ingest.reader import PageReader
from schoolward.ingest.sql import Warehouse
from schoolward.ingest.stage import PAGE_BITS, Repeats, Stage
from schoolward.ingest.summary import LoadSummary, of_load, together
from schoolward.sources.base import Page, Pull, Reject, Stream

log = logging.getLogger("schoolward.ingest")

CHUNK_ROWS = 50_000
"""Rows of a first load between two commits; also how often a long load says how far it is."""
MAX_REJECTS = 10_000
"""Malformed records of one load that are worth keeping; more means that the record's declaration is wrong."""
MAX_DELETED_SHARE = 0.2
FEW_DELETIONS = 50


class DeletionGuardError(SchoolwardError):
    """A pull would delete so much that a broken export is likelier than the truth."""


@dataclass
class _Tally:
    """What has been staged since the last commit."""

    n_seen: int = 0
    rejects: list[Reject] = field(default_factory=list)
    new_fields: set[str] = field(default_factory=set)
    vanished_fields: set[str] | None = None
    n_staged: int = 0

    def add(self, page: Page, n_staged: int, rejects: tuple[Reject, ...]) -> None:
        self.n_seen += page.n_received
        self.n_staged += n_staged
        self.rejects += [*page.rejects, *rejects]
        self.new_fields |= page.new_fields
        if page.n_received:  # an empty page misses every field
            seen = self.vanished_fields
            self.vanished_fields = set(page.vanished_fields) if seen is None else seen & page.vanished_fields


class Loader:
    """Lands pulls of one stream of one source; the caller holds the raw table's lock."""

    def __init__(
        self,
        warehouse: Warehouse,
        of: StreamOfSource,
        stream: Stream,
        *,
        max_deleted_share: float = MAX_DELETED_SHARE,
        chunk_rows: int = CHUNK_ROWS,
    ) -> None:
        self._warehouse, self._of, self._stream = warehouse, of, stream
        self._max_deleted_share, self._chunk_rows = max_deleted_share, chunk_rows
        self._encoder = RowEncoder(stream)
        self._merge = merge_for(warehouse, stream, of.source)

    def land(self, pull: Pull, mode: Mode, mark: Watermark | None, *, since: datetime | None = None) -> LoadSummary:
        """Land a pull.

        Args:
            mark: the stream's watermark as the pull was asked with.
        Raises:
            CompletenessError: the source told another number of rows than it sent.
            DeletionGuardError: too many keys vanished at once.
            SourceError: whatever the pull raised.
        """
        return _Landing(self, pull, mode, mark, since).run()


class _Landing:
    """The state of one :meth:`Loader.land`."""

    def __init__(self, loader: Loader, pull: Pull, mode: Mode, mark: Watermark | None, since: datetime | None) -> None:
        self._l, self._pull, self._mode, self._mark = loader, pull, mode, mark
        self._window_from = since if mode == "backfill" else mark.source_at if mark and mode == "incremental" else None
        self._is_first = mode == "incremental" and (mark is None or not mark.is_complete)
        self._is_resumed = mark is not None and not mark.is_complete and mark.cursor is not None
        self._stage = Stage(loader._warehouse, loader._stream)
        self._tally = _Tally()
        self._n_pages = self._n_seen = 0
        self._done: LoadSummary | None = None
        self._started, self._started_at = time.monotonic(), datetime.now(UTC)

    def run(self) -> LoadSummary:
        with PageReader(self._pull) as reader:
            pages = iter(reader)
            while (resume := self._fill(pages)) is not None:
                self._commit(Watermark(resume, self._pull.source_at, is_complete=False), is_last=False)
        if self._n_pages == 0 and self._pull.cursor is None:
            return self._skip()
        self._check_count()
        self._commit(Watermark(self._pull.cursor, self._source_at, is_complete=True), is_last=True)
        assert self._done is not None
        return self._done

    @property
    def _source_at(self) -> datetime:
        """The source's clock; where it gave no answer that could tell it, ours."""
        return getattr(self._pull, "source_at", None) or self._started_at

    def _fill(self, pages: Iterator[Page]) -> dict[str, object] | None:
        """Stage pages up to the next commit: the cursor to go on from, or None when the pull is exhausted."""
        first = next(pages, None)
        if first is None:
            return None
        with self._stage.filling() as write:
            for page in chain([first], pages):
                write(self._encoded(page))
                if self._is_first and self._tally.n_staged >= self._l._chunk_rows and page.resume is not None:
                    return dict(page.resume)
        return None

    def _encoded(self, page: Page) -> bytes:
        encoded = self._l._encoder.encode(page.records, self._n_pages << PAGE_BITS)
        self._n_pages += 1
        self._tally.add(page, encoded.n_rows, encoded.rejects)
        if len(self._tally.rejects) > MAX_REJECTS:
            raise SourceError(
                f"{self._l._of}: more than {MAX_REJECTS:,} records are malformed, such as: {self._tally.rejects[0].reason}. "
                "Nothing of them landed. Compare the source's fields with what this stream declares."
            )
        before, self._n_seen = self._n_seen, self._n_seen + page.n_received
        if before // CHUNK_ROWS != self._n_seen // CHUNK_ROWS:
            log.info("%s: %s rows so far", self._l._of, f"{self._n_seen:,}")
        return encoded.data

    def _skip(self) -> LoadSummary:
        of, message = self._l._of, "nothing new"
        source_at = getattr(self._pull, "source_at", None)
        load_id = books.open_load(
            self._l._warehouse, of, self._mode, status="skipped", started_at=self._started_at, source_at=source_at,
            window_from=self._window_from, message=message,
        )  # fmt: skip
        return of_load(of, self._mode, "skipped", load_id, source_at, message)

    def _check_count(self) -> None:
        told = self._pull.n_told
        if told is not None and told != self._n_seen:
            raise CompletenessError(
                f"{self._l._of}: the source said it has {told:,} rows and sent {self._n_seen:,}; "
                f"{'what landed before stays, the rest did not land' if self._done else 'nothing landed'}. "
                "Run it again; if the numbers still differ, the source's paging or our rights there are broken."
            )

    def _commit(self, mark: Watermark, *, is_last: bool) -> None:
        warehouse, of, tally = self._l._warehouse, self._l._of, self._tally
        repeats = self._stage.drop_repeats()
        self._check_repeats(repeats)
        self._stage.gather_statistics()
        n_keys = tally.n_staged - repeats.n_dropped
        told = self._pull.n_told if is_last else None
        with warehouse.transaction():
            load_id = books.open_load(
                warehouse, of, self._mode, started_at=self._started_at, source_at=self._source_at, window_from=self._window_from
            )  # fmt: skip
            merged = self._l._merge.land(load_id, self._source_at)
            n_deleted, note = self._delete_absent(load_id) if is_last and self._may_delete else (0, None)
            books.quarantine(warehouse, of, tally.rejects, load_id, self._source_at)
            books.drift(warehouse, of, "new", tally.new_fields, load_id, self._source_at)
            books.drift(warehouse, of, "vanished", tally.vanished_fields or (), load_id, self._source_at)
            n_unchanged = n_keys - merged.n_new - merged.n_changed
            counts = Counts(
                tally.n_seen, merged.n_new, merged.n_changed, n_unchanged, n_deleted, len(tally.rejects), told
            )  # fmt: skip
            message = _message(repeats, note, is_last)
            books.close_load(warehouse, load_id, counts, message)
            if self._mode in ("incremental", "full"):
                books.move_watermark(warehouse, of, mark, load_id)
        seconds = time.monotonic() - self._started
        self._started = time.monotonic()
        summary = LoadSummary(
            of.source, of.stream, self._mode, "done", load_id, self._source_at, counts, 1, seconds, message if is_last else None
        )  # fmt: skip
        self._done = summary if self._done is None else together(self._done, summary)
        self._tally = _Tally()
        self._stage.empty()

    def _check_repeats(self, repeats: Repeats) -> None:
        """A told count that fits although keys came twice hides as many that never came."""
        if repeats.n_across_pages and self._pull.n_told is not None:
            raise CompletenessError(
                f"{self._l._of}: {repeats.n_across_pages:,} records came twice, on two pages, while the source told "
                f"{self._pull.n_told:,} rows: a page boundary moved during the pull, and others may be missing; nothing landed. "
                "Run it again."
            )

    @property
    def _may_delete(self) -> bool:
        """Only one whole answer, staged together, proves that a key is gone."""
        return self._pull.is_whole and self._done is None and not self._is_resumed and self._mode != "backfill"

    def _delete_absent(self, load_id: int) -> tuple[int, str | None]:
        rejected = [reject.key for reject in self._tally.rejects]
        if None in rejected:
            return 0, "absent records were not deleted, because a malformed record's key could not be read"
        spared = [key for key in rejected if key is not None]
        if self._mode != "full":
            self._guard(spared)
        return self._l._merge.entomb(spared, load_id, self._source_at), None

    def _guard(self, spared: list[str]) -> None:
        found = self._l._merge.absent(spared)
        is_empty = found.n_absent == found.n_live > 0 and self._tally.n_staged == 0
        is_much = found.n_absent > FEW_DELETIONS and found.n_absent > self._l._max_deleted_share * found.n_live
        if is_empty or is_much:
            raise DeletionGuardError(
                f"{self._l._of}: {found.n_absent:,} of {found.n_live:,} records are gone from the source, more than "
                f"{self._l._max_deleted_share:.0%} at once, which looks like a broken export; nothing landed. If they are truly "
                f"gone, run `schoolward ingest {self._l._of.source} --stream {self._l._of.stream} --full`."
            )


def _message(repeats: Repeats, note: str | None, is_last: bool) -> str | None:
    parts = [
        None if is_last else "a chunk of a first load that goes on",
        f"{repeats.n_dropped:,} rows repeated a key, the last of each was kept" if repeats.n_dropped else None,
        note,
    ]
    return "; ".join(part for part in parts if part) or None
