-- Grain: one term of one school. `ends_on` is exclusive; the source tells the last day.
with sessions as (

    select * from {{ source('raw_edfi', 'sessions') }}
    where _is_current and not _is_deleted

),

final as (

    select
        school_id::text as school_id,
        _source as source_name,
        school_year::int as school_year,
        session_name,
        {{ descriptor_code('term') }} as term_code,
        n_instructional_days,
        begin_on as starts_on,
        end_on + 1 as ends_on,
        _load_id
    from sessions

)

select * from final
