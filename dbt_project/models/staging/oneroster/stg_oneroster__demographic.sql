with demographics as (

    select * from {{ source('student_oneroster', 'demographics') }}

),

final as (

    select
        sourced_id as student_hash,
        _source as source_name,
        is_low_income,
        is_english_learner,
        has_disability,
        is_chronically_absent,
        _load_id
    from demographics

)

select * from final
