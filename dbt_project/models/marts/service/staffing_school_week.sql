{{ config(indexes=[{'columns': ['week_start_on', 'school_key'], 'unique': true}]) }}

with staffing as (

    select * from {{ ref('staffing_week') }}

),

schools as (

    select * from {{ ref('dim_school') }}

),

statuses as (

    select * from {{ ref('ind_service__staffing') }}

),

snapshots as (

    select * from {{ ref('school_need_snapshot') }}

),

-- The last snapshot by the end of the week; before the first one, the first.
need as (

    select distinct on (staffing.week_start_on, snapshots.school_key)
        staffing.week_start_on,
        snapshots.school_key,
        snapshots.need_quartile
    from (select distinct week_start_on from staffing) as staffing
    cross join snapshots
    order by
        staffing.week_start_on asc,
        snapshots.school_key asc,
        snapshots.snapshot_on < staffing.week_start_on + 7 desc,
        case when snapshots.snapshot_on < staffing.week_start_on + 7 then snapshots.snapshot_on end desc,
        snapshots.snapshot_on asc

),

final as (

    select
        staffing.week_start_on,
        staffing.school_key,
        schools.school_name,
        need.need_quartile::int as need_quartile,
        staffing.n_staff::int as n_staff,
        staffing.n_vacancy_days::int as n_vacancy_days,
        staffing.n_substitutes_requested::int as n_substitutes_requested,
        staffing.n_substitutes_filled::int as n_substitutes_filled,
        statuses.value as substitute_fill_share,
        coalesce(statuses.status, 'insufficient_data') as status,
        staffing.data_as_of
    from staffing
    inner join schools on staffing.school_key = schools.school_key
    left join statuses on staffing.week_start_on = statuses.period_start_on and staffing.school_key = statuses.scope_id
    left join need on staffing.week_start_on = need.week_start_on and staffing.school_key = need.school_key

)

select * from final
