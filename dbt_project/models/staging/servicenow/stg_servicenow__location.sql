with locations as (

    select * from {{ source('raw_servicenow', 'cmn_location') }}
    where _is_current and not _is_deleted

),

final as (

    select
        _source || ':' || sys_id as location_key,
        _source as source_name,
        sys_id as location_id,
        _source || ':' || parent as parent_key,
        name as location_name,
        school_code,
        _load_id
    from locations

)

select * from final
