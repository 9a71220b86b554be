-- Grain: one member of staff, by HR number, without a name. `is_employed` as of the newest HR load; null where HR does not know
-- the person.
with hr_assignments as (

    select * from {{ ref('int_hr_assignment_interval') }}

),

positions as (

    select * from {{ ref('stg_csv_drop__hr_position') }}
    where staff_id is not null

),

sis_users as (

    select * from {{ ref('stg_oneroster__user') }}
    where staff_id is not null

),

edfi_staffs as (

    select * from {{ ref('stg_edfi__staff') }}

),

helpdesk_users as (

    select * from {{ ref('stg_servicenow__user') }}
    where staff_id is not null

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

hr_known as (

    select
        hr_assignments.staff_id,
        {{ covers('hr_assignments.valid_from', 'hr_assignments.valid_to', 'as_of.as_of_on') }} as is_employed
    from hr_assignments
    cross join as_of

    union all

    select
        staff_id,
        seen_to is null
    from positions

),

everybody as (

    select
        staff_id,
        bool_or(is_employed) as is_employed,
        true as is_in_hr
    from hr_known
    group by 1

    union all

    select
        staff_id,
        null,
        false
    from sis_users

    union all

    select
        staff_id,
        null,
        false
    from edfi_staffs

    union all

    select
        staff_id,
        null,
        false
    from helpdesk_users

),

final as (

    select
        staff_id,
        bool_or(is_in_hr) as is_in_hr,
        bool_or(is_employed) as is_employed
    from everybody
    group by 1

)

select * from final
