-- The first post to lose its money would say too little, the mean too much; so the months until more than a tenth of the FTE has.
-- Posts without an end, and those paid for longer, count as five years: nobody can promise more.
with quarters as (

    {{ register_periods(['post_funding'], 'quarter') }}

),

posts as (

    select * from {{ ref('post_funding') }}

),

funded as (

    select
        quarters.period_start_on,
        quarters.evaluated_before_on,
        posts.post_key,
        posts.fte,
        posts.valid_to,
        sum(posts.fte) over (partition by quarters.period_start_on order by posts.valid_to) as fte_ended,
        sum(posts.fte) over (partition by quarters.period_start_on) as fte_funded
    from quarters
    inner join posts on {{ covers('posts.valid_from', 'posts.valid_to', 'quarters.evaluated_before_on - 1') }}

),

ends as (

    select
        period_start_on,
        count(*) as n_posts,
        max(fte_funded) as fte_funded,
        age(
            least(
                min(valid_to) filter (where fte_ended > {{ var('unfunded_share') }} * fte_funded),
                (evaluated_before_on + interval '5 years')::date
            )::timestamp,
            evaluated_before_on::timestamp
        ) as runway
    from funded
    group by period_start_on, evaluated_before_on

),

measured as (

    select
        quarters.district_id as scope_id,
        quarters.period_start_on,
        round(
            extract(year from ends.runway) * 12 + extract(month from ends.runway) + extract(day from ends.runway) / 30, 1
        ) as numerator,
        null::numeric as denominator,
        round(
            extract(year from ends.runway) * 12 + extract(month from ends.runway) + extract(day from ends.runway) / 30, 1
        ) as value,
        ends.n_posts as n,
        quarters.coverage,
        quarters.data_as_of
    from quarters
    left join ends on quarters.period_start_on = ends.period_start_on

),

final as (

    {{ indicator_rows('R4.4', 'district') }}

)

select * from final
