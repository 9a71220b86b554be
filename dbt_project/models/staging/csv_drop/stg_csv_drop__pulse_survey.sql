-- Grain: one unit in one pulse survey, as counts; single answers never enter.
with surveys as (

    select * from {{ source('raw_csv_drop', 'pulse_survey') }}
    where _is_current and not _is_deleted

),

final as (

    select
        survey_id,
        unit_id,
        _source as source_name,
        n_responses,
        n_agree,
        n_invited,
        closed_on,
        _load_id
    from surveys

)

select * from final
