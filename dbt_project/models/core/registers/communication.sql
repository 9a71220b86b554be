-- Grain: one message about the theory of action. It closed the loop when it gathered questions and the answers went back.
with final as (

    select
        source_name || ':' || communication_id as communication_key,
        version_id,
        channel,
        coalesce(stakeholder_ids, '{}') as stakeholder_ids,
        coalesce(is_two_way, false) as is_two_way,
        coalesce(is_two_way, false) and responded_on is not null as is_answered,
        coalesce(is_plain_language, false) as is_plain_language,
        coalesce(names_learning_link, false) as names_learning_link,
        sent_on,
        responded_on,
        _load_id
    from {{ ref('stg_csv_drop__communication') }}

)

select * from final
