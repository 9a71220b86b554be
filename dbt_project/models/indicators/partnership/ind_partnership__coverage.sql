-- The district and each ILD: principals whose last substantive contact lies within the limit of D1.4, among those the log tells
-- enough about. `coverage` is the share of principals it does.
with gaps as (

    select * from {{ ref('ind_partnership__contact_gap') }}

),

school_weeks as (

    select * from {{ ref('partnership_week') }}

),

scoped as (

    select
        'district' as scope_type,
        as_of.district_id as scope_id,
        gaps.period_start_on,
        gaps.status,
        gaps.data_as_of
    from gaps
    cross join {{ ref('dim_as_of') }} as as_of

    union all

    select
        'ild',
        school_weeks.ild_staff_id,
        gaps.period_start_on,
        gaps.status,
        gaps.data_as_of
    from gaps
    inner join school_weeks on gaps.scope_id = school_weeks.school_key and gaps.period_start_on = school_weeks.week_start_on
    where school_weeks.ild_staff_id is not null

),

measured as (

    select
        scope_type,
        scope_id,
        period_start_on,
        count(*) filter (where status = 'ok') as numerator,
        count(*) filter (where status <> 'insufficient_data') as denominator,
        count(*) filter (where status = 'ok')::numeric
        / nullif(count(*) filter (where status <> 'insufficient_data'), 0) as value,
        count(*) filter (where status <> 'insufficient_data') as n,
        count(*) filter (where status <> 'insufficient_data')::numeric / count(*) as coverage,
        min(data_as_of) as data_as_of
    from scoped
    group by 1, 2, 3

),

final as (

    {{ indicator_rows('D1.7', 'measured.scope_type') }}

)

select * from final
