-- Grain: one school in one month: its quarter of need, by the last snapshot before the month ended, or by the first there is.
-- `quartiles_digest` is the same for all schools of a month and tells when any of them has changed.
with months as (

    select * from {{ ref('dim_period') }}
    where period_type = 'month'

),

snapshots as (

    select * from {{ ref('school_need_snapshot') }}
    where need_quartile is not null

),

chosen as (

    select distinct on (months.period_start_on, snapshots.school_key)
        months.period_start_on,
        snapshots.school_key,
        snapshots.need_quartile
    from months
    cross join snapshots
    order by
        months.period_start_on asc,
        snapshots.school_key asc,
        snapshots.snapshot_on < months.period_end_on desc,
        case when snapshots.snapshot_on < months.period_end_on then snapshots.snapshot_on end desc,
        snapshots.snapshot_on asc

),

final as (

    select
        period_start_on,
        school_key,
        need_quartile,
        md5(
            string_agg(concat_ws(' ', school_key, need_quartile), '|') over (
                partition by period_start_on order by school_key rows between unbounded preceding and unbounded following
            )
        ) as quartiles_digest
    from chosen

)

select * from final
