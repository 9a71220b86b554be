{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['week_start_on', 'unit_id'],
        on_schema_change='sync_all_columns',
        indexes=[{'columns': ['week_start_on', 'unit_id'], 'unique': true}],
        post_hook=[
            "{{ forget_what_left(ref('dim_unit_week'), ['week_start_on', 'unit_id']) }}",
        ],
    )
}}

-- Grain: one unit in one week: how long its requests of the trailing four weeks took, those of all schools and of none. Sorting
-- all of them is the dear part, and a day's corrections of old requests, which mostly move one from a school to another, touch
-- nearly every week: sorted again are only weeks that no longer hold the same minutes.
with unit_weeks as (

    select * from {{ ref('dim_unit_week') }}

),

tallies as not materialized (

    select * from {{ ref('int_service_week__tally') }}

),

weekly as (

    select
        week_start_on,
        unit_id,
        coalesce(sum(minutes_checksum), 0) as minutes_checksum,
        coalesce(sum(cardinality(response_minutes)), 0) as n_answered,
        coalesce(sum(cardinality(resolution_minutes)), 0) as n_resolved,
        sum(n_still_waiting) as n_still_waiting,
        sum(n_open) as n_open
    from tallies
    group by 1, 2

),

-- Every unit has tallies for every week, so that rows are weeks.
windowed as (

    select
        week_start_on,
        unit_id,
        sum(minutes_checksum) over last_4_weeks as minutes_checksum,
        (sum(n_answered) over last_4_weeks + n_still_waiting)::bigint as n_responses,
        (sum(n_resolved) over last_4_weeks + n_open)::bigint as n_resolutions
    from weekly
    window last_4_weeks as (partition by unit_id order by week_start_on rows between 3 preceding and current row)

),

to_sort as (

    select windowed.*
    from windowed
    inner join unit_weeks on windowed.week_start_on = unit_weeks.week_start_on and windowed.unit_id = unit_weeks.unit_id
    {% if is_incremental() %}
        left join {{ this }} as held on windowed.week_start_on = held.week_start_on and windowed.unit_id = held.unit_id
        where
            (windowed.minutes_checksum, windowed.n_responses, windowed.n_resolutions)
            is distinct from (held.minutes_checksum, held.n_responses, held.n_resolutions)
    {% endif %}

),

sorted as (

    select
        to_sort.*,
        responses.minutes as response_minutes,
        resolutions.minutes as resolution_minutes,
        waits.minutes as wait_minutes
    from to_sort
    {% for list in ['response', 'resolution', 'wait'] -%}
        cross join
            lateral (
                select array_agg(one.minutes order by one.minutes) as minutes
                from tallies as recent
                cross join unnest(recent.{{ list }}_minutes) as one (minutes)
                where
                    recent.unit_id = to_sort.unit_id
                    and recent.week_start_on between to_sort.week_start_on - 21 and to_sort.week_start_on
            ) as {{ list }}s
    {% endfor %}

),

final as (

    select
        week_start_on,
        unit_id,
        minutes_checksum,
        n_responses,
        n_resolutions,
        {{ quantile_of('response_minutes', 'n_responses', 0.5) }} as first_response_business_minutes_median,
        {{ quantile_of('response_minutes', 'n_responses', 0.9) }} as first_response_business_minutes_p90,
        {{ quantile_of('resolution_minutes', 'n_resolutions', 0.5) }} as resolution_business_minutes_median,
        {{ quantile_of('resolution_minutes', 'n_resolutions', 0.9) }} as resolution_business_minutes_p90,
        {{ quantile_of('wait_minutes', 'cardinality(wait_minutes)', 0.5) }} as requester_wait_business_minutes_median
    from sorted

)

select * from final
