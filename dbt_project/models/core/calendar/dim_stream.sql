-- Grain: one stream of one source. `source_at` is "now" for what the stream brought: the source's clock, never ours.
with loads as (

    select * from {{ source('ops', 'load') }}
    where status = 'done' and source_at is not null

),

sources as (

    select * from {{ source('config', 'source') }}

),

final as (

    select
        loads.source as source_name,
        loads.stream as stream_name,
        loads.system as system_name,
        sources.expected_every_minutes,
        min(loads.source_at) as first_source_at,
        max(loads.source_at) as source_at,
        max(loads.load_id) as last_load_id
    from loads
    left join sources on loads.source = sources.name
    group by 1, 2, 3, 4

)

select * from final
