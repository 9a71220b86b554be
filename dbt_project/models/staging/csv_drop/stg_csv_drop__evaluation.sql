-- Grain: one act of a principal's evaluation: who, due when, done when. No rating ever enters.
with evaluations as (

    select * from {{ source('raw_csv_drop', 'evaluation') }}
    where _is_current and not _is_deleted

),

final as (

    select
        evaluation_id,
        _source as source_name,
        principal_staff_id,
        evaluator_staff_id,
        cycle,
        act_type,
        signed_by_office,
        due_on,
        completed_on,
        _load_id
    from evaluations

)

select * from final
