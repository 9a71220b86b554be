"""The small registers of a central office: its theory of action, its asks, its evidence and what it decided.

Each is a file somebody keeps by hand; ``schoolward init`` writes the empty ones. Codes and dates, hardly any text: the two sentences
of a hypothesis are the office's own public words.
"""

from datetime import date

from schoolward.sources.base import Record, Stream


class CentralAsk(Record, frozen=True):
    """Something the central office asked of principals: a form, a data request, a meeting, a directive."""

    ask_id: str
    unit_id: str
    """The unit that asks; its id in the district file."""
    sent_on: date
    kind: str | None = None
    """form, data_request, meeting or directive."""
    due_on: date | None = None
    """By when principals have to answer."""
    is_mandatory: bool | None = None
    """They may not leave it out."""
    estimated_minutes: int | None = None
    """What it costs a principal."""
    is_routed_via_ild: bool | None = None
    """Whether it went to principals through, or with the knowledge of, their ILDs."""
    school_ids: list[str] | None = None
    """The schools asked; empty means every school."""


class ServiceSurvey(Record, frozen=True):
    """What school leaders said of one unit in one survey, as counts; no single answer."""

    survey_id: str
    unit_id: str
    closed_on: date
    n_responses: int
    rating_sum: float
    """Sum of the ratings, each 1 to 5."""
    n_satisfied: int
    """Ratings of 4 or 5."""
    n_invited: int | None = None
    """School leaders who were asked."""


class PulseSurvey(Record, frozen=True):
    """How many of a unit's staff could say how their work links to the theory of action, as counts."""

    survey_id: str
    unit_id: str
    closed_on: date
    n_responses: int
    n_agree: int
    """Those who could say it."""
    n_invited: int | None = None
    """Staff who were asked."""


class SubstituteDay(Record, frozen=True):
    """Substitutes asked for and found for a school on a day."""

    school_id: str
    day: date
    n_requested: int
    """Substitutes asked for; 0 where nobody was."""
    n_filled: int
    """Of these, found."""


class ToaVersion(Record, frozen=True):
    """A version of the theory of action. Its promises and thresholds stand in the district file under the same name."""

    version_id: str
    version_no: int
    effective_from: date
    changed_because_evidence_cycle_id: str | None = None
    """The cycle that made the change necessary; empty where none did."""


class ToaReview(Record, frozen=True):
    """A review of the theory of action: planned for a day, held on a day."""

    review_id: str
    version_id: str | None = None
    planned_on: date | None = None
    held_on: date | None = None


class ToaHypothesis(Record, frozen=True):
    """An if–then link of a version, with the indicator that would show it and who looks after it."""

    hypothesis_id: str
    version_id: str
    dimension: str | None = None
    """D1, D2, D3, D4 or D5."""
    if_text: str | None = None
    then_text: str | None = None
    indicator_id: str | None = None
    owner_staff_id: str | None = None


class ToaRule(Record, frozen=True):
    """What a version of the theory of action says of a rule behind alerts; an empty field keeps the default (seed underserved_rules)."""

    version_id: str
    rule_id: str
    """As the seed underserved_rules names it, such as service_promise_kept."""
    is_in_force: bool | None = None
    """No: nobody is flagged or asked by this rule while the version is in force."""
    owner_role: str | None = None
    """Who in the central office answers for it; never the school."""
    informed_role: str | None = None
    opens_after_weeks: int | None = None
    """Opens when broken in so many weeks …"""
    opens_of_weeks: int | None = None
    """… of so many of the last that count."""
    closes_after_weeks: int | None = None
    """Only for service_slower_than_elsewhere: closes after so many weekly looks in a row that find no such difference."""
    days_to_answer: int | None = None
    """Working days its owner has to say that the matter is taken up."""
    promise_text: str | None = None
    """The promise in the district's own words; {limit} stands for the act threshold in force."""


class Stakeholder(Record, frozen=True):
    """A party the central office answers to, by a code; no person's name."""

    stakeholder_id: str
    audience: str
    """principals, unit_staff, board, union, families, partners, funders or community."""
    influence: str | None = None
    """How much it can help or hinder."""
    valid_from: date | None = None
    valid_to: date | None = None


