"""Which week the digest is about: the last one that is over, once its morning has come."""

from datetime import date, datetime

from schoolward.district import District
from schoolward.school_week import DIGEST_AT, FirstBusinessDays
from schoolward.warehouse.connection import connect


def week_due(district: District, *, is_scheduled: bool) -> date | None:
    """The Monday of the week whose digest should have been written by now; None when the marts hold no such week.

    "Now" is the data's own: the newest moment the marts know of.

    Args:
        is_scheduled: the hour has struck, so the last week that is over is due even if the newest data is a little older
            than the hour. Otherwise (after a build) it is due from the hour on, and until then the one before: a digest
            written at midnight would miss the night's pulls.
    Raises:
        SchoolwardError: when the warehouse cannot be reached.
    """
    with connect("alerter") as connection:
        newest = connection.execute("select max(data_as_of) from marts.school_underserved_week").fetchone()
        if newest is None or newest[0] is None:
            return None
        query = "select max(week_start_on) from marts.school_underserved_week where week_start_on <= %s"
        over = last_week_over(district, newest[0], is_scheduled=is_scheduled)
        held = connection.execute(query, (over,)).fetchone()
    return held[0] if held else None


def last_week_over(district: District, now: datetime, *, is_scheduled: bool) -> date | None:
    """The Monday of the last working week that is over and, unless ``is_scheduled``, whose digest's hour has struck."""
    mornings = FirstBusinessDays.of(district, DIGEST_AT)
    struck = now if is_scheduled else mornings.latest_until(now)
    return mornings.week_before(mornings.monday_of(struck)) if struck else None
