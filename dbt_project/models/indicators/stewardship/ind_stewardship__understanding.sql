-- Each unit, and the district from all answers together. `coverage` is the share of those asked who answered.
with half_years as (

    {{ register_periods(['pulse_survey'], 'half_year') }}

),

surveys as (

    select * from {{ ref('pulse_survey') }}

),

answers as (

    select
        half_years.district_id,
        half_years.period_start_on,
        half_years.data_as_of,
        surveys.unit_id,
        surveys.n_agree,
        surveys.n_responses,
        surveys.n_invited,
        surveys.minimum_group_size
    from half_years
    inner join surveys
        on surveys.closed_on >= half_years.period_start_on and surveys.closed_on < half_years.evaluated_before_on

),

scoped as (

    select
        'unit' as scope_type,
        answers.unit_id as scope_id,
        answers.*
    from answers

    union all

    select
        'district',
        answers.district_id,
        answers.*
    from answers

),

summed as (

    select
        scope_type,
        scope_id,
        period_start_on,
        sum(n_agree) as n_agree,
        sum(n_responses) as n_responses,
        sum(n_responses) filter (where n_invited is not null)::numeric / nullif(sum(n_invited), 0) as response_share,
        sum(n_responses) >= max(minimum_group_size) as is_large_enough,
        min(data_as_of) as data_as_of
    from scoped
    group by 1, 2, 3

),

measured as (

    select
        scope_type,
        scope_id,
        period_start_on,
        case when is_large_enough then n_agree end as numerator,
        n_responses as denominator,
        case when is_large_enough then n_agree::numeric / nullif(n_responses, 0) end as value,
        n_responses as n,
        response_share as coverage,
        data_as_of
    from summed

),

final as (

    {{ indicator_rows('D4.5', 'measured.scope_type') }}

)

select * from final
