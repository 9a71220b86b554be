"""Pages are read ahead, a few at a time, in a thread that never outlives its use."""

import threading
import time
from collections.abc import Iterator

import pytest

from schoolward.errors import SourceError
from schoolward.ingest.reader import PAGES_AHEAD, PageReader
from schoolward.sources.base import Page, Pull


class CountingPull(Pull):
    """Yields numbered pages and counts how many have been asked for."""

    def __init__(self, n_pages: int, then: BaseException | None = None) -> None:
        self._n_pages, self._then, self.n_given = n_pages, then, 0

    def __iter__(self) -> Iterator[Page]:
        for n in range(self._n_pages):
            self.n_given += 1
            yield Page((), n)
        if self._then:
            raise self._then
        self.cursor = {"end": self._n_pages}


def readers_alive() -> int:
    return sum(thread.name == "page-reader" for thread in threading.enumerate())


def test_pages_come_in_order_and_what_the_pull_ends_with_can_be_read() -> None:
    pull = CountingPull(20)
    with PageReader(pull) as reader:
        assert [page.n_received for page in reader] == list(range(20))
    assert pull.cursor == {"end": 20}


def test_no_more_than_a_few_pages_are_ever_ahead() -> None:
    pull = CountingPull(1000)
    with PageReader(pull) as reader:
        for n, _ in enumerate(reader):
            time.sleep(0.002)
            assert pull.n_given <= n + 1 + PAGES_AHEAD + 1
            if n == 20:
                break
    assert readers_alive() == 0


def test_what_the_pull_raises_is_raised_where_pages_are_consumed_after_those_before_it() -> None:
    with PageReader(CountingPull(3, SourceError("gone."))) as reader:
        pages = iter(reader)
        assert [next(pages).n_received for _ in range(3)] == [0, 1, 2]
        with pytest.raises(SourceError, match="gone"):
            next(pages)
    assert readers_alive() == 0


def test_a_consumer_that_gives_up_ends_the_thread() -> None:
    pull = CountingPull(1000)
    with PageReader(pull) as reader:
        next(iter(reader))
    assert readers_alive() == 0
    assert pull.n_given < 10
