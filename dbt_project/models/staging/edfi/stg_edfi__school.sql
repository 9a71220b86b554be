-- Grain: one school as one ODS shows it. Closed and deleted schools stay, with the day they closed: earlier weeks need them.
with schools as (

    select * from {{ source('raw_edfi', 'schools') }}
    where _is_current

),

final as (

    select
        school_id::text as school_id,
        _source as source_name,
        api_year,
        local_education_agency_id::text as local_education_agency_id,
        nullif(school_code, '') as school_code,
        nullif(state_id, '') as state_id,
        name as school_name,
        case {{ descriptor_code('school_categories[1]') }}
            when 'elementary school' then 'elementary'
            when 'middle school' then 'middle'
            when 'junior high school' then 'middle'
            when 'high school' then 'high'
        end as school_level,
        _is_deleted or coalesce({{ descriptor_code('operational_status') }} in ('closed', 'inactive'), false) as is_closed,
        case
            when _is_deleted or {{ descriptor_code('operational_status') }} in ('closed', 'inactive') then _seen_from
        end as closed_at,
        _seen_from as seen_from,
        _load_id
    from schools

)

select * from final
