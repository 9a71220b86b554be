-- Grain: one team of a help desk, with the unit that the district file gives it; null where it gives it to none.
with groups as (

    select
        group_key,
        source_name,
        group_name
    from {{ ref('stg_servicenow__group') }}

    union all

    select
        group_key,
        source_name,
        group_name
    from {{ ref('stg_zendesk__group') }}

),

unit_groups as (

    select * from {{ source('config', 'unit_group') }}

),

final as (

    select
        groups.group_key,
        groups.source_name,
        groups.group_name,
        unit_groups.unit_id
    from groups
    left join unit_groups on groups.group_name = unit_groups.group_name

)

select * from final
