-- Grain: one row, how far the contact log can be trusted to reach. Days the log cannot know yet are held against nobody.
with as_of as (

    select * from {{ ref('dim_as_of') }}

),

streams as (

    select * from {{ ref('dim_stream') }}
    where stream_name = 'touchpoint'

),

final as (

    select
        max(streams.source_at) as log_as_of_at,
        {{ local_day("max(streams.source_at) + interval '7 hours'", 'as_of.timezone') }} as known_before_on
    from as_of
    left join streams on true
    group by as_of.timezone

)

select * from final
