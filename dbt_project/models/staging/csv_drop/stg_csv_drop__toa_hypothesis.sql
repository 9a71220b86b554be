-- Grain: one if-then link in one version; a link that lives on has a row in each version.
with hypotheses as (

    select * from {{ source('raw_csv_drop', 'toa_hypothesis') }}
    where _is_current and not _is_deleted

),

final as (

    select
        hypothesis_id,
        version_id,
        _source as source_name,
        indicator_id,
        owner_staff_id,
        dimension,
        if_text,
        then_text,
        _load_id
    from hypotheses

)

select * from final
