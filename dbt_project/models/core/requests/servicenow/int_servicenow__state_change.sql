{{ config(materialized='view') }}

-- Grain: one change of where a touched incident stands, in the words of both help desks.
with states as (

    select * from {{ ref('int_servicenow__state') }}
    where to_state <> 3

),

holds as (

    select * from {{ ref('int_servicenow__hold') }}

),

final as (

    select
        request_no,
        occurred_at,
        version_no,
        {{ servicenow_status('from_state') }} as from_status,
        {{ servicenow_status('to_state') }} as to_status,
        from_state::text as from_value,
        to_state::text as to_value,
        false as is_creation,
        origin
    from states

    union all

    select
        request_no,
        starts_at,
        version_no,
        from_status,
        status,
        from_state::text,
        '3',
        false,
        origin
    from holds

)

select * from final
