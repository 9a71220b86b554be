-- Grain: one load of a stream, placed on the district's clock: the newest source clock any load had brought by then. That is how
-- a load that brought nothing, and so no clock of its own, still has its day, and how a replayed year keeps its days.
-- Known gap: loads that fail while nothing else lands are placed at the last moment something did.
with loads as (

    select * from {{ source('ops', 'load') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

placed as (

    select
        loads.*,
        max(loads.source_at) filter (where loads.status = 'done') over (order by loads.load_id) as happened_at
    from loads

),

final as (

    select
        placed.load_id,
        placed.source as source_name,
        placed.stream as stream_name,
        placed.status,
        placed.status in ('done', 'skipped') as is_good,
        placed.n_seen,
        placed.n_new,
        placed.n_changed,
        placed.n_deleted,
        placed.n_quarantined,
        placed.n_told,
        placed.happened_at,
        {{ local_day('placed.happened_at', 'as_of.timezone') }} as happened_on,
        case when placed.status = 'done' then placed.source_at end as source_at
    from placed
    cross join as_of
    where placed.happened_at is not null

)

select * from final
