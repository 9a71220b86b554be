-- Grain: one service unit: how far the help desks that hold its requests have told, and after which instant they count as
-- late. A unit with groups on two desks knows no more than the one that is behind. A unit nobody has put on a desk is judged
-- by all desks.
with units as (

    select * from {{ ref('dim_service_unit') }}

),

unit_groups as (

    select * from {{ source('config', 'unit_group') }}

),

groups as (

    select
        source_name,
        group_name
    from {{ ref('stg_servicenow__group') }}

    union all

    select
        source_name,
        group_name
    from {{ ref('stg_zendesk__group') }}

),

-- The stream that brings the requests themselves; the newest of a desk's streams would hide that it stands still.
desks as (

    select
        source_name,
        source_at,
        source_at + greatest(expected_every_minutes, 2 * 1440) * interval '1 minute' as late_after
    from {{ ref('dim_stream') }}
    where (system_name, stream_name) in (('servicenow', 'incident'), ('zendesk', 'tickets'))

),

unit_desks as (

    select distinct
        unit_groups.unit_id,
        groups.source_name
    from unit_groups
    inner join groups on unit_groups.group_name = groups.group_name

),

final as (

    select
        units.unit_id,
        min(desks.source_at) as source_at,
        min(desks.late_after) as late_after
    from units
    left join desks
        on
            exists (
                select 1 from unit_desks
                where unit_desks.unit_id = units.unit_id and unit_desks.source_name = desks.source_name
            )
            or not exists (select 1 from unit_desks where unit_desks.unit_id = units.unit_id)
    group by 1

)

select * from final
