"""Pacing Zendesk: no faster than its exports allow, and not at all while it says that nothing is left."""

import pytest

from schoolward.sources.zendesk_api import Pace


class Watch:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now, self.slept = 1000.0, 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds

    def pace(self, per_minute: int | None) -> Pace:
        return Pace(per_minute, self.sleep, lambda: self.now)


def test_in_any_minute_there_are_no_more_requests_than_allowed() -> None:
    watch = Watch()
    pace, times = watch.pace(10), []
    for n in range(35):
        pace.wait(is_export=True)
        times.append(watch.now)
        watch.now += 0.1 * (n % 3)
    assert all(later - earlier > 59.999 for earlier, later in zip(times, times[10:], strict=False))
    assert watch.slept < 4 * 60


def test_lists_do_not_count_as_exports() -> None:
    watch = Watch()
    pace = watch.pace(2)
    for _ in range(50):
        pace.wait(is_export=False)
    pace.wait(is_export=True)
    assert watch.slept == 0


def test_without_a_limit_nothing_waits() -> None:
    watch = Watch()
    pace = watch.pace(None)
    for _ in range(50):
        pace.wait(is_export=True)
    assert watch.slept == 0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"ratelimit-remaining": "0", "ratelimit-reset": "17"}, 17),
        ({"rate-limit-remaining": "0", "rate-limit-reset": "17"}, 17),
        ({"ratelimit-remaining": "5", "ratelimit-reset": "17"}, 0),
        ({"x-rate-limit-remaining": "0"}, 0),
        ({"x-rate-limit-remaining": "3", "ratelimit-remaining": "0", "ratelimit-reset": "9"}, 9),
        ({"Zendesk-RateLimit-tickets-index": "total=100; remaining=0; resets=30"}, 30),
        ({"zendesk-ratelimit-tickets-index": "total=100; remaining=99; resets=30"}, 0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "86400"}, 60),
        ({"ratelimit-remaining": "none", "ratelimit-reset": "soon"}, 0),
        ({}, 0),
    ],
)
def test_what_an_answers_headers_leave_is_heeded(headers: dict[str, str], seconds: float) -> None:
    watch = Watch()
    pace = watch.pace(None)
    pace.heed(headers)
    pace.wait(is_export=False)
    assert watch.slept == seconds
