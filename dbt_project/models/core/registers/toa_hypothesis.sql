-- Grain: one if-then link in one version of the theory of action. Testable = an indicator of the catalogue would show it, and
-- somebody looks after it. An indicator nobody measures shows nothing, so its name alone is not enough.
with hypotheses as (

    select * from {{ ref('stg_csv_drop__toa_hypothesis') }}

),

indicators as (

    select * from {{ ref('dim_indicator') }}

),

final as (

    select
        hypotheses.version_id || '/' || hypotheses.hypothesis_id as hypothesis_key,
        hypotheses.hypothesis_id,
        hypotheses.version_id,
        indicators.indicator_id,
        hypotheses.owner_staff_id,
        upper(btrim(hypotheses.dimension)) as dimension,
        hypotheses.if_text,
        hypotheses.then_text,
        indicators.indicator_id is not null as has_indicator,
        hypotheses.owner_staff_id is not null as has_owner,
        hypotheses._load_id
    from hypotheses
    left join indicators on upper(btrim(hypotheses.indicator_id)) = indicators.indicator_id

)

select * from final
