"""What ``truth.json`` tells of each dimension: whom an indicator should show in a bad light, whom in a good one, and why."""

from typing import Any

from schoolward.sample.generate import plan_dimensions as plan
from schoolward.sample.generate.schools import network_id


def dimensions() -> list[dict[str, Any]]:
    """A line each: indicator, scope, who, since when where it began within the year, and what was planted."""
    return [
        _line("D1.8", "ild", _network(plan.MONITORS_IN_NETWORK), "The ILD's contacts are mostly monitoring."),
        _line("D1.12", "ild", _network(plan.FORGETS_STEPS_IN_NETWORK), "Half of the steps agreed are never looked at again."),
        _line("D2.1", "ild", _network(plan.WITHOUT_LEARNING_IN_NETWORK), "The ILD attended no professional development."),
        _line("D2.2", "ild", _network(plan.UNOBSERVED_IN_NETWORK), "Nobody watched the ILD at work since the winter break."),
        _line("D2.7", "unit", plan.BYPASSES, "Talks with principals about substance without their ILDs."),
        _line("D2.8", "unit", plan.DIRECTS, "Directives reach principals without passing their ILDs."),
        _line("D2.9", "unit", plan.SHORT_NOTICE, "Data requests are due within three days.", plan.SHORT_NOTICE_SINCE.isoformat()),
        _line("D2.10", "ild", _network(plan.EVALUATES_IN_NETWORK), "The ILD signs the principals' goals."),
        _line("D2.11", "ild", _network(plan.EVALUATES_IN_NETWORK), "Evaluation is brought into coaching."),
        _line("D2.12", "ild", _network(plan.LATE_EVALUATIONS_IN_NETWORK), "The mid-year reviews were late."),
        _line("D3.10", "unit", plan.LOW_RATED, "School leaders rate the unit low."),
        _line("D3.10", "unit", plan.HIGH_RATED, "School leaders rate the unit high.", is_good=True),
        _line("D3.10", "unit", plan.FEW_ANSWERS, "Too few answers in spring to say anything.", is_good=None),
        _line("D3.12", "school_unit", f"lk-sch-{plan.CHURN_SCHOOL:03d}/{plan.CHURN_UNIT}", "Four case managers within the year."),
        _line("D3.16", "unit", plan.LATE_PROJECTS, "Milestones slip by weeks."),
        *(
            _line("D3.18", "unit", unit, f"A project is to end recurring {category} requests.", is_good=True)
            for category, unit in plan.PROJECT_OF_CATEGORY.items()
        ),
        _line("D3.18", "unit", "it", f"No project for recurring {plan.CATEGORY_WITHOUT_PROJECT} requests."),
        _line("D3.20", "unit", plan.WITHOUT_CAPACITY, "The staff learned nothing since the winter break."),
        _line("D3.21", "unit", plan.NEVER_IN_SCHOOLS, "The staff never work at a school."),
        _line("D3.22", "school", None, f"Schools of a need of {plan.UNFILLED_NEED} or more find half of their substitutes."),
        _line("D4.2", "toa_version", plan.VERSION_WITH_EVIDENCE, "One hypothesis without an indicator, one without an owner."),
        _line("D4.3", "toa_version", plan.VERSION_WITHOUT_EVIDENCE, "Changed without an evidence cycle."),
        _line("D4.3", "toa_version", plan.VERSION_WITH_EVIDENCE, "Changed because of an evidence cycle.", is_good=True),
        _line("D4.4", "district", plan.AUDIENCE_NOT_REACHED, "One audience was told nothing since the winter break."),
        _line("D4.5", "unit", plan.CANNOT_SAY, "The staff cannot say how their work links to the theory of action."),
        _line("D4.7", "district", plan.RESOURCE_ENDING, "Ends within half a year without a successor."),
        _line("D5.1", "unit", plan.SLOW_CYCLES, "Evidence leads to no change."),
        _line("D5.1", "unit", plan.WITHOUT_CYCLES, "No evidence cycle was ever opened."),
        _line("D5.3", "district", None, "Most decisions of February and March rest on no evidence.", "2026-02-01"),
        _line("R1.1", "district", None, "The cabinet hardly talks of its own transformation.", plan.FADED_SINCE.isoformat()),
        *(
            _line("R1.3", "school", f"lk-sch-{number:03d}", "Carries too many initiatives at once.")
            for number in plan.OVERLOADED_SCHOOLS
        ),
        _line("R2.3", "district", plan.REVIEW_NOT_HELD, "A planned review was not held."),
        _line("R3.2", "unit", plan.UNREADY, "Case managers without the readiness steps."),
        _line("R4.4", "unit", plan.POSTS_ENDING, "Case managers are paid for until the end of summer only."),
    ]  # fmt: skip


def _network(number: int) -> str:
    """An ILD is named by the network, as people come and go."""
    return network_id(number)


def _line(
    indicator: str, scope: str, who: str | None, why: str, since: str | None = None, *, is_good: bool | None = False
) -> dict[str, Any]:
    return {"indicator_id": indicator, "scope": scope, "who": who, "since_on": since, "is_good": is_good, "why": why}
