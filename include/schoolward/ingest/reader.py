"""Reading ahead: the next page comes over the wire and is decoded while the last one is landed."""

import queue
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from schoolward.sources.base import Page, Pull

PAGES_AHEAD = 2
"""Pages held between source and warehouse; with the one in each hand, memory never holds more than four."""


class PageReader:
    """Iterates a pull in a thread of its own; what the pull raises is raised where the pages are consumed.

    Everything the pull sets when exhausted (``cursor``, ``n_told`` …) may be read once iteration has ended.
    """

    def __init__(self, pull: Pull) -> None:
        self._pull = pull
        self._queue: queue.Queue[Page | BaseException | None] = queue.Queue(PAGES_AHEAD)
        self._is_abandoned = threading.Event()
        self._thread = threading.Thread(target=self._read, name="page-reader", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_abandoned.set()
        # A reader in the middle of a slow answer is left to its own time-out; it can reach nothing but its own pull.
        self._thread.join(timeout=5)

    def __iter__(self) -> Iterator[Page]:
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def _read(self) -> None:
        try:
            for page in self._pull:
                if not self._hand_over(page):
                    return
            self._hand_over(None)
        except BaseException as error:  # raised again in the thread that lands
            self._hand_over(error)

    def _hand_over(self, item: Page | BaseException | None) -> bool:
        while not self._is_abandoned.is_set():
            try:
                self._queue.put(item, timeout=0.2)
                return True
            except queue.Full:
                continue
        return False
