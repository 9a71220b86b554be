-- Grain: one review of the theory of action, planned, held or both.
with final as (

    select
        source_name || ':' || review_id as review_key,
        version_id,
        planned_on,
        held_on,
        _load_id
    from {{ ref('stg_csv_drop__toa_review') }}

)

select * from final
