{{ config(indexes=[{'columns': ['week_start_on', 'school_key'], 'unique': true}]) }}

-- Two flags, never one score. Compounded: both, at a school of the top quarter of need.
with reasons as (

    select * from {{ ref('school_underserved_reason_week') }}

),

partnership_weeks as (

    select * from {{ ref('partnership_week') }}

),

service_weeks as (

    select
        week_start_on,
        school_key,
        sum(n_open) as n_open_requests
    from {{ ref('service_week') }}
    group by 1, 2

),

schools as (

    select * from {{ ref('dim_school') }}

),

needs as (

    select distinct on (school_key)
        school_key,
        need_quartile
    from {{ ref('school_need_snapshot') }}
    order by school_key, snapshot_on desc

),

summed as (

    select
        week_start_on,
        school_key,
        bool_or(is_flagged and flag_kind = 'partnership') as is_partnership_underserved,
        bool_or(is_flagged and flag_kind = 'service') as is_service_underserved,
        count(*) filter (where is_flagged) as n_reasons,
        string_agg(reason_text, ' ' order by flag_kind, rule_id, unit_id) filter (where is_flagged) as reasons_text,
        case
            when bool_or(is_flagged) then 'act'
            when bool_or(status in ('act', 'watch')) then 'watch'
            when bool_or(status = 'ok') then 'ok'
            else 'insufficient_data'
        end as status,
        min(data_as_of) as data_as_of
    from reasons
    group by 1, 2

),

final as (

    select
        summed.week_start_on,
        summed.school_key,
        schools.school_name,
        schools.network_name,
        needs.need_quartile,
        summed.is_partnership_underserved,
        summed.is_service_underserved,
        summed.is_partnership_underserved and summed.is_service_underserved
        and coalesce(needs.need_quartile = 4, false) as is_compounded,
        summed.n_reasons::int as n_reasons,
        coalesce(summed.reasons_text, '') as reasons_text,
        coalesce(service_weeks.n_open_requests, 0)::bigint as n_open_requests,
        partnership_weeks.instructional_days_since_contact::int as instructional_days_since_contact,
        partnership_weeks.log_coverage,
        summed.status,
        summed.data_as_of
    from summed
    inner join schools on summed.school_key = schools.school_key
    left join needs on summed.school_key = needs.school_key
    left join partnership_weeks
        on summed.school_key = partnership_weeks.school_key and summed.week_start_on = partnership_weeks.week_start_on
    left join service_weeks
        on summed.school_key = service_weeks.school_key and summed.week_start_on = service_weeks.week_start_on

)

select * from final
