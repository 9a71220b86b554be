{{ config(indexes=[{'columns': ['week_start_on', 'school_key', 'unit_id'], 'unique': true}]) }}

-- Grain: one open school and one unit in one week that is over and had school: what the school asked of the unit in the last
-- four such weeks, and what its own norm, the twelve such weeks before, led to expect. Where the whole district asked the unit
-- for less (before a holiday, after the start of the year), less is expected of the school too; never more than its own norm.
-- Gone quiet: less than half of what was expected, where the norm is large enough for that to be more than chance; the same for
-- all units together. It may mean that the school gave up asking. It is a question for its case manager, not an alert.
-- Known gap: a school with few requests is never asked about for one unit, only for all of them together.
with service_weeks as (

    select * from {{ ref('service_week') }}
    where school_key <> ''

),

school_weeks as (

    select * from {{ ref('dim_week') }}
    where is_complete and n_instructional_days > 0

),

asked as (

    select
        service_weeks.week_start_on,
        service_weeks.school_key,
        service_weeks.unit_id,
        service_weeks.n_opened,
        sum(service_weeks.n_opened) over (
            partition by service_weeks.week_start_on, service_weeks.school_key
        ) as n_opened_by_school
    from service_weeks
    inner join school_weeks on service_weeks.week_start_on = school_weeks.week_start_on

),

summed as (

    select
        *,
        sum(n_opened) over recent_weeks as n_recent,
        sum(n_opened) over norm_weeks as n_norm,
        sum(n_opened_by_school) over recent_weeks as n_recent_by_school,
        sum(n_opened_by_school) over norm_weeks as n_norm_by_school,
        count(*) over norm_weeks as n_norm_weeks
    from asked
    window
        recent_weeks as (
            partition by school_key, unit_id order by week_start_on rows between 3 preceding and current row
        ),
        norm_weeks as (
            partition by school_key, unit_id
            order by week_start_on rows between 15 preceding and 4 preceding
        )

),

-- Only schools that have a norm of their own tell how the district's demand has changed.
district as (

    select
        week_start_on,
        unit_id,
        least(sum(n_recent) * 12.0 / nullif(sum(n_norm) * 4, 0), 1) as unit_change,
        least(sum(n_recent_by_school) * 12.0 / nullif(sum(n_norm_by_school) * 4, 0), 1) as district_change
    from summed
    where n_norm_weeks = 12
    group by 1, 2

),

expected as (

    select
        summed.*,
        case
            when summed.n_norm_weeks = 12
                then round(summed.n_norm * 4.0 / 12 * district.unit_change, 2)
        end as n_expected,
        case
            when summed.n_norm_weeks = 12
                then round(summed.n_norm_by_school * 4.0 / 12 * district.district_change, 2)
        end as n_expected_by_school
    from summed
    left join district on summed.week_start_on = district.week_start_on and summed.unit_id = district.unit_id

),

final as (

    select
        week_start_on,
        school_key,
        unit_id,
        n_recent,
        n_expected,
        n_recent_by_school,
        n_expected_by_school,
        case
            when n_expected is not null
                then n_expected >= {{ var('quiet_min_expected') }} and n_recent < n_expected / 2
        end as is_gone_quiet,
        case
            when n_expected_by_school is not null
                then n_expected_by_school >= {{ var('quiet_min_expected') }} and n_recent_by_school < n_expected_by_school / 2
        end as is_school_gone_quiet
    from expected

)

select * from final
