-- Grain: one stay of one student at one school. `ends_on` is exclusive, whether the ODS tells the last day or the day after.
-- A student who left on the day of entry never came.
with stays as (

    select * from {{ source('student_edfi', 'student_school_associations') }}

),

rules as (

    select
        source_name,
        value
    from {{ source('config', 'source_option') }}
    where option_name = 'exit_day'

),

final as (

    select
        stays.student as student_hash,
        stays._source as source_name,
        stays.school_id::text as school_id,
        stays.calendar_code,
        stays.entry_on as begins_on,
        case when rules.value = 'day_after' then stays.exit_on else stays.exit_on + 1 end as ends_on,
        stays._seen_from as seen_from,
        stays._load_id
    from stays
    left join rules on stays._source = rules.source_name
    where stays.exit_on is null or stays.exit_on > stays.entry_on

)

select * from final
