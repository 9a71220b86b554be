-- Reviews whose planned day is over. One held late was held; one held without having been planned is not counted here.
with years as (

    {{ register_periods(['toa_review'], 'year') }}

),

reviews as (

    select * from {{ ref('toa_review') }}

),

measured as (

    select
        years.district_id as scope_id,
        years.period_start_on,
        count(*) filter (where reviews.held_on < years.evaluated_before_on) as numerator,
        count(reviews.review_key) as denominator,
        count(*) filter (where reviews.held_on < years.evaluated_before_on)::numeric
        / nullif(count(reviews.review_key), 0) as value,
        count(reviews.review_key) as n,
        years.coverage,
        years.data_as_of
    from years
    left join reviews
        on reviews.planned_on >= years.period_start_on and reviews.planned_on < years.evaluated_before_on
    group by years.district_id, years.period_start_on, years.coverage, years.data_as_of

),

final as (

    {{ indicator_rows('R2.3', 'district') }}

)

select * from final
