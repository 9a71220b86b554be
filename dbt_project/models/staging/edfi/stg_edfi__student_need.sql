-- Grain: one student. Needs are told at the school, at the district or at both: told once is told.
with needs as (

    select * from {{ source('student_edfi', 'student_education_organization_associations') }}

),

final as (

    select
        student as student_hash,
        _source as source_name,
        bool_or(is_low_income) as is_low_income,
        bool_or(is_english_learner) as is_english_learner,
        bool_or(has_disability) as has_disability,
        max(_load_id) as _load_id
    from needs
    group by 1, 2

)

select * from final
