"""What a cron expression says of how often something runs."""

import itertools


def late_after_minutes(schedule: str) -> int:
    """Twice the longest gap of a schedule, at least an hour: one missed run is not yet late."""
    return max(60, 2 * (longest_gap(schedule) or 1440))


def longest_gap(expression: str) -> int | None:
    """The longest gap between two runs in minutes (looked at over eight days and a half); None for no cron expression."""
    from croniter import CroniterBadCronError, CroniterBadDateError, croniter

    try:
        runs = croniter(expression, 1_735_689_600.0)
        if len(expression.split()) != 5:
            return None
        stamps = [runs.get_next(float) for _ in range(2)]
        while stamps[-1] < stamps[0] + 8.5 * 86_400 and len(stamps) < 13_000:
            stamps.append(runs.get_next(float))
    except (CroniterBadCronError, CroniterBadDateError, ValueError, AttributeError):
        return None
    return int(max(b - a for a, b in itertools.pairwise(stamps)) // 60)
