-- Grain: one version of the theory of action, over the days it was in force. Two places tell of versions: the register (why it
-- was changed) and the district file (its promises and limits); `known_to` says which of them knows this one. The district
-- file's days win where both give them, since they decide which promises were in force.
with registered as (

    select distinct on (version_id) * from {{ ref('stg_csv_drop__toa_version') }}
    order by version_id, source_name

),

configured as (

    select * from {{ source('config', 'toa_version') }}

),

joined as (

    select
        coalesce(registered.version_id, configured.version_id) as version_id,
        registered.version_no,
        registered.changed_because_evidence_cycle_id,
        case
            when registered.version_id is null then 'district_file'
            when configured.version_id is null then 'register'
            else 'both'
        end as known_to,
        coalesce(configured.valid_from, registered.effective_from) as valid_from,
        configured.valid_to as told_valid_to
    from registered
    full outer join configured on registered.version_id = configured.version_id

),

final as (

    select
        version_id,
        version_no,
        known_to,
        lag(version_id) over in_order as previous_version_id,
        changed_because_evidence_cycle_id,
        changed_because_evidence_cycle_id is not null as has_reason,
        valid_from,
        least(told_valid_to, lead(valid_from) over in_order) as valid_to
    from joined
    window in_order as (order by valid_from, version_no, version_id)

)

select * from final
