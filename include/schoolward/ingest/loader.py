"""Landing one pull: its pages as they come, then books and watermark, all in one transaction.

A crash before its commit leaves no trace; running again gives the same table. Only a long first load commits on its way,
in chunks from which a later run goes on.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from schoolward.errors import CompletenessError, SchoolwardError, SourceError
from schoolward.ingest import books
from schoolward.ingest.books import Counts, Mode, StreamOfSource, Watermark
from schoolward.ingest.copy_text import RowEncoder
from schoolward.ingest.filling import DirectFilling, Filling, Landed, SeenKeys, StagedFilling
from schoolward.ingest.merge import HistoryMerge, Merge, merge_for
from schoolward.ingest.raw_table import qualified
from schoolward.ingest.reader import PageReader
from schoolward.ingest.sql import Warehouse, run
from schoolward.ingest.stage import Repeats, Stage
from schoolward.ingest.summary import LoadSummary, of_load, together
from schoolward.sources.base import Page, Pull, Reject, Stream

log = logging.getLogger("schoolward.ingest")

CHUNK_ROWS = 50_000
"""Rows of a first load between two commits; also how often a long load says how far it is."""
MAX_REJECTS = 10_000
"""Malformed records of one load that are worth keeping; more means that the record's declaration is wrong."""
MAX_DELETED_SHARE = 0.2
FEW_DELETIONS = 50
FEWEST_TO_MISS_A_FIELD = 100
"""Many systems leave an empty field out. One that three records in a hundred carry is missing from a hundred others once in twenty."""


class DeletionGuardError(SchoolwardError):
    """A pull would delete so much that a broken export is likelier than the truth."""


@dataclass
class _Tally:
    """What has been staged since the last commit."""

    n_seen: int = 0
    rejects: list[Reject] = field(default_factory=list)
    new_fields: set[str] = field(default_factory=set)
    vanished_fields: set[str] | None = None

    def add(self, page: Page, rejects: Sequence[Reject]) -> None:
        self.n_seen += page.n_received
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
        self.warehouse, self.of, self.stream = warehouse, of, stream
        self.max_deleted_share, self.chunk_rows = max_deleted_share, chunk_rows
        self.encoder = RowEncoder(stream)
        self.merge: Merge = merge_for(warehouse, stream, of.source)

    def land(
        self,
        pull: Pull,
        mode: Mode,
        mark: Watermark | None,
        *,
        since: datetime | None = None,
        note: str | None = None,
    ) -> LoadSummary:
        """Land a pull.

        Args:
            mark: the stream's watermark as the pull was asked with.
            since: the instant it was asked from, in the place of the watermark.
            note: what to say of it in the books.
        Raises:
            CompletenessError: the source told another number of rows than it sent.
            DeletionGuardError: too many keys vanished at once.
            SourceError: whatever the pull raised.
        """
        return _Landing(self, pull, mode, mark, since, note).run()


