{{ config(indexes=[{'columns': ['load_id'], 'unique': true}]) }}

-- Grain: one load whose effects the core does not hold yet. Told by set difference, never by the highest id: streams land side by
-- side, so ids become visible out of order, and a load may come late.
{%- set taken_load = left_by_last_build('taken_load') %}
with loads as (

    select * from {{ source('ops', 'load') }}

),

final as (

    select
        load_id,
        source as source_name,
        stream as stream_name
    from loads
    {%- if taken_load %}
        where not exists (select 1 from {{ taken_load }} as taken where taken.load_id = loads.load_id)
    {%- endif %}

)

select * from final
