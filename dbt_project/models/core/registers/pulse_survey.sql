-- Grain: one unit in one pulse survey, as counts. Answers of fewer people than the district's smallest group are never shown as a
-- share, since they would tell what single people said.
with final as (

    select
        surveys.source_name || ':' || surveys.survey_id || '/' || surveys.unit_id as survey_key,
        surveys.unit_id,
        surveys.n_responses,
        surveys.n_agree,
        surveys.n_invited,
        district.minimum_group_size,
        surveys.closed_on,
        surveys._load_id
    from {{ ref('stg_csv_drop__pulse_survey') }} as surveys
    cross join {{ source('config', 'district') }} as district

)

select * from final
