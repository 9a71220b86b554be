-- Grain: one help desk: how far what it tells of requests reaches, by its own clock.
with streams as (

    select * from {{ ref('dim_stream') }}

),

final as (

    select
        source_name,
        max(source_at) as source_at
    from streams
    where stream_name in ('incident', 'sys_audit', 'sys_audit_journal', 'tickets', 'ticket_events')
    group by 1

)

select * from final
