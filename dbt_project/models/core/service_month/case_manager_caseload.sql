{{ config(indexes=[{'columns': ['week_start_on', 'staff_id', 'unit_id'], 'unique': true}]) }}

-- Grain: one case manager of one unit in one week in which they had a school: the open schools they were the primary case manager
-- of when the week was judged, and the requests those schools then had open with the unit.
with assignments as (

    select * from {{ ref('case_manager_assignment') }}
    where school_key is not null and is_primary

),

schools as (

    select * from {{ ref('dim_school') }}

),

weeks as (

    select * from {{ ref('dim_week') }}

),

service_weeks as (

    select * from {{ ref('service_week') }}

),

register as (

    select max(source_at) as source_at from {{ ref('dim_stream') }}
    where stream_name = 'case_manager'

),

held as (

    {{ schools_held() }}

),

final as (

    select
        held.week_start_on,
        held.staff_id,
        held.unit_id,
        count(*) as n_schools,
        coalesce(sum(service_weeks.n_open), 0)::bigint as n_open_requests,
        coalesce(max(service_weeks.n_open), 0)::bigint as n_open_requests_of_busiest_school,
        least(held.evaluated_at, register.source_at) as data_as_of
    from held
    cross join register
    left join service_weeks
        on
            held.week_start_on = service_weeks.week_start_on
            and held.school_key = service_weeks.school_key
            and held.unit_id = service_weeks.unit_id
    group by held.week_start_on, held.staff_id, held.unit_id, held.evaluated_at, register.source_at

)

select * from final
