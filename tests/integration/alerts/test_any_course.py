"""Any course of weeks, evaluated twice each against real tables, leaves a life cycle that explains itself."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolward.alerts import evaluate
from schoolward.district import District

WEEK = date(2026, 1, 5)
SCHOOLS = [f"s{i}" for i in range(7)]
SOME = st.sets(st.sampled_from(SCHOOLS), max_size=5)
ONE_WEEK = st.tuples(
    SOME, st.booleans(), st.none() | st.tuples(st.sampled_from(SCHOOLS), st.integers(3, 5), st.booleans())
)
"""Flagged schools; whether the source is late; a correction: the school whose first week it is about, its value, whether it is a flag."""


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(course=st.lists(ONE_WEEK, min_size=2, max_size=8))
def test_whatever_the_weeks_bring_a_second_look_changes_nothing_and_every_action_leads_on_from_the_last(
    marts, owner, lakeside_district: District, course: list[tuple[set[str], bool, tuple[str, int, bool] | None]]
) -> None:
    owner.connection.execute(
        "truncate alerts.alert_version, alerts.digest, alerts.alert_action, alerts.outbox, alerts.alert restart identity"
    )
    marts.clear()
    for n, (flagged, is_late, correction) in enumerate(course):
        if n and correction is not None:
            school, value, is_flagged = correction
            marts.correct(school, WEEK, value=value, is_flagged=is_flagged, is_breached=is_flagged)
        marts.next_week(WEEK + timedelta(weeks=n), sorted(flagged), SCHOOLS)
        owner.all_loads(timedelta(hours=30 if is_late else 0))
        evaluate(lakeside_district)
        once = owner.content()
        evaluate(lakeside_district)
        assert owner.content() == once
    alerts = owner.alerts()
    for key, alert in alerts.items():
        actions = owner.rows("select * from alerts.alert_action where alert_key = %s order by action_id", [key])
        assert actions[0]["action"] == "opened"
        assert actions[-1]["state_after"] == alert["state"]
        assert all(later["state_before"] == earlier["state_after"] for earlier, later in pairwise(actions))
        assert alert["n_came_back"] == sum(a["action"] == "came_back" for a in actions)
    told = {row["idempotency_key"] for row in owner.rows("select idempotency_key from alerts.outbox")}
    for key, alert in alerts.items():
        last = f"came-back:{key}:{alert['n_came_back']}" if alert["n_came_back"] else f"alert:{key}"
        assert (last in told) == (not alert["is_digest_only"])
