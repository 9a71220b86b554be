{{ config(indexes=[{'columns': ['step_key'], 'unique': true}, {'columns': ['school_key', 'due_on']}]) }}

-- Grain: one next step that an ILD agreed with a principal and that is still open: what it is the register does not keep, only
-- when it was agreed, when it is due and by when it was to be looked at again. Few are open, so that nobody has to look through
-- all.
with steps as (

    select * from {{ ref('touchpoint_next_step') }}
    where is_open

),

contacts as (

    select * from {{ ref('touchpoint') }}
    where is_by_ild

),

schools as (

    select * from {{ ref('dim_school') }}

),

final as (

    select
        steps.step_key,
        steps.school_key,
        schools.school_name,
        steps.agreed_on,
        coalesce(steps.due_on, steps.agreed_on) as due_on,
        steps.review_before_on,
        steps.service_request_number as request_number
    from steps
    inner join contacts on steps.touchpoint_key = contacts.touchpoint_key
    inner join schools on steps.school_key = schools.school_key

)

select * from final
