"""In which order requests are pushed, and how the age of a queue is told."""

from schoolward.alerts.case_week import QueuedRequest, by_age, by_push


def request(number: str, left: float | None, *, priority: int = 3, days: int = 1) -> QueuedRequest:
    return QueuedRequest(number, "Elm", "it", priority, "network", days, left)


def test_urgent_requests_come_first_then_what_is_furthest_past_then_nearest_and_last_what_nobody_promised() -> None:
    queue = [
        request("unpromised", None, days=90),
        request("near", 10),
        request("past", -10),
        request("far past", -900),
        request("urgent", 50, priority=1),
        request("no hurry", 5000),
    ]
    assert [r.request_number for r in by_push(queue)] == [
        "urgent",
        "far past",
        "past",
        "near",
        "no hurry",
        "unpromised",
    ]


def test_every_open_request_is_in_one_class_of_age_and_its_class_says_how_many_are_past_their_promise() -> None:
    queue = [request(str(days), -1 if days % 2 else 1, days=days) for days in range(40)]
    classes = by_age(queue)
    assert [(c.first, c.last, c.n_open) for c in classes] == [
        (0, 2, 3),
        (3, 5, 3),
        (6, 10, 5),
        (11, 20, 10),
        (21, None, 19),
    ]
    assert sum(c.n_past_promise for c in classes) == 20
