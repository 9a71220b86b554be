"""What a ServiceNow instance knows of its tables: fields, references and choice labels (of the tables the product reads)."""

from collections.abc import Mapping

_SYSTEM = "sys_id sys_created_on sys_created_by sys_updated_on sys_updated_by sys_mod_count"
_TASK = (
    f"{_SYSTEM} number sys_class_name short_description description state active priority urgency impact opened_at opened_by closed_at "
    "closed_by assigned_to assignment_group company location contact_type due_date sla_due made_sla escalation reassignment_count parent "
    "correlation_id work_start work_end business_duration calendar_duration comments work_notes"
)

FIELDS: Mapping[str, frozenset[str]] = {
    name: frozenset(fields.split())
    for name, fields in {
        "incident": f"{_TASK} caller_id category subcategory cmdb_ci business_service incident_state hold_reason severity close_code "
        "close_notes resolved_at resolved_by reopen_count reopened_time problem_id parent_incident calendar_stc business_stc",
        "sys_user_group": f"{_SYSTEM} name active manager parent email type description",
        "sys_user": f"{_SYSTEM} user_name employee_number email first_name last_name name active manager department location title time_zone "
        "locked_out web_service_access_only",
        "cmn_location": f"{_SYSTEM} name parent full_name street city state zip country contact phone time_zone",
        "task_sla": f"{_SYSTEM} task sla stage start_time end_time planned_end_time original_breach_time has_breached active duration "
        "business_duration pause_duration business_pause_duration pause_time percentage business_percentage time_left business_time_left "
        "schedule timezone",
        "sys_audit": f"{_SYSTEM} tablename documentkey fieldname oldvalue newvalue user record_checkpoint reason",
        "sys_audit_delete": f"{_SYSTEM} tablename documentkey display_value payload",
        "sys_journal_field": "sys_id name element element_id value sys_created_on sys_created_by",
    }.items()
}
"""The dictionary's fields of each table; a table's own records may bring more (custom fields)."""

REFERENCES: Mapping[str, Mapping[str, str]] = {
    "incident": {
        "caller_id": "sys_user",
        "opened_by": "sys_user",
        "closed_by": "sys_user",
        "resolved_by": "sys_user",
        "assigned_to": "sys_user",
        "assignment_group": "sys_user_group",
        "company": "core_company",
        "location": "cmn_location",
        "parent": "task",
        "parent_incident": "incident",
        "problem_id": "problem",
        "cmdb_ci": "cmdb_ci",
        "business_service": "cmdb_ci_service",
    },
    "sys_user_group": {"manager": "sys_user", "parent": "sys_user_group"},
    "sys_user": {"manager": "sys_user", "department": "cmn_department", "location": "cmn_location"},
    "cmn_location": {"parent": "cmn_location", "contact": "sys_user"},
    "task_sla": {"task": "task", "sla": "contract_sla", "schedule": "cmn_schedule"},
}
"""Reference fields and the tables they point into. (``sys_audit`` holds plain texts.)"""

_PRIORITIES = {"1": "1 - Critical", "2": "2 - High", "3": "3 - Moderate", "4": "4 - Low", "5": "5 - Planning"}
_LEVELS = {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"}
_STATES = {"1": "New", "2": "In Progress", "3": "On Hold", "6": "Resolved", "7": "Closed", "8": "Canceled"}
_HOLD_REASONS = {
    "1": "Awaiting Caller",
    "2": "Awaiting Evidence",
    "3": "Awaiting Problem Resolution",
    "4": "Awaiting Vendor",
}

CHOICES: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "incident": {
        "state": _STATES,
        "incident_state": _STATES,
        "priority": _PRIORITIES,
        "urgency": _LEVELS,
        "impact": _LEVELS,
        "hold_reason": _HOLD_REASONS,
    },
}
"""Labels of choice codes, as ``sysparm_display_value=true`` gives them."""

DISPLAY_FIELD: Mapping[str, str] = {
    "incident": "number",
    "sys_user_group": "name",
    "sys_user": "name",
    "cmn_location": "name",
}
"""The field that stands for a record where another refers to it."""
