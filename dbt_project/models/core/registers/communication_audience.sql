-- Grain: one message and one audience it went to.
with final as (

    select distinct
        messages.source_name || ':' || messages.communication_id as communication_key,
        lower(btrim(told.audience)) as audience,
        coalesce(messages.is_two_way, false) as is_two_way,
        messages.sent_on
    from {{ ref('stg_csv_drop__communication') }} as messages
    cross join unnest(messages.audiences) as told (audience)

)

select * from final
