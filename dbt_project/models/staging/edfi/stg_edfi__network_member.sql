-- Grain: one organisation's place in one network. `ends_on` is exclusive; the source tells the last day.
with members as (

    select * from {{ source('raw_edfi', 'network_associations') }}
    where _is_current and not _is_deleted

),

networks as (

    select * from {{ source('raw_edfi', 'education_organization_networks') }}
    where _is_current and not _is_deleted

),

final as (

    select
        members.member_education_organization_id::text as org_id,
        members._source as source_name,
        members.education_organization_network_id::text as network_id,
        networks.name as network_name,
        members.begin_on as starts_on,
        members.end_on + 1 as ends_on,
        members._load_id
    from members
    inner join networks
        on
            members.education_organization_network_id = networks.education_organization_network_id
            and members._source = networks._source

)

select * from final
