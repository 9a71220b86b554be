-- Grain: one step agreed at a contact. The register keeps codes and dates, never what the step says.
with steps as (

    select * from {{ source('raw_csv_drop', 'touchpoint_next_step') }}
    where _is_current and not _is_deleted

),

final as (

    select
        step_id,
        _source as source_name,
        touchpoint_id,
        status,
        service_request_number,
        due_on,
        reviewed_on,
        _load_id
    from steps

)

select * from final