class _Landing:
    """The state of one :meth:`Loader.land`."""

    def __init__(
        self,
        loader: Loader,
        pull: Pull,
        mode: Mode,
        mark: Watermark | None,
        since: datetime | None,
        note: str | None,
    ) -> None:
        self._l, self._pull, self._mode, self._note = loader, pull, mode, note
        asked_from = mark.source_at if mark and mode == "incremental" else since
        self._window_from = asked_from if mode != "full" else None
        self._is_first = mode == "incremental" and (mark is None or not mark.is_complete)
        self._is_resumed = mark is not None and not mark.is_complete and mark.cursor is not None
        self._stage = Stage(loader.warehouse, loader.stream)
        self._seen_keys = (
            SeenKeys() if isinstance(loader.merge, HistoryMerge) and loader.merge.holds_nothing() else None
        )
        self._tally = _Tally()
        self._n_pages = self._n_seen = 0
        self._done: LoadSummary | None = None
        self._started, self._started_at = time.monotonic(), datetime.now(UTC)

    def run(self) -> LoadSummary:
        with PageReader(self._pull) as reader:
            pages = iter(reader)
            while (summary := self._land_some(pages)) is None:
                continue
        if self._is_first and self._done is not None:
            # Models may read the table before autovacuum looks at it, and a plan made for an empty table takes hours on a full one.
            run(self._l.warehouse, f"analyze {qualified(self._l.stream)}")
        return summary

    def _land_some(self, pages: Iterator[Page]) -> LoadSummary | None:
        """Land pages up to the next commit, in one transaction; the summary once there are none left."""
        first = next(pages, None)
        if first is None and self._n_pages == 0 and self._pull.cursor is None:
            return self._skip()
        with self._l.warehouse.transaction():
            load_id = books.open_load(
                self._l.warehouse, self._l.of, self._mode, started_at=self._started_at, source_at=self._source_at,
                window_from=self._window_from,
            )  # fmt: skip
            filling = self._filling(load_id)
            resume = self._fill(filling, chain([first], pages)) if first else None
            is_last = resume is None
            if is_last:
                self._check_count()
            landed = filling.land()
            self._check_repeats(landed.repeats)
            n_deleted, note = self._delete_absent(load_id) if is_last and self._may_delete else (0, None)
            if is_last and self._pull.gone_keys and isinstance(self._l.merge, HistoryMerge):
                n_deleted += self._l.merge.bury(self._pull.gone_keys, load_id, self._source_at)
            counts, message = self._enter(load_id, landed, n_deleted, note, is_last)
            if self._mode in ("incremental", "full"):
                mark = Watermark(self._pull.cursor if is_last else resume, self._source_at, is_complete=is_last)
                books.move_watermark(self._l.warehouse, self._l.of, mark, load_id)
        summary = self._summary(load_id, counts, message if is_last else None)
        self._done = summary if self._done is None else together(self._done, summary)
        return self._done if is_last else None

    @property
    def _source_at(self) -> datetime:
        """The source's clock; where it gave no answer that could tell it, ours."""
        return getattr(self._pull, "source_at", None) or self._started_at

    @property
    def _shows_every_field(self) -> bool:
        """Whether a field that no record carried has vanished from the source, and is not just empty in the few that changed."""
        asked_for_all = self._pull.is_whole or self._is_first or self._mode == "full"
        return asked_for_all or self._tally.n_seen >= FEWEST_TO_MISS_A_FIELD

    def _filling(self, load_id: int) -> Filling:
        loader = self._l
        if self._seen_keys is not None and isinstance(loader.merge, HistoryMerge):
            return DirectFilling(loader.warehouse, self._stage, loader.merge, self._seen_keys, load_id, self._source_at)
        return StagedFilling(loader.warehouse, self._stage, loader.merge, load_id, self._source_at)

    def _fill(self, filling: Filling, pages: Iterable[Page]) -> Mapping[str, Any] | None:
        """Write pages up to the next commit: the cursor to go on from, or None when the pull is exhausted."""
        with filling.copying():
            for page in pages:
                encoded = self._l.encoder.encode(page.records)
                filling.write(encoded, self._n_pages)
                self._count(page, encoded.rejects)
                if self._is_first and filling.n_rows >= self._l.chunk_rows and page.resume is not None:
                    return page.resume
        return None

    def _count(self, page: Page, rejects: Sequence[Reject]) -> None:
        self._n_pages += 1
        self._tally.add(page, rejects)
        if len(self._tally.rejects) > MAX_REJECTS:
            raise SourceError(
                f"{self._l.of}: more than {MAX_REJECTS:,} records are malformed, such as: {self._tally.rejects[0].reason}. "
                "Nothing of them landed. Compare the source's fields with what this stream declares."
            )
        before, self._n_seen = self._n_seen, self._n_seen + page.n_received
        if before // CHUNK_ROWS != self._n_seen // CHUNK_ROWS:
            log.info("%s: %s rows so far", self._l.of, f"{self._n_seen:,}")

    def _skip(self) -> LoadSummary:
        of, message = self._l.of, "nothing new"
        source_at = getattr(self._pull, "source_at", None)
        load_id = books.open_load(
            self._l.warehouse, of, self._mode, status="skipped", started_at=self._started_at, source_at=source_at,
            window_from=self._window_from, message=message,
        )  # fmt: skip
        return of_load(of, self._mode, "skipped", load_id, source_at, message)

    def _check_count(self) -> None:
        told = self._pull.n_told
        if told is not None and told != self._n_seen:
            raise CompletenessError(
                f"{self._l.of}: the source said it has {told:,} rows and sent {self._n_seen:,}; "
                f"{'what landed before stays, the rest did not land' if self._done else 'nothing landed'}. "
                "Run it again; if the numbers still differ, the source's paging or our rights there are broken."
            )

    def _check_repeats(self, repeats: Repeats) -> None:
        """A told count that fits although keys came twice hides as many that never came."""
        if repeats.n_across_pages and self._pull.n_told is not None:
            raise CompletenessError(
                f"{self._l.of}: {repeats.n_across_pages:,} records came twice, on two pages, while the source told "
                f"{self._pull.n_told:,} rows: a page boundary moved during the pull, and others may be missing; nothing "
                "landed. Run it again."
            )

    def _enter(
        self, load_id: int, landed: Landed, n_deleted: int, note: str | None, is_last: bool
    ) -> tuple[Counts, str | None]:
        """Enter the load in the books."""
        warehouse, of, tally, at = self._l.warehouse, self._l.of, self._tally, self._source_at
        books.quarantine(warehouse, of, tally.rejects, load_id, at)
        books.drift(warehouse, of, "new", tally.new_fields, load_id, at)
        if self._shows_every_field:
            books.drift(warehouse, of, "vanished", tally.vanished_fields or (), load_id, at)
        counts = Counts(
            n_seen=tally.n_seen,
            n_new=landed.n_new,
            n_changed=landed.n_changed,
            n_unchanged=landed.n_keys - landed.n_new - landed.n_changed,
            n_deleted=n_deleted,
            n_quarantined=len(tally.rejects),
            n_told=self._pull.n_told if is_last else None,
        )
        message = _message(landed.repeats, "; ".join(filter(None, (self._note, note))), is_last)
        books.close_load(warehouse, load_id, counts, message)
        self._tally = _Tally()
        return counts, message

    def _summary(self, load_id: int, counts: Counts, message: str | None) -> LoadSummary:
        of, now = self._l.of, time.monotonic()
        seconds, self._started, self._started_at = now - self._started, now, datetime.now(UTC)
        return LoadSummary(
            of.source, of.stream, self._mode, "done", load_id, self._source_at, counts, 1, seconds, message
        )

    @property
    def _may_delete(self) -> bool:
        """Only one whole answer, staged together, proves that a key is gone; where nothing was held, nothing can be."""
        is_staged_whole = self._pull.is_whole and self._done is None and self._seen_keys is None
        return is_staged_whole and not self._is_resumed and self._mode != "backfill"

    def _delete_absent(self, load_id: int) -> tuple[int, str | None]:
        rejected = [reject.key for reject in self._tally.rejects]
        if None in rejected:
            return 0, "absent records were not deleted, because a malformed record's key could not be read"
        spared = [key for key in rejected if key is not None]
        if self._mode != "full":
            self._guard(spared)
        return self._l.merge.entomb(spared, load_id, self._source_at), None

    def _guard(self, spared: list[str]) -> None:
        found = self._l.merge.absent(spared)
        is_empty = found.n_absent == found.n_live > 0 and self._n_seen == 0
        is_much = found.n_absent > FEW_DELETIONS and found.n_absent > self._l.max_deleted_share * found.n_live
        if is_empty or is_much:
            raise DeletionGuardError(
                f"{self._l.of}: {found.n_absent:,} of {found.n_live:,} records are gone from the source, more than "
                f"{self._l.max_deleted_share:.0%} at once, which looks like a broken export; nothing landed. If they are truly "
                f"gone, run `schoolward ingest {self._l.of.source} --stream {self._l.of.stream} --full`."
            )


def _message(repeats: Repeats, note: str, is_last: bool) -> str | None:
    parts = [
        None if is_last else "a chunk of a first load that goes on",
        f"{repeats.n_dropped:,} rows repeated a key, the last of each was kept" if repeats.n_dropped else None,
        note,
    ]
    return "; ".join(part for part in parts if part) or None
