-- Grain: one help desk that has ever shown a first response: a source that never shows one cannot be blamed for late ones.
-- depends_on: {{ ref('int_request_clock') }}
with source_clocks as (

    select * from {{ ref('int_helpdesk_clock') }}

),

final as (

    select source_clocks.source_name
    from source_clocks
    where
        exists (
            select 1 from {{ ref('int_request_clock') }} as clocks
            where clocks.source_name = source_clocks.source_name and clocks.first_response_at is not null
        )

)

select * from final
