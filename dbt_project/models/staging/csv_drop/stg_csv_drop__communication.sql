-- Grain: one message about the theory of action; its text never enters.
with communications as (

    select * from {{ source('raw_csv_drop', 'communication') }}
    where _is_current and not _is_deleted

),

final as (

    select
        communication_id,
        _source as source_name,
        version_id,
        channel,
        audiences,
        stakeholder_ids,
        is_two_way,
        is_plain_language,
        names_learning_link,
        sent_on,
        responded_on,
        _load_id
    from communications

)

select * from final
