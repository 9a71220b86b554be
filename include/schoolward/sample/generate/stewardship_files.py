"""The theory of action and its versions, who was told of it, what was found outside to sustain it, and for how long posts are paid."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from schoolward.sample.generate import plan_dimensions as plan
from schoolward.sample.generate.calendars import SchoolCalendar
from schoolward.sample.generate.people import People
from schoolward.sample.generate.randomness import stream
from schoolward.sample.generate.registers import Register
from schoolward.sample.generate.schools import N_NETWORKS
from schoolward.sources.csv_registers import (
    AgendaItem,
    Communication,
    ExternalResource,
    PostFunding,
    Stakeholder,
    ToaHypothesis,
    ToaReview,
    ToaRule,
    ToaVersion,
)

BEGAN_ON = date(2025, 8, 1)
VERSIONS = (
    ("2025.1", date(2025, 8, 1), None),
    (plan.VERSION_WITHOUT_EVIDENCE, date(2025, 10, 13), None),
    (plan.VERSION_WITH_EVIDENCE, date(2026, 1, 5), "EC-01"),
)
"""Name, first day, and the evidence cycle that made it necessary; the district file has the same names and days."""
STARTS = {version: since for version, since, _ in VERSIONS}
REVIEWS = (
    ("TR-1", date(2025, 10, 10), date(2025, 10, 10)),
    ("TR-2", date(2025, 12, 12), date(2025, 12, 15)),
    (plan.REVIEW_NOT_HELD, date(2026, 2, 20), None),
    ("TR-4", date(2026, 5, 8), date(2026, 5, 8)),
)
HYPOTHESES = (
    ("H1", "D1", "ILDs spend their time on principals' growth as instructional leaders", "principals lead better instruction", "D1.1"),
    ("H2", "D3", "units keep what they promise to schools", "schools lose less time for teaching", "D3.3"),
    ("H3", "D2", "others work with principals through their ILDs", "principals hear one voice of the central office", "D2.7"),
    ("H4", "D4", "everybody can say what the theory of action is", "work at every desk is tied to learning", "D4.5"),
    ("H5", "D5", "units learn from their own service data", "the same trouble does not come back", "D5.1"),
)  # fmt: skip
RULES = (
    ToaRule(
        version_id=max(STARTS),
        rule_id="service_no_case_manager",
        promise_text="Every school knows by name who answers for it in each unit; a gap is closed within {limit} working days.",
    ),
)
"""What a version says of rules otherwise than the defaults."""
PARTIES = (
    ("elementary-principals", "principals"), ("secondary-principals", "principals"), ("unit-staff", "unit_staff"),
    ("board-chair", "board"), ("board-members", "board"), ("teachers-union", "union"), ("family-council", "families"),
    ("english-learner-families", "families"), ("university", "partners"), ("health-network", "partners"),
    ("foundation", "funders"), ("state-office", "funders"), ("library-board", "community"),
)  # fmt: skip
POWERFUL = frozenset({"board", "union", "funders"})
AUDIENCES = tuple(dict.fromkeys(audience for _, audience in PARTIES))
RESOURCES = (
    ("XR-01", "grant", "foundation", 420_000.0, "D1", date(2025, 7, 1), date(2027, 6, 30), "H1", None),
    ("XR-02", "expertise", "university", 60_000.0, "D1", date(2025, 8, 15), date(2026, 6, 15), "H1", "XR-06"),
    (plan.RESOURCE_ENDING, "grant", "state-office", 250_000.0, "D3", date(2024, 7, 1), date(2026, 6, 30), "H2", None),
    ("XR-04", "people", "health-network", 90_000.0, "D3", date(2025, 9, 1), date(2027, 8, 31), "H2", None),
    ("XR-05", "grant", "alumni-fund", 15_000.0, None, date(2025, 10, 1), date(2026, 12, 31), None, None),
    ("XR-06", "expertise", "university", 75_000.0, "D1", date(2026, 6, 16), date(2027, 6, 15), "H1", None),
    ("XR-07", "expertise", "research-practice", 40_000.0, "D5", date(2026, 1, 10), date(2027, 1, 9), "H5", None),
)
"""Id, kind, partner, value, dimension, first and last day, hypothesis, successor."""
SUCCESSOR_KNOWN_ON = date(2026, 3, 1)
"""When a resource that is still to come was entered."""


def registers(seed: int, calendar: SchoolCalendar, people: People) -> list[Register[Any]]:
    """Every register of this part."""
    reviews = [ToaReview(review_id=k, version_id=_version_on(p), planned_on=p, held_on=h) for k, p, h in REVIEWS]
    parties = [
        Stakeholder(
            stakeholder_id=key,
            audience=audience,
            influence="high" if audience in POWERFUL else "medium",
            valid_from=BEGAN_ON,
        )
        for key, audience in PARTIES
    ]
    messages = list(_communications(stream(seed, "communications"), calendar))
    return [
        Register("toa_versions", list(_versions()), lambda row: row.effective_from),
        Register("toa_reviews", reviews, lambda row: BEGAN_ON, ("held_on",)),
        Register("toa_hypotheses", list(_hypotheses(people)), lambda row: STARTS[row.version_id]),
        Register("toa_rules", list(RULES), lambda row: STARTS[row.version_id]),
        Register("stakeholders", parties, lambda row: BEGAN_ON),
        Register("communications", messages, lambda row: row.sent_on, ("responded_on",)),
        Register(
            "external_resources", list(_resources()), lambda row: min(row.starts_on or BEGAN_ON, SUCCESSOR_KNOWN_ON)
        ),
        Register("agenda_items", list(_agenda(stream(seed, "agenda"), calendar)), lambda row: row.met_on),
        Register("post_funding", list(_posts(people)), lambda row: BEGAN_ON),
    ]


def _versions() -> Iterator[ToaVersion]:
    for number, (version, since, cycle) in enumerate(VERSIONS, 1):
        yield ToaVersion(
            version_id=version, version_no=number, effective_from=since, changed_because_evidence_cycle_id=cycle
        )


def _version_on(day: date) -> str:
    return [version for version, since, _ in VERSIONS if since <= day][-1]


def _hypotheses(people: People) -> Iterator[ToaHypothesis]:
    owners = [chief.staff_id for chief in people.chiefs.values()]
    for version in STARTS:
        is_newest = version == max(STARTS)
        for number, (key, dimension, if_text, then_text, indicator) in enumerate(HYPOTHESES):
            if key == plan.HYPOTHESIS_WITHOUT_OWNER and not is_newest:
                continue
            yield ToaHypothesis(
                hypothesis_id=key, version_id=version, dimension=dimension, if_text=if_text, then_text=then_text,
                indicator_id=None if key == plan.HYPOTHESIS_WITHOUT_INDICATOR and is_newest else indicator,
                owner_staff_id=None if key == plan.HYPOTHESIS_WITHOUT_OWNER else owners[number],
            )  # fmt: skip


def _communications(rng: Random, calendar: SchoolCalendar) -> Iterator[Communication]:
    """About one a week, by turns to two audiences; one audience is forgotten after the winter break."""
    for number, day in enumerate(calendar.instructional_days[3::4], 1):
        audiences = sorted({AUDIENCES[number % len(AUDIENCES)], AUDIENCES[(number * 3 + 1) % len(AUDIENCES)]})
        if day >= date(2026, 1, 1):
            audiences = [a for a in audiences if a != plan.AUDIENCE_NOT_REACHED] or ["principals"]
        is_two_way = rng.random() < 0.55
        answers = is_two_way and rng.random() < 0.8
        yield Communication(
            communication_id=f"COM-{number:03d}", sent_on=day, audiences=audiences,
            stakeholder_ids=sorted(key for key, audience in PARTIES if audience in audiences),
            channel=rng.choice(("newsletter", "meeting", "forum", "video")), version_id=_version_on(day), is_two_way=is_two_way,
            responded_on=day + timedelta(days=rng.randint(2, 20)) if answers else None,
            is_plain_language=rng.random() < 0.85, names_learning_link=rng.random() < 0.9,
        )  # fmt: skip


def _resources() -> Iterator[ExternalResource]:
    for key, kind, partner, value, dimension, starts_on, ends_on, hypothesis, successor in RESOURCES:
        yield ExternalResource(
            resource_id=key, kind=kind, partner_code=partner, value=value, dimension=dimension, starts_on=starts_on, ends_on=ends_on,
            hypothesis_id=hypothesis, successor_resource_id=successor,
        )  # fmt: skip


def _agenda(rng: Random, calendar: SchoolCalendar) -> Iterator[AgendaItem]:
    """The cabinet's Mondays; the transformation has a third of the time in fall, and hardly any later."""
    number = 0
    mondays = [day for day in calendar.instructional_days if day.isoweekday() == 1]
    for day in mondays:
        has_faded = day >= plan.FADED_SINCE
        for place in range(5):
            number += 1
            is_transformation = place == 0 and (not has_faded or rng.random() < 0.35)
            minutes = (10 if has_faded else 35) if is_transformation else rng.randrange(10, 31, 5)
            yield AgendaItem(
                item_id=f"AG-{number:04d}", forum="cabinet", met_on=day, minutes=minutes, is_transformation=is_transformation
            )  # fmt: skip


def _posts(people: People) -> Iterator[PostFunding]:
    """Most posts are paid for until the summer of 2027; those of one unit end before the next school year is under way."""
    for network in range(1, N_NETWORKS + 1):
        yield PostFunding(
            post_id=f"ILD-{network}", role="ild", fte=1.0, funded_from=BEGAN_ON,
            funded_until=None if network <= 4 else date(2027, 6, 30),
        )  # fmt: skip
    for unit, stints in people.case_managers.items():
        ends_on = plan.POSTS_END_ON if unit == plan.POSTS_ENDING else date(2027, 6, 30)
        for number in range(1, len(stints) + 1):
            yield PostFunding(
                post_id=f"CM-{unit}-{number}", role="case_manager", fte=1.0, funded_from=BEGAN_ON, funded_until=ends_on,
                unit_id=unit,
            )  # fmt: skip
