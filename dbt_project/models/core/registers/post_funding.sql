-- Grain: one post of an ILD or a case manager, over the days it is paid for (the last day told included, so valid_to is the day
-- after; null is without end).
with final as (

    select
        source_name || ':' || post_id as post_key,
        lower(btrim(role)) as role,
        unit_id,
        fte::numeric as fte,
        funded_from as valid_from,
        funded_until + 1 as valid_to,
        _load_id
    from {{ ref('stg_csv_drop__post_funding') }}

)

select * from final
