-- Grain: one resource from outside, over the days it is there (the register's last day included, so valid_to is the day after).
-- A successor counts when the register has it too.
with resources as (

    select * from {{ ref('stg_csv_drop__external_resource') }}

),

final as (

    select
        resources.source_name || ':' || resources.resource_id as resource_key,
        resources.kind,
        resources.partner_code,
        upper(btrim(resources.dimension)) as dimension,
        resources.hypothesis_id,
        resources.hypothesis_id is not null as has_hypothesis,
        successors.resource_id is not null as has_successor,
        resources.value,
        resources.starts_on as valid_from,
        resources.ends_on + 1 as valid_to,
        resources._load_id
    from resources
    left join resources as successors
        on
            resources.source_name = successors.source_name
            and resources.successor_resource_id = successors.resource_id
            and resources.resource_id <> successors.resource_id

)

select * from final
