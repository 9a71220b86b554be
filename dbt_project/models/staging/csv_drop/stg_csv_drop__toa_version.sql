-- Grain: one version of the theory of action. Its promises and thresholds stand in the district file under the same name.
with versions as (

    select * from {{ source('raw_csv_drop', 'toa_version') }}
    where _is_current and not _is_deleted

),

final as (

    select
        version_id,
        _source as source_name,
        changed_because_evidence_cycle_id,
        version_no,
        effective_from,
        _load_id
    from versions

)

select * from final
