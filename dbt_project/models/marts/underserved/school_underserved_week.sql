{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['week_start_on', 'school_key'],
        on_schema_change='append_new_columns',
        indexes=[{'columns': ['week_start_on', 'school_key'], 'unique': true}, {'columns': ['changed_at']}],
        pre_hook='{{ join_by_hash() }}',
        post_hook=[
            "{{ forget_what_left(ref('school_underserved_reason_week'), ['week_start_on', 'school_key']) }}",
        ],
    )
}}

-- Two flags, never one score. Compounded: both, at a school of the top quarter of need by the last count before the week's end
-- (by the first count where there was none yet).
with all_reasons as not materialized (

    select * from {{ ref('school_underserved_reason_week') }}

),

partnership_weeks as (

    select * from {{ ref('partnership_week') }}

),

service_weeks as not materialized (

    select * from {{ ref('service_week') }}

),

schools as (

    select * from {{ ref('dim_school') }}

),

weeks as (

    select * from {{ ref('dim_week') }}

),

snapshots as (

    select
        school_key,
        need_quartile,
        case
            when lag(snapshot_on) over (partition by school_key order by snapshot_on) is not null then snapshot_on
        end as valid_from,
        lead(snapshot_on) over (partition by school_key order by snapshot_on) as valid_to
    from {{ ref('school_need_snapshot') }}

),

facts as (

    select
        weeks.week_start_on,
        schools.school_key,
        schools.school_name,
        schools.network_name,
        snapshots.need_quartile,
        partnership_weeks.instructional_days_since_contact::int as instructional_days_since_contact,
        partnership_weeks.log_coverage::numeric(14, 4) as log_coverage
    from weeks
    cross join schools
    left join snapshots
        on
            schools.school_key = snapshots.school_key
            and {{ covers('snapshots.valid_from', 'snapshots.valid_to', 'weeks.shown_on') }}
    left join partnership_weeks
        on schools.school_key = partnership_weeks.school_key and weeks.week_start_on = partnership_weeks.week_start_on

),

{% if is_incremental() %}
    renewed as (

        select
            week_start_on,
            school_key
        from all_reasons
        where changed_at > {{ last_written() }}

        union

        select
            week_start_on,
            school_key
        from service_weeks
        where changed_at > {{ last_written() }}

        union

        select
            facts.week_start_on,
            facts.school_key
        from facts
        inner join {{ this }} as held on facts.week_start_on = held.week_start_on and facts.school_key = held.school_key
        where
            (
                facts.school_name, facts.network_name, facts.need_quartile, facts.instructional_days_since_contact,
                facts.log_coverage
            )
            is distinct from (
                held.school_name, held.network_name, held.need_quartile, held.instructional_days_since_contact, held.log_coverage
            )

    ),
{% endif %}

summed as (

    select
        reasons.week_start_on,
        reasons.school_key,
        bool_or(reasons.is_flagged and reasons.flag_kind = 'partnership') as is_partnership_underserved,
        bool_or(reasons.is_flagged and reasons.flag_kind = 'service') as is_service_underserved,
        count(*) filter (where reasons.is_flagged) as n_reasons,
        string_agg(reasons.reason_text, ' ' order by reasons.flag_kind, reasons.rule_id, reasons.unit_id)
        filter (where reasons.is_flagged) as reasons_text,
        case
            when bool_or(reasons.is_flagged) then 'act'
            when bool_or(reasons.status in ('act', 'watch')) then 'watch'
            when bool_or(reasons.status = 'ok') then 'ok'
            else 'insufficient_data'
        end as status,
        min(reasons.data_as_of) as data_as_of
    from all_reasons as reasons
    {% if is_incremental() %}
        inner join renewed on reasons.week_start_on = renewed.week_start_on and reasons.school_key = renewed.school_key
    {% endif %}
    group by 1, 2

),

backlogs as (

    select
        service_weeks.week_start_on,
        service_weeks.school_key,
        sum(service_weeks.n_open) as n_open_requests
    from service_weeks
    {% if is_incremental() %}
        inner join renewed
            on service_weeks.week_start_on = renewed.week_start_on and service_weeks.school_key = renewed.school_key
    {% endif %}
    group by 1, 2

),

final as (

    select
        summed.week_start_on,
        summed.school_key,
        facts.school_name,
        facts.network_name,
        facts.need_quartile,
        summed.is_partnership_underserved,
        summed.is_service_underserved,
        summed.is_partnership_underserved and summed.is_service_underserved
        and coalesce(facts.need_quartile = 4, false) as is_compounded,
        summed.n_reasons::int as n_reasons,
        coalesce(summed.reasons_text, '') as reasons_text,
        coalesce(backlogs.n_open_requests, 0)::bigint as n_open_requests,
        facts.instructional_days_since_contact,
        facts.log_coverage,
        summed.status,
        summed.data_as_of
    from summed
    inner join facts on summed.week_start_on = facts.week_start_on and summed.school_key = facts.school_key
    left join backlogs on summed.week_start_on = backlogs.week_start_on and summed.school_key = backlogs.school_key

)

{{ rows_to_write(['week_start_on', 'school_key']) }}
