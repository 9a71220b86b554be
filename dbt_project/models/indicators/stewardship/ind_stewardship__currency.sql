-- A theory of action that was never reviewed is as old as its first version.
with reviews as (

    select * from {{ ref('toa_review') }}

),

versions as (

    select * from {{ ref('toa_version') }}

),

months as (

    {{ register_periods(['toa_review'], 'month') }}

),

last_reviews as (

    select
        months.period_start_on,
        count(reviews.held_on) as n_held,
        coalesce(
            max(reviews.held_on),
            (select min(versions.valid_from) from versions where versions.valid_from < months.evaluated_before_on)
        ) as reviewed_on
    from months
    left join reviews on reviews.held_on < months.evaluated_before_on
    group by months.period_start_on, months.evaluated_before_on

),

measured as (

    select
        months.district_id as scope_id,
        months.period_start_on,
        months.evaluated_before_on - 1 - last_reviews.reviewed_on as numerator,
        null::numeric as denominator,
        months.evaluated_before_on - 1 - last_reviews.reviewed_on as value,
        last_reviews.n_held as n,
        months.coverage,
        months.data_as_of
    from months
    inner join last_reviews on months.period_start_on = last_reviews.period_start_on

),

final as (

    {{ indicator_rows('D4.1', 'district') }}

)

select * from final
