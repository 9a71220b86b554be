"""The explanation of a longer wait: what is printed adds up, and says how sure it is and what it cannot see."""

import re
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schoolward.alerts.account import lines
from schoolward.alerts.explanation import MINUS, closes_when, comparison, explain
from schoolward.alerts.lifecycle import Account, Deed
from schoolward.alerts.messages import slipped
from schoolward.alerts.observed import Observation
from schoolward.alerts.plan import Opening
from schoolward.alerts.rules import RULES
from schoolward.district import District

HEAD: dict[str, Any] = {
    "clock": "resolution", "window_starts_on": "2026-02-02", "times_as_long": 1.42, "times_as_long_low": 1.18,
    "times_as_long_high": 1.71, "n_requests": 63, "n_open": 7, "oldest_open_on": "2026-03-09",
    "done_at_pace_of_others": 64.9, "flagged_since_on": "2026-04-20", "n_clear_of_last_looks": 0, "closes_after_looks": 5,
    "any_priority_n_requests": 81, "any_priority_n_done": 70.5, "any_priority_n_done_at_pace_elsewhere": 132.9,
    "any_priority_times_as_long": 1.885, "same_priority_times_as_long": 1.33,
    "data_as_of": "2026-05-08T20:00:00+00:00",
}  # fmt: skip


def part(request_type: str, difference: float, unit: str = "Facilities and Maintenance", n: int = 9) -> dict[str, Any]:
    return {
        "unit_id": unit.lower(), "unit_name": unit, "request_type": request_type, "n_requests": n, "n_open": n // 4,
        "oldest_open_on": "2026-03-09", "observed": 10.0, "expected": 10.0 - difference, "difference": difference,
    }  # fmt: skip


PARTS = [
    part("leak", -9.31, n=21),
    part("heating", -5.08, n=14),
    part("network", -2.4, "Information Technology"),
    part("accounts", -0.55, "Information Technology"),
    part("doors", -0.31),
    part("lamps", 1.12),
]


@given(st.lists(st.floats(-30, 30).map(lambda x: round(x, 6)), min_size=1, max_size=12))
def test_the_parts_printed_add_up_to_the_difference_printed(differences: list[float]) -> None:
    found = comparison(HEAD, [part(f"type {i}", d) for i, d in enumerate(differences)])
    told = dict(explain(found))
    total = told["Resolved"].split(": ")[1]
    assert abs(sum(_number(line) for line in told["Made up of"].split("\n")) - _number(total)) < 0.05, told
    assert found["difference"] == round(found["observed"] - found["expected"], 6)


def _number(text: str) -> float:
    return float(text.split(" ")[0].replace(MINUS, "-"))


def opening() -> Opening:
    as_of = datetime(2026, 5, 8, 20, tzinfo=UTC)
    reason = (
        "Requests from Maple Elementary take about 1.4 times as long to be resolved as identical requests from other schools,"
        " mostly with Facilities and Maintenance (leak, heating)."
    )
    about = Observation(
        week_start_on=date(2026, 5, 4), school_key="s1", school_name="Maple Elementary",
        rule_id="service_slower_than_elsewhere", flag_kind="service", unit_id="facilities",
        unit_name="Facilities and Maintenance", value=0.02, act_threshold=0.05, n=64, status="act", is_breached=True,
        is_flagged=True, owner_role="unit_chief", owner_staff_id=None, informed_role="case_manager", reason_text=reason,
        since_on=date(2026, 4, 13), data_as_of=as_of, evidence={"comparison": comparison(HEAD, PARTS), "act_threshold": 0.05},
    )  # fmt: skip
    return Opening(
        about.dedupe_key, 1, about, False, reason, 1, about.since_on, about.evidence, "act", date(2026, 5, 15),
        "mailto:facilities.director@lakeside.example",
    )  # fmt: skip


def test_the_mail_of_a_longer_wait_carries_interval_counts_signed_parts_what_clears_it_and_its_known_limits(
    lakeside_district: District,
) -> None:
    content = slipped(lakeside_district, opening(), "Director of Facilities")
    text = content.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "about 1.4 times as long (between 1.2 and 1.7, at 95 %) to be resolved" in text
    assert "63 requests that waited to be resolved since 2 Feb; 7 still open, the oldest since 9 Mar" in text
    assert f"Made up of: {MINUS}9.3 Facilities and Maintenance, leak (21 requests, 5 open)" in text
    assert "+0.8 all others (2 kinds)" in text
    assert (
        "Whatever the priority: without regard to priority it would be 1.9 times as long to be resolved this school year, against 1.3 among"
        " requests of the same priority (81 requests; plain ratios, with no allowance for chance)"
    ) in text
    assert "Closes when: 5 weekly looks in a row find no such difference" in text
    limits = RULES["service_slower_than_elsewhere"].known_limits
    assert len(limits) == 4
    for limit in limits:
        assert limit in content.text
        assert limit.replace("'", "&#39;") in content.html


def test_an_alert_from_before_a_figure_was_kept_is_told_without_it() -> None:
    old = {name: value for name, value in HEAD.items() if "priority" not in name and name != "closes_after_looks"}
    assert "Whatever the priority" not in dict(explain(comparison(old, PARTS)))
    told = RULES["service_slower_than_elsewhere"]
    assert (
        closes_when(told, {"comparison": comparison(old, PARTS)})
        == "enough weekly looks in a row find no such difference"
    )


def test_show_tells_everything_about_an_alert_with_its_history(lakeside_district: District) -> None:
    told = opening()
    alert = {
        "alert_key": told.key, "rule_id": told.about.rule_id, "school_key": "s1", "school_name": "Maple Elementary",
        "unit_name": "Facilities and Maintenance", "reason": told.reason, "state": "verified", "is_disputed": True,
        "promise": None, "toa_version_id": "2026.1", "since_on": told.since_on, "evidence": told.evidence,
        "owner_role": "unit_chief", "owner_target": None, "due_on": told.due_on, "parent_alert_key": None,
        "resolved_at": datetime(2026, 5, 29, tzinfo=UTC), "verified_at": datetime(2026, 6, 29, tzinfo=UTC), "n_came_back": 1,
    }  # fmt: skip
    at = datetime(2026, 5, 8, 20, tzinfo=UTC)
    detail = {
        "week_start_on": "2026-05-04",
        "value_before": 4.0,
        "value_after": 6.0,
        "is_flagged_before": True,
        "is_flagged_after": True,
    }
    history = [
        Deed("opened", "schoolward", at, None, "open", None),
        Deed("dispute", "principal", at, "wrong_dates", "open", None),
        Deed("corrected", "schoolward", at, None, "open", detail),
    ]
    shown = "\n".join(lines(Account(alert, history)))
    assert shown.startswith(
        "Longer waits than identical requests elsewhere: Maple Elementary (Facilities and Maintenance)"
    )
    assert re.search(r"Theory of action: +2026\.1", shown)
    assert re.search(r"Ended: +2026-05-29, and held until 2026-06-29", shown)
    assert f"{MINUS}9.3 Facilities and Maintenance, leak" in shown
    assert "What this cannot see:" in shown
    assert "2026-05-08 20:00 UTC  principal: dispute (wrong_dates), then open" in shown
    ageing = alert | {"rule_id": "service_ageing", "evidence": {"value": 6.0, "n": 12, "act_threshold": 2.0}}
    assert "the week of 2026-05-04 said 4, says 6" in "\n".join(lines(Account(ageing, history)))
