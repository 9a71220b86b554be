"""Two ways of getting a pull's rows into its raw table, both inside the transaction of the load.

*Staged*: into a temporary table, then merged; right whatever the table holds. *Direct*: while the table holds nothing of the
source there is nothing to merge with, so rows go straight in, which spares writing each of them twice; only a row whose key may
have come before in the same pull takes the way over the stage.
"""

from collections.abc import Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from schoolward.ingest.copy_text import Encoded, escaped
from schoolward.ingest.merge import HistoryMerge, Merge
from schoolward.ingest.sql import Warehouse
from schoolward.ingest.stage import Repeats, Stage, numbered

MAX_SUSPECTS = 5_000
"""Rows held back at once before they are staged: what bounds memory if a source repeats everything."""


@dataclass(frozen=True, slots=True)
class Landed:
    """What a filling did, in keys."""

    n_keys: int
    n_new: int
    n_changed: int
    repeats: Repeats


class Filling(Protocol):
    """Takes encoded pages between entering and leaving ``copying()``; then ``land()`` finishes the job."""

    n_rows: int

    def copying(self) -> AbstractContextManager[None]:
        """Open the COPY for as many pages as come, so that the server parses while the next page is read."""

    def write(self, page: Encoded, page_number: int) -> None:
        """Send a page."""

    def land(self) -> Landed:
        """Finish in the raw table."""


class StagedFilling:
    """Stage everything, then merge."""

    def __init__(self, warehouse: Warehouse, stage: Stage, merge: Merge, load_id: int, seen_from: datetime) -> None:
        self._warehouse, self._stage, self._merge = warehouse, stage, merge
        self._load_id, self._seen_from = load_id, seen_from
        self.n_rows = 0

    @contextmanager
    def copying(self) -> Iterator[None]:
        with self._warehouse.cursor() as cursor, cursor.copy(self._stage.copy_statement) as self._copy:
            yield

    def write(self, page: Encoded, page_number: int) -> None:
        self._copy.write(numbered(page.lines, page_number))
        self.n_rows += len(page.lines)

    def land(self) -> Landed:
        repeats = self._stage.drop_repeats()
        self._stage.gather_statistics()
        merged = self._merge.land(self._load_id, self._seen_from)
        return Landed(self.n_rows - repeats.n_dropped, merged.n_new, merged.n_changed, repeats)


class SeenKeys:
    """Which keys may have come before, in 2 MiB however many there are: a Bloom filter with one hash.

    It never forgets a key; it suspects a new one wrongly once in a hundred when 200,000 have come.
    """

    _BITS = 1 << 24

    def __init__(self) -> None:
        self._bits = bytearray(self._BITS >> 3)

    def suspects(self, keys: Sequence[Hashable]) -> list[int]:
        """Places of the keys that may have come before; all of them count as come now."""
        bits, last, found = self._bits, self._BITS - 1, []
        for place, key in enumerate(keys):
            slot = hash(key) & last
            byte, bit = slot >> 3, 1 << (slot & 7)
            if bits[byte] & bit:
                found.append(place)
            else:
                bits[byte] |= bit
        return found


class DirectFilling:
    """Copy into the raw table; what may repeat a key of this pull goes over the stage."""

    def __init__(
        self,
        warehouse: Warehouse,
        stage: Stage,
        merge: HistoryMerge,
        seen: SeenKeys,
        load_id: int,
        seen_from: datetime,
    ) -> None:
        self._warehouse, self._stage, self._merge, self._seen = warehouse, stage, merge, seen
        self._load_id, self._seen_from = load_id, seen_from
        self._tail = f"\t{escaped(merge.source)}\t{seen_from.isoformat()}\t\\N\tt\tf\t{load_id}\n"
        self._suspects: list[bytes] = []
        self._n_suspects = self._n_direct = self._n_dropped = 0
        self.n_rows = 0

    @contextmanager
    def copying(self) -> Iterator[None]:
        with self._warehouse.cursor() as self._cursor:
            with ExitStack() as self._open:
                self._begin()
                yield
            self._stage_suspects()

    def _begin(self) -> None:
        self._copy = self._open.enter_context(self._cursor.copy(self._merge.copy_statement))

    def write(self, page: Encoded, page_number: int) -> None:
        self.n_rows += len(page.lines)
        lines, keys = self._distinct(page)
        suspects = self._seen.suspects(keys)
        if suspects:
            self._suspects.append(numbered([lines[i] for i in suspects], page_number))
            self._n_suspects += len(suspects)
            taken = set(suspects)
            lines = [line for i, line in enumerate(lines) if i not in taken]
        if lines:
            self._copy.write((self._tail.join(lines) + self._tail).encode())
            self._n_direct += len(lines)
        if self._n_suspects > MAX_SUSPECTS:
            self._open.close()
            self._stage_suspects()
            self._begin()

    def _distinct(self, page: Encoded) -> tuple[Sequence[str], Sequence[Hashable]]:
        """The last line of each key of a page."""
        if len(set(page.keys)) == len(page.keys):
            return page.lines, page.keys
        last = dict(zip(page.keys, page.lines, strict=True))
        self._n_dropped += len(page.lines) - len(last)
        return list(last.values()), list(last)

    def _stage_suspects(self) -> None:
        if self._suspects:
            with self._cursor.copy(self._stage.copy_statement) as copy:
                for rows in self._suspects:
                    copy.write(rows)
            self._suspects, self._n_suspects = [], 0
            self._has_staged = True

    _has_staged = False

    def land(self) -> Landed:
        if not self._has_staged:
            return Landed(self._n_direct, self._n_direct, 0, Repeats(self._n_dropped))
        staged = self._stage.drop_repeats()
        self._stage.gather_statistics()
        again = self._merge.take_back(self._load_id)
        merged = self._merge.land(self._load_id, self._seen_from)
        n_first = self._n_direct - again.n_dropped
        n_staged = self.n_rows - self._n_dropped - self._n_direct - staged.n_dropped
        repeats = Repeats(
            self._n_dropped + staged.n_dropped + again.n_dropped, staged.n_across_pages + again.n_across_pages
        )
        return Landed(n_first + n_staged, n_first + merged.n_new, merged.n_changed, repeats)
