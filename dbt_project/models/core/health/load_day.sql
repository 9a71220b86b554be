{{ config(indexes=[{'columns': ['source_name', 'stream_name', 'day'], 'unique': true}]) }}

-- Grain: one stream of one source on one day, from its first load on, with what was due and what came.
-- Due: a source that may be m minutes old has a check due every m minutes of the day, at least one at its end. A check is on time
-- when a good load (one that found nothing new included) is at most m minutes old then. Checks still to come are not due.
with loads as (

    select * from {{ ref('load_moment') }}

),

sources as (

    select * from {{ source('config', 'source') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

history as (

    select min(week_start_on) as first_on from {{ ref('dim_week') }}

),

streams as (

    select
        loads.source_name,
        loads.stream_name,
        sources.expected_every_minutes,
        min(loads.happened_at) as first_at,
        min(loads.happened_on) as first_on
    from loads
    left join sources on loads.source_name = sources.name
    group by 1, 2, 3

),

days as (

    select
        streams.source_name,
        streams.stream_name,
        streams.expected_every_minutes,
        streams.first_at,
        generated.day::date as day,
        least(((generated.day::date + 1)::timestamp at time zone as_of.timezone), as_of.as_of_at) as evaluated_at
    from streams
    cross join as_of
    cross join history
    cross join lateral generate_series(
        greatest(streams.first_on, history.first_on)::timestamp, as_of.as_of_on::timestamp, interval '1 day'
    ) as generated (day)

),

checks as (

    select
        days.source_name,
        days.stream_name,
        days.day,
        days.expected_every_minutes,
        moments.due_at
    from days
    cross join as_of
    cross join
        -- Backwards from the day's end, so that a day of 23 or 25 hours has its check there too.
        lateral generate_series(
            ((days.day + 1)::timestamp at time zone as_of.timezone),
            (days.day::timestamp at time zone as_of.timezone) + interval '1 second',
            -make_interval(mins => least(days.expected_every_minutes, 1440))
        ) as moments (due_at)
    where moments.due_at <= as_of.as_of_at and moments.due_at > days.first_at

),

-- Good loads and checks in one line, so that each check finds the load before it without a look-up of its own.
in_order as (

    select
        source_name,
        stream_name,
        happened_at as at,
        happened_at as good_at,
        null::date as day,
        null::int as expected_every_minutes,
        false as is_check
    from loads
    where is_good

    union all

    select
        source_name,
        stream_name,
        due_at,
        null,
        day,
        expected_every_minutes,
        true
    from checks

),

checked as (

    select
        *,
        max(good_at) over (
            partition by source_name, stream_name
            order by at, is_check
            rows unbounded preceding
        ) as newest_good_at
    from in_order

),

due as (

    select
        source_name,
        stream_name,
        day,
        count(*) as n_due,
        count(*) filter (where at - newest_good_at <= make_interval(mins => expected_every_minutes)) as n_on_time
    from checked
    where is_check
    group by 1, 2, 3

),

came as (

    select
        source_name,
        stream_name,
        happened_on as day,
        count(*) filter (where status = 'done') as n_done,
        count(*) filter (where status = 'skipped') as n_skipped,
        count(*) filter (where status = 'failed') as n_failed,
        sum(n_seen) as n_rows_seen,
        sum(n_new) as n_rows_new,
        sum(n_changed) as n_rows_changed,
        sum(n_deleted) as n_rows_deleted,
        sum(n_quarantined) as n_rows_quarantined,
        sum(n_told) filter (where status = 'done') as n_rows_told,
        sum(n_seen) filter (where status = 'done' and n_told is not null) as n_rows_seen_of_told,
        max(happened_at) filter (where is_good) as good_at,
        max(source_at) as source_at
    from loads
    group by 1, 2, 3

),

final as (

    select
        days.source_name,
        days.stream_name,
        days.day,
        days.expected_every_minutes,
        days.evaluated_at,
        coalesce(due.n_due, 0) as n_due,
        coalesce(due.n_on_time, 0) as n_on_time,
        coalesce(came.n_done, 0) as n_done,
        coalesce(came.n_skipped, 0) as n_skipped,
        coalesce(came.n_failed, 0) as n_failed,
        coalesce(came.n_rows_seen, 0) as n_rows_seen,
        coalesce(came.n_rows_new, 0) as n_rows_new,
        coalesce(came.n_rows_changed, 0) as n_rows_changed,
        coalesce(came.n_rows_deleted, 0) as n_rows_deleted,
        coalesce(came.n_rows_quarantined, 0) as n_rows_quarantined,
        came.n_rows_told,
        came.n_rows_seen_of_told,
        max(came.good_at) over so_far as last_good_at,
        max(came.source_at) over so_far as source_at
    from days
    left join due using (source_name, stream_name, day)
    left join came using (source_name, stream_name, day)
    window so_far as (partition by days.source_name, days.stream_name order by days.day rows unbounded preceding)

)

select * from final
