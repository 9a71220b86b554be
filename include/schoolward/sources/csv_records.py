"""What a folder of files may hold: HR extracts, the contact log and the small registers of a central office.

Field names are the default column headings; the district file maps other headings to them.
"""

from datetime import date, datetime

from schoolward.sources.base import Record, Stream
from schoolward.sources.csv_registers import REGISTER_STREAMS, register_stream


class HrPosition(Record, frozen=True):
    """A row of the HR position roster; a position several people share has a row for each."""

    position_id: str
    occupant_no: int
    """1 for the first row of the position in the file, 2 for the second …: computed, never read."""
    staff_id: str | None = None
    """None while the position is vacant."""
    department_id: str | None = None
    department_name: str | None = None
    job_code: str | None = None
    job_title: str | None = None
    fte: float | None = None


class HrAssignment(Record, frozen=True):
    """Who holds which role where, over an interval."""

    assignment_id: str
    staff_id: str
    role: str
    org_id: str | None = None
    fte: float | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    supervisor_staff_id: str | None = None
    is_acting: bool | None = None


class HrLeave(Record, frozen=True):
    """A leave of absence; the end is open while unknown."""

    leave_id: str
    staff_id: str
    starts_on: date
    ends_on: date | None = None


class Touchpoint(Record, frozen=True):
    """One contact of a supervisor with a principal: when, how, about what; never what was said."""

    touchpoint_id: str
    staff_id: str
    """Who made the contact: an ILD, a case manager, a unit chief; HR's id."""
    occurred_at: datetime
    """When it began."""
    school_id: str | None = None
    """The SIS's id of the school."""
    principal_staff_id: str | None = None
    minutes: int | None = None
    """How long it lasted."""
    setting: str | None = None
    focus: str | None = None
    practice_tags: list[str] | None = None
    """What was done: joint_observation, modelling, feedback, planning, brokering are work on teaching; monitoring, evaluation and own words are other."""
    initiated_by: str | None = None
    is_planned: bool | None = None
    """It stood in the calendar before."""
    cancelled_at: datetime | None = None
    """When it was called off; the line stays."""
    cancel_reason: str | None = None
    """central: a meeting of the central office took its place."""
    is_ild_informed: bool | None = None
    """For contacts of others: the principal's ILD was there, or knew."""
    recorded_at: datetime | None = None
    """When the line was written."""
    contact_type: str | None = None
    """substantive, routine_service, safety or legal; only substantive contacts count as passing an ILD by."""
    observed_by_staff_id: str | None = None
    """Who watched the ILD at work and talked it over, where somebody did."""
    next_step_due_on: date | None = None
    """When what was agreed is due."""
    next_step_reviewed_on: date | None = None
    """When it was looked at again."""


class TouchpointNextStep(Record, frozen=True):
    """A step agreed at a contact, when it is due and when it was looked at again; never what it says."""

    step_id: str
    touchpoint_id: str
    due_on: date | None = None
    reviewed_on: date | None = None
    status: str | None = None
    """open, reviewed, closed or dropped."""
    service_request_number: str | None = None
    """The request it became, where a unit has to act."""


class TimeBlock(Record, frozen=True):
    """A stretch of somebody's calendar by kind; never its title."""

    block_id: str
    staff_id: str
    starts_at: datetime
    ends_at: datetime
    category: str | None = None
    """instructional_leadership, operations, compliance, crisis, evaluation, learning, travel or other."""
    setting: str | None = None
    """school, principal_group, one_to_one, office or other."""
    school_id: str | None = None
    """Where it was at a school."""
    is_planned: bool | None = None
    """It stood in the calendar before."""
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    """central (a central-office meeting took its place), school, sick or other."""
    confidence: float | None = None
    """How sure the category is, 0 to 1, where a rule guessed it."""


class CaseManager(Record, frozen=True):
    """Who in a service unit looks after a school, over an interval."""

    assignment_id: str
    school_id: str
    unit_id: str
    """The unit's id in the district file."""
    staff_id: str
    is_primary: bool | None = None
    """No for somebody who stands in; yes where empty."""
    valid_from: date | None = None
    """First day."""
    valid_to: date | None = None
    """First day without; empty while it lasts."""


class Project(Record, frozen=True):
    """A project of the central office and the schools it is for."""

    project_id: str
    title_code: str | None = None
    """A short code; the title stays out."""
    owner_staff_id: str | None = None
    """The one person who answers for it."""
    unit_ids: list[str] | None = None
    """The units at work, the leading one first."""
    school_ids: list[str] | None = None
    """The schools it is for."""
    toa_hypothesis_id: str | None = None
    has_learning_outcome: bool | None = None
    """It states what teaching or learning gains."""
    is_initiative: bool | None = None
    """Asks schools to change something, and so counts towards a school's load."""
    has_support_plan: bool | None = None
    """Names how the central office helps the schools it is for."""
    request_category: str | None = None
    """The kind of request whose recurring it is to end, where it is."""
    status: str | None = None
    """The office's own word; the dates count."""
    opened_on: date | None = None
    closed_on: date | None = None


class ProjectMilestone(Record, frozen=True):
    """A milestone: when it was first due, is due now, and was done."""

    milestone_id: str
    project_id: str
    baseline_due_on: date | None = None
    """When it was first due."""
    current_due_on: date | None = None
    """When it is due now."""
    done_on: date | None = None


class PdEvent(Record, frozen=True):
    """A professional-development event."""

    event_id: str
    audience: str | None = None
    """Whose learning it was."""
    topic_code: str | None = None
    is_job_embedded: bool | None = None
    """Learned at the work itself."""
    minutes: int | None = None
    held_on: date | None = None
    cost: float | None = None
    """In the district's currency, for all who came."""
    provider: str | None = None


class PdAttendance(Record, frozen=True):
    """A member of staff at a professional-development event."""

    event_id: str
    staff_id: str
    attended_minutes: int | None = None
    """The event's minutes where empty."""


class Evaluation(Record, frozen=True):
    """One act of a principal's evaluation: by whom, due when, done when; never its result."""

    evaluation_id: str
    principal_staff_id: str
    cycle: str | None = None
    """The round of evaluations, such as 2025-26."""
    act_type: str | None = None
    evaluator_staff_id: str | None = None
    """Who signed."""
    signed_by_office: str | None = None
    """The office that signed."""
    due_on: date | None = None
    completed_on: date | None = None


HR_AND_CONTACT_STREAMS: tuple[Stream, ...] = (
    register_stream("hr_position", HrPosition, "position_id", "occupant_no", is_small=False),
    register_stream("hr_assignment", HrAssignment, "assignment_id", is_small=False),
    register_stream("hr_leave", HrLeave, "leave_id", is_small=False),
    register_stream("touchpoint", Touchpoint, "touchpoint_id", is_small=False),
    register_stream("touchpoint_next_step", TouchpointNextStep, "step_id", is_small=False),
    register_stream("time_block", TimeBlock, "block_id", is_small=False),
    register_stream("case_manager", CaseManager, "assignment_id", is_small=False),
    register_stream("project", Project, "project_id"),
    register_stream("project_milestone", ProjectMilestone, "milestone_id"),
    register_stream("pd_event", PdEvent, "event_id"),
    register_stream("pd_attendance", PdAttendance, "event_id", "staff_id"),
    register_stream("evaluation", Evaluation, "evaluation_id"),
)
STREAMS: tuple[Stream, ...] = HR_AND_CONTACT_STREAMS + REGISTER_STREAMS
COMPUTED = frozenset({"occupant_no"})
"""Fields that landing computes from the file as a whole; no heading is mapped to them."""
