-- Grain: one term (or a year without terms), of every school of a OneRoster source or of one school of an Ed-Fi one.
with sessions as (

    select * from {{ ref('stg_oneroster__academic_session') }}

),

school_sessions as (

    select * from {{ ref('stg_edfi__session') }}

),

identities as (

    select * from {{ ref('int_school_identity') }}

),

-- Years without terms fall back on the year itself.
terms as (

    select
        source_name,
        session_id as term_id,
        school_year,
        starts_on,
        ends_on
    from sessions
    where session_type in ('term', 'semester')

    union all

    select
        years.source_name,
        years.session_id,
        years.school_year,
        years.starts_on,
        years.ends_on
    from sessions as years
    where
        years.session_type = 'schoolYear'
        and not exists (
            select 1 from sessions as parts
            where
                parts.session_type in ('term', 'semester')
                and parts.source_name = years.source_name
                and parts.starts_on < years.ends_on and years.starts_on < parts.ends_on
        )

),

final as (

    select
        source_name,
        null::text as school_key,
        term_id,
        school_year::int as school_year,
        starts_on,
        ends_on
    from terms

    union all

    select
        school_sessions.source_name,
        identities.school_key,
        school_sessions.school_year::text || ':' || school_sessions.session_name,
        school_sessions.school_year,
        school_sessions.starts_on,
        school_sessions.ends_on
    from school_sessions
    inner join identities
        on
            school_sessions.source_name = identities.source_name
            and school_sessions.school_id = identities.source_school_id
            and identities.system_name = 'edfi'

)

select * from final
