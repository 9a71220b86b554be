"""What the marts say, as observations: schools' promises, whole units' promises, and questions about schools gone quiet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from schoolward.alerts.explanation import COMPARED, read_comparisons
from schoolward.alerts.observed import Alert, Observation

_RULE = """
    left join marts.underserved_rule_version as v
        on v.rule_id = r.rule_id and r.week_start_on >= coalesce(v.valid_from, '-infinity')
            and r.week_start_on < coalesce(v.valid_to, 'infinity')
"""
_RULE_COLUMNS = "v.version_id as toa_version_id, v.days_to_answer, v.promise_text"
_SCHOOLS = f"""
    select r.*, w.need_quartile, coalesce(w.is_compounded, false) as is_compounded, {_RULE_COLUMNS}
    from marts.school_underserved_reason_week as r
    left join marts.school_underserved_week as w using (week_start_on, school_key)
    {_RULE}
    where r.week_start_on = %s
    order by r.rule_id, r.school_key, r.unit_id
"""
_OPENINGS = """
    select a.alert_key, r.*
    from unnest(%s::text[], %s::date[], %s::text[], %s::text[], %s::text[]) as a (alert_key, week, rule_id, school_key, unit_id)
    inner join marts.school_underserved_reason_week as r
        on r.week_start_on = a.week and r.rule_id = a.rule_id and r.school_key = a.school_key
            and r.unit_id is not distinct from a.unit_id
"""
_UNITS = f"""
    select r.*, '*' as school_key, '' as school_name, {_RULE_COLUMNS}
    from marts.unit_underserved_week as r
    {_RULE}
    where r.week_start_on = %s
    order by r.rule_id, r.unit_id
"""
_QUESTIONS = f"""
    with newest as (
        select * from marts.service_question_week
        where week_start_on = (select max(week_start_on) from marts.service_question_week where week_start_on <= %s)
    ),
    -- A school that has gone quiet as a whole, yet with no unit by itself, is asked about where most was expected of it.
    asked as (
        select
            *,
            'service_gone_quiet' as rule_id,
            coalesce(is_gone_quiet, false) or (
                coalesce(is_school_gone_quiet, false)
                and not coalesce(bool_or(is_gone_quiet) over (partition by school_key), false)
                and unit_id = first_value(unit_id) over (
                    partition by school_key order by n_expected_four_weeks desc nulls last, unit_id
                )
            ) as is_asked
        from newest
    )
    select
        r.week_start_on, r.school_key, r.school_name, r.rule_id, 'service' as flag_kind, r.unit_id, r.unit_name,
        r.n_opened_four_weeks as value, r.n_expected_four_weeks as expected, null::numeric as act_threshold,
        r.n_opened_four_weeks as n,
        case
            when r.n_expected_four_weeks is null then 'insufficient_data'
            when r.is_asked then 'act'
            else 'ok'
        end as status,
        r.is_asked as is_breached, r.is_asked as is_flagged,
        coalesce(v.owner_role, 'case_manager') as owner_role, r.case_manager_staff_id as owner_staff_id, v.informed_role,
        case
            when coalesce(r.is_gone_quiet, false)
                then r.school_name || ' asked ' || r.unit_name || ' for ' || r.n_opened_four_weeks
                    || ' things in four weeks of school; from its own months before, about ' || round(r.n_expected_four_weeks)
                    || ' were to be expected. It may need nothing, or have given up asking.'
            else r.school_name || ' asked all units together for ' || r.n_opened_four_weeks_by_school
                || ' things in four weeks of school; from its own months before, about ' || round(r.n_expected_four_weeks_by_school)
                || ' were to be expected. It may need nothing, or have given up asking.'
        end as reason_text,
        null::date as since_on, r.data_as_of, {_RULE_COLUMNS}
    from asked as r
    {_RULE}
    where coalesce(v.is_in_force, true)
    order by r.school_key, r.unit_id
"""
_EVIDENCE = (
    "week_start_on", "indicator_id", "value", "act_threshold", "n", "status", "is_breached", "n_breached_of_last_3_weeks",
    "since_on", "data_as_of", "toa_version_id", "expected",
)  # fmt: skip
_WANTED = tuple(f.name for f in fields(Observation) if f.name != "evidence")


def observations(connection: psycopg.Connection[Any], week: date) -> list[Observation]:
    """What a week says of every promise to every school; what compares schools comes with its explanation."""
    rows = [_observation(row) for row in _rows(connection, _SCHOOLS, (week,))]
    compared = [o.school_key for o in rows if o.rule_id == COMPARED and (o.is_flagged or o.is_breached)]
    found = read_comparisons(connection, week, compared)
    return [
        replace(o, evidence={**o.evidence, "comparison": found[o.school_key]})
        if o.rule_id == COMPARED and o.school_key in found
        else o
        for o in rows
    ]


def unit_rows(connection: psycopg.Connection[Any], week: date) -> list[Observation]:
    """What a week says of promises that a unit is held to over all its requests together."""
    return [_observation(row) for row in _rows(connection, _UNITS, (week,))]


def questions(connection: psycopg.Connection[Any], week: date) -> list[Observation]:
    """Schools that asked for less than was expected of them, in the newest week up to ``week`` that tells."""
    return [_observation(row) for row in _rows(connection, _QUESTIONS, (week,))]


def opening_rows(connection: psycopg.Connection[Any], alerts: Iterable[Alert]) -> dict[str, Observation]:
    """By alert, the row of the week it opened in as the marts hold it now; alerts about whole units have none."""
    asked = [(a.key, a.opened_week_on, a.rule_id, a.school_key, a.unit_id) for a in alerts if not a.is_parent]
    if not asked:
        return {}
    rows = _rows(connection, _OPENINGS, tuple(list(column) for column in zip(*asked, strict=True)))
    return {row["alert_key"]: _observation(row) for row in rows}


def _rows(connection: psycopg.Connection[Any], query: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, values).fetchall()


def _observation(row: Mapping[str, Any]) -> Observation:
    told = {name: _plain(row[name]) for name in _WANTED if name in row}
    return Observation(**told, evidence={k: _json(row[k]) for k in _EVIDENCE if k in row})


def _plain(value: Any) -> Any:
    return float(value) if type(value).__name__ == "Decimal" else value


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else _plain(value)
