{{ config(indexes=[{'columns': ['week_start_on', 'school_key'], 'unique': true}]) }}

-- Grain: one school in one week, while it is open, from the first ask that the register holds: what the central office asked
-- of its principal in the four weeks up to then. No rows where no such register was ever delivered.
with weeks as (

    select * from {{ ref('dim_week') }}

),

schools as (

    select * from {{ ref('dim_school') }}

),

asks as (

    select * from {{ ref('central_ask') }}
    where is_imposed

),

streams as (

    select max(source_at) as source_at
    from {{ ref('dim_stream') }}
    where stream_name = 'central_ask'

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

school_weeks as (

    select
        weeks.week_start_on,
        weeks.evaluated_at,
        weeks.evaluated_before_on,
        schools.school_key,
        streams.source_at,
        {{ share_reached(
            'weeks.week_start_on - 21', 'weeks.evaluated_before_on',
            local_day("streams.source_at + interval '7 hours'", 'as_of.timezone')
        ) }} as coverage
    from weeks
    cross join streams
    cross join as_of
    inner join schools on coalesce(schools.closed_on, 'infinity'::date) >= weeks.evaluated_before_on
    where streams.source_at is not null and weeks.evaluated_before_on > (select min(asks.sent_on) from asks)

),

final as (

    select
        school_weeks.week_start_on,
        school_weeks.school_key,
        count(asks.ask_key) as n_asks,
        count(asks.ask_key) filter (where asks.is_short_notice) as n_short_notice_asks,
        sum(asks.estimated_minutes) as asked_minutes,
        school_weeks.coverage,
        least(school_weeks.source_at, school_weeks.evaluated_at) as data_as_of
    from school_weeks
    left join asks
        on
            school_weeks.school_key = asks.school_key
            and asks.sent_on >= school_weeks.week_start_on - 21
            and asks.sent_on < school_weeks.evaluated_before_on
    group by
        school_weeks.week_start_on, school_weeks.school_key, school_weeks.coverage, school_weeks.source_at,
        school_weeks.evaluated_at

)

select * from final