class Communication(Record, frozen=True):
    """A message about the theory of action: to whom, how, whether it asked and answered; never its text."""

    communication_id: str
    sent_on: date
    audiences: list[str] | None = None
    stakeholder_ids: list[str] | None = None
    channel: str | None = None
    version_id: str | None = None
    is_two_way: bool | None = None
    """Gathered questions."""
    responded_on: date | None = None
    """When the answers went back."""
    is_plain_language: bool | None = None
    """Passed the plain-language check."""
    names_learning_link: bool | None = None
    """Says what it has to do with teaching and learning."""


class ExternalResource(Record, frozen=True):
    """Money, people or expertise from outside, for how long, and what for."""

    resource_id: str
    kind: str | None = None
    partner_code: str | None = None
    value: float | None = None
    """In the district's currency."""
    dimension: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    """Last day."""
    hypothesis_id: str | None = None
    """The link it serves."""
    successor_resource_id: str | None = None
    """What takes its place."""


class EvidenceCycle(Record, frozen=True):
    """A cycle of learning from evidence: collect, reflect, change, check; null while a stage is still to come."""

    cycle_id: str
    opened_on: date
    unit_id: str | None = None
    dimension: str | None = None
    collected_on: date | None = None
    reflected_on: date | None = None
    changed_on: date | None = None
    checked_on: date | None = None
    result: str | None = None
    """adopt, adapt, abandon or open."""
    hypothesis_id: str | None = None


class EvidenceItem(Record, frozen=True):
    """A piece of evidence by kind: own experience, service data, student data or research."""

    item_id: str
    kind: str
    collected_on: date
    cycle_id: str | None = None
    unit_id: str | None = None
    dimension: str | None = None


class Decision(Record, frozen=True):
    """A decision of the cabinet or a unit: when, where, whose; never its wording."""

    decision_id: str
    made_on: date
    forum: str | None = None
    unit_id: str | None = None
    owner_staff_id: str | None = None
    revisit_on: date | None = None
    """When it will be looked at again."""


class DecisionEvidence(Record, frozen=True):
    """A piece of evidence a decision rests on."""

    decision_id: str
    item_id: str


class AgendaItem(Record, frozen=True):
    """Time a forum spent on one item, and whether it was the transformation of the central office."""

    item_id: str
    forum: str
    met_on: date
    minutes: int
    is_transformation: bool


class RoleReadiness(Record, frozen=True):
    """That somebody passed the selection and readiness steps of a role."""

    readiness_id: str
    staff_id: str
    role: str
    """The role that was prepared for."""
    completed_on: date | None = None


class PostFunding(Record, frozen=True):
    """Until when a post of an ILD or a case manager is paid for."""

    post_id: str
    role: str
    """ild or case_manager."""
    fte: float
    funded_from: date | None = None
    funded_until: date | None = None
    """Last day paid for; empty means without end."""
    unit_id: str | None = None


def register_stream(name: str, record: type[Record], *key: str, is_small: bool = True) -> Stream:
    """A stream of files of one kind, keyed by the given fields."""
    return Stream("csv_drop", name, record, key, (record.__doc__ or "").strip(), is_small=is_small)


REGISTER_STREAMS: tuple[Stream, ...] = (
    register_stream("central_ask", CentralAsk, "ask_id"),
    register_stream("service_survey", ServiceSurvey, "survey_id", "unit_id"),
    register_stream("pulse_survey", PulseSurvey, "survey_id", "unit_id"),
    register_stream("substitute_day", SubstituteDay, "school_id", "day", is_small=False),
    register_stream("toa_version", ToaVersion, "version_id"),
    register_stream("toa_review", ToaReview, "review_id"),
    register_stream("toa_hypothesis", ToaHypothesis, "hypothesis_id", "version_id"),
    register_stream("toa_rule", ToaRule, "version_id", "rule_id"),
    register_stream("stakeholder", Stakeholder, "stakeholder_id"),
    register_stream("communication", Communication, "communication_id"),
    register_stream("external_resource", ExternalResource, "resource_id"),
    register_stream("evidence_cycle", EvidenceCycle, "cycle_id"),
    register_stream("evidence_item", EvidenceItem, "item_id"),
    register_stream("decision", Decision, "decision_id"),
    register_stream("decision_evidence", DecisionEvidence, "decision_id", "item_id"),
    register_stream("agenda_item", AgendaItem, "item_id"),
    register_stream("role_readiness", RoleReadiness, "readiness_id"),
    register_stream("post_funding", PostFunding, "post_id"),
)
