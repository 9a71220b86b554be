{{ config(indexes=[{'columns': ['school_key', 'sent_on']}, {'columns': ['unit_id', 'sent_on']}]) }}

-- Grain: one ask of the central office at one school it went to. An empty list of schools means every school open that day.
-- Notice is counted in working days of a school: Monday to Friday without the days without school, the day of sending left out.
-- An ask nobody has to answer is no burden (`is_imposed` false); one that does not say counts as one that has to be answered.
-- Known gap: a school code we do not know drops that school from the ask, not the ask.
with asks as (

    select * from {{ ref('stg_csv_drop__central_ask') }}

),

schools as (

    select * from {{ ref('dim_school') }}

),

org_aliases as (

    select distinct on (alias, org_type) * from {{ ref('dim_org_alias') }}
    where alias_kind in ('code', 'hr_code')
    order by alias, org_type, alias_kind

),

calendar as (

    select * from {{ ref('dim_calendar_day') }}

),

noticed as (

    select
        asks.*,
        coalesce(cardinality(asks.school_ids), 0) = 0 as is_to_every_school,
        notice.n_days as notice_working_days,
        -- The calendar ends two weeks from now: an ask due after that has at least the days counted, and is not short.
        coalesce(
            notice.n_days < {{ var('short_notice_days') }} and asks.due_on <= (select max(calendar.day) from calendar), false
        ) as is_short_notice
    from asks
    left join lateral (
        select count(*) as n_days
        from calendar
        where
            calendar.day > asks.sent_on
            and calendar.day <= asks.due_on
            and calendar.iso_weekday <= 5
            and not calendar.is_no_school_day
    ) as notice on asks.due_on is not null

),

named_schools as (

    select distinct
        noticed.source_name,
        noticed.ask_id,
        org_aliases.org_key as school_key
    from noticed
    cross join lateral unnest(noticed.school_ids) as asked (school_id)
    inner join org_aliases
        on {{ normalised_code('asked.school_id') }} = org_aliases.alias and org_aliases.org_type = 'school'

),

asked as (

    select
        noticed.source_name,
        noticed.ask_id,
        schools.school_key
    from noticed
    inner join schools on coalesce(schools.closed_on, 'infinity'::date) > noticed.sent_on
    where noticed.is_to_every_school

    union all

    select
        source_name,
        ask_id,
        school_key
    from named_schools

),

final as (

    select
        noticed.source_name || ':' || noticed.ask_id as ask_key,
        asked.school_key,
        coalesce(units.org_key, noticed.unit_id) as unit_id,
        noticed.kind,
        coalesce(noticed.is_mandatory, true) as is_imposed,
        noticed.is_routed_via_ild,
        noticed.is_to_every_school,
        noticed.is_short_notice,
        noticed.notice_working_days,
        noticed.estimated_minutes,
        noticed.sent_on,
        noticed.due_on,
        noticed._load_id
    from asked
    inner join noticed on asked.source_name = noticed.source_name and asked.ask_id = noticed.ask_id
    left join org_aliases as units
        on {{ normalised_code('noticed.unit_id') }} = units.alias and units.org_type = 'unit'

)

select * from final
