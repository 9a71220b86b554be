-- Grain: one resource from outside over its interval; the last day is inclusive as told.
with resources as (

    select * from {{ source('raw_csv_drop', 'external_resource') }}
    where _is_current and not _is_deleted

),

final as (

    select
        resource_id,
        _source as source_name,
        hypothesis_id,
        successor_resource_id,
        kind,
        partner_code,
        dimension,
        value,
        starts_on,
        ends_on,
        _load_id
    from resources

)

select * from final
