"""For every register: who keeps it, and a row as an example. The page on registers is generated from here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from schoolward.sources import csv_records as r
from schoolward.sources import csv_registers as g
from schoolward.sources.base import Record


@dataclass(frozen=True, slots=True)
class Kept:
    """Who keeps a register, and when a row is written."""

    by: str
    example: Record


_AT = datetime(2026, 2, 3, 15, 0, tzinfo=UTC)

REGISTERS: Mapping[str, Kept] = {
    "touchpoint": Kept(
        "The ILDs, a line for each contact, the same day; case managers for theirs.",
        r.Touchpoint(
            touchpoint_id="T000123", staff_id="S10001", occurred_at=_AT, school_id="lk-sch-007", principal_staff_id="S10420", minutes=75,
            setting="school", focus="instructional_leadership", practice_tags=["feedback", "joint_observation"], initiated_by="ild",
            is_planned=True, is_ild_informed=True, recorded_at=_AT, contact_type="substantive", next_step_due_on=date(2026, 2, 20),
        ),
    ),
    "touchpoint_next_step": Kept(
        "The ILDs, where more than one step is agreed at a contact.",
        r.TouchpointNextStep(
            step_id="NS-000123", touchpoint_id="T000123", due_on=date(2026, 2, 20), reviewed_on=date(2026, 2, 18), status="reviewed"
        ),
    ),
    "time_block": Kept(
        "An export of the calendars of ILDs and unit staff, by kind; a rule or the person gives the category.",
        r.TimeBlock(
            block_id="B-000123", staff_id="S10001", starts_at=_AT, ends_at=_AT.replace(hour=17), category="instructional_leadership",
            setting="school", school_id="lk-sch-007", is_planned=True, confidence=0.9,
        ),
    ),
    "case_manager": Kept(
        "The chief of each unit.",
        r.CaseManager(
            assignment_id="CM-it-007", school_id="lk-sch-007", unit_id="it", staff_id="S10077", is_primary=True,
            valid_from=date(2025, 7, 1),
        ),
    ),
    "project": Kept(
        "Whoever looks after the projects of the central office.",
        r.Project(
            project_id="PRJ-012", title_code="HVAC", owner_staff_id="S10050", unit_ids=["facilities", "it"], school_ids=["lk-sch-007"],
            toa_hypothesis_id="H2", has_learning_outcome=True, is_initiative=False, has_support_plan=True, request_category="hvac",
            status="open", opened_on=date(2025, 9, 15),
        ),
    ),
    "project_milestone": Kept(
        "The owner of the project; the baseline is never changed.",
        r.ProjectMilestone(
            milestone_id="MS-012-1", project_id="PRJ-012", baseline_due_on=date(2025, 10, 15), current_due_on=date(2025, 10, 29),
            done_on=date(2025, 10, 28),
        ),
    ),
    "pd_event": Kept(
        "The office of professional development.",
        r.PdEvent(
            event_id="PD-031", audience="ild", topic_code="feedback", is_job_embedded=True, minutes=120, held_on=date(2026, 1, 21),
            cost=250.0, provider="university",
        ),
    ),
    "pd_attendance": Kept(
        "The office of professional development.", r.PdAttendance(event_id="PD-031", staff_id="S10001", attended_minutes=120)
    ),
    "evaluation": Kept(
        "Human Resources: acts and dates; ratings stay out.",
        r.Evaluation(
            evaluation_id="EV-007-goals", principal_staff_id="S10420", cycle="2025-26", act_type="goal_setting",
            evaluator_staff_id="S10044", signed_by_office="Human Resources", due_on=date(2025, 10, 31), completed_on=date(2025, 10, 20),
        ),
    ),
    "central_ask": Kept(
        "Every unit, when it sends something to principals that asks for their time.",
        g.CentralAsk(
            ask_id="ASK-0042", unit_id="budget", sent_on=date(2026, 2, 2), kind="data_request", due_on=date(2026, 2, 16),
            is_mandatory=True, estimated_minutes=45, is_routed_via_ild=True, school_ids=["lk-sch-007", "lk-sch-008"],
        ),
    ),
    "service_survey": Kept(
        "Whoever runs the survey of school leaders, a row for each unit.",
        g.ServiceSurvey(
            survey_id="SS-2026-01", unit_id="it", closed_on=date(2026, 1, 30), n_responses=84, rating_sum=311.0, n_satisfied=55,
            n_invited=128,
        ),
    ),
    "pulse_survey": Kept(
        "Whoever runs the survey of central-office staff, a row for each unit.",
        g.PulseSurvey(survey_id="PS-2026-03", unit_id="it", closed_on=date(2026, 3, 6), n_responses=22, n_agree=19, n_invited=24),
    ),
    "substitute_day": Kept(
        "The substitute office, every school and day, also where nobody was asked for.",
        g.SubstituteDay(school_id="lk-sch-007", day=date(2026, 2, 3), n_requested=3, n_filled=2),
    ),
    "toa_version": Kept(
        "The superintendent's office, when the theory of action is changed.",
        g.ToaVersion(version_id="2026.1", version_no=3, effective_from=date(2026, 1, 5), changed_because_evidence_cycle_id="EC-01"),
    ),
    "toa_review": Kept(
        "The superintendent's office.",
        g.ToaReview(review_id="TR-2", version_id="2025.2", planned_on=date(2025, 12, 12), held_on=date(2025, 12, 15)),
    ),
    "toa_hypothesis": Kept(
        "The superintendent's office, a row for each link and version.",
        g.ToaHypothesis(
            hypothesis_id="H2", version_id="2026.1", dimension="D3", if_text="units keep what they promise to schools",
            then_text="schools lose less time for teaching", indicator_id="D3.3", owner_staff_id="S10050",
        ),
    ),
    "toa_rule": Kept(
        "The superintendent's office, a row for each rule that a version changes.",
        g.ToaRule(
            version_id="2026.1", rule_id="service_promise_kept", is_in_force=True, owner_role="unit_chief",
            informed_role="case_manager", opens_after_weeks=3, opens_of_weeks=4, closes_after_weeks=None,
            days_to_answer=3,
            promise_text="We do what we said, when we said, for at least {limit} of what a school asks.",
        ),
    ),
    "stakeholder": Kept(
        "The communications office.",
        g.Stakeholder(stakeholder_id="teachers-union", audience="union", influence="high", valid_from=date(2025, 8, 1)),
    ),
    "communication": Kept(
        "The communications office, a row for each message about the theory of action.",
        g.Communication(
            communication_id="COM-017", sent_on=date(2026, 2, 4), audiences=["principals", "union"], stakeholder_ids=["teachers-union"],
            channel="meeting", version_id="2026.1", is_two_way=True, responded_on=date(2026, 2, 12), is_plain_language=True,
            names_learning_link=True,
        ),
    ),
    "external_resource": Kept(
        "The grants office.",
        g.ExternalResource(
            resource_id="XR-01", kind="grant", partner_code="foundation", value=420000.0, dimension="D1", starts_on=date(2025, 7, 1),
            ends_on=date(2027, 6, 30), hypothesis_id="H1",
        ),
    ),
    "evidence_cycle": Kept(
        "The unit that learns.",
        g.EvidenceCycle(
            cycle_id="EC-01", opened_on=date(2025, 9, 8), unit_id="it", dimension="D1", collected_on=date(2025, 10, 3),
            reflected_on=date(2025, 10, 31), changed_on=date(2025, 12, 12), result="open", hypothesis_id="H1",
        ),
    ),
    "evidence_item": Kept(
        "The unit that collects.",
        g.EvidenceItem(
            item_id="EI-040", kind="experience", collected_on=date(2025, 9, 30), cycle_id="EC-01", unit_id="it", dimension="D1"
        ),
    ),
    "decision": Kept(
        "The secretary of the cabinet; each unit for its own.",
        g.Decision(
            decision_id="DEC-021", made_on=date(2026, 1, 14), forum="unit", unit_id="it", owner_staff_id="S10050",
            revisit_on=date(2026, 3, 15),
        ),
    ),
    "decision_evidence": Kept(
        "Whoever writes the decision down.", g.DecisionEvidence(decision_id="DEC-021", item_id="EI-040")
    ),
    "agenda_item": Kept(
        "The secretary of the cabinet.",
        g.AgendaItem(item_id="AG-0101", forum="cabinet", met_on=date(2026, 1, 12), minutes=35, is_transformation=True),
    ),
    "role_readiness": Kept(
        "Human Resources.",
        g.RoleReadiness(readiness_id="RR-009", staff_id="S10077", role="case_manager", completed_on=date(2025, 6, 12)),
    ),
    "post_funding": Kept(
        "The finance office.",
        g.PostFunding(
            post_id="CM-it-2", role="case_manager", fte=1.0, funded_from=date(2025, 8, 1), funded_until=date(2027, 6, 30), unit_id="it"
        ),
    ),
}  # fmt: skip
"""By stream, in the order of the page."""
