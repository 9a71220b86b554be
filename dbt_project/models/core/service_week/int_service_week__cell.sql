{{ config(unlogged=true, indexes=[{'columns': ['week_start_on', 'unit_id', 'school_key']}]) }}

-- Grain: one school ('' for requests without one) and one unit in one week, from seven weeks before the history shown, that
-- this build counts anew: a touched request is in it, or was before (from its opening to its end; one that moved to another
-- school is so taken out of the weeks of the old one), or the week was last judged at another moment, by another calendar or
-- without the replies of a source (the running week always), or it was never counted. Every one where all requests are done
-- again.
-- depends_on: {{ ref('int_request_before') }}
-- depends_on: {{ ref('request_outcome') }}
-- depends_on: {{ ref('int_touched_request') }}
-- depends_on: {{ ref('dim_as_of') }}
-- depends_on: {{ ref('int_build') }}
{%- set held = left_by_last_build('int_service_week__tally') %}
{%- set is_a_day = held and execute and flags.WHICH in ('run', 'build') and not is_everything_touched(this) %}
with schools as (

    select school_key from {{ ref('dim_school') }}

    union all

    select ''

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

judged as (

    select * from {{ ref('dim_unit_week') }}

),

readable_sources as (

    select * from {{ ref('int_readable_source') }}

),

bounds as (

    select
        min(week_start_on) - 49 as first_week,
        max(week_start_on) as last_week
    from {{ ref('dim_week') }}

),

grid as (

    select
        weeks.week_start_on::date as week_start_on,
        units.unit_id,
        schools.school_key,
        judged.evaluated_at,
        judged.business_seconds as now_business_seconds,
        (
            select string_agg(readable_sources.source_name, ' ' order by readable_sources.source_name) from readable_sources
        ) as readable_sources
    from bounds
    cross join generate_series(bounds.first_week, bounds.last_week, interval '7 days') as weeks (week_start_on)
    cross join units
    cross join schools
    left join judged on weeks.week_start_on::date = judged.week_start_on and units.unit_id = judged.unit_id

),

{% if is_a_day %}
    requests_before as (

        select * from {{ ref('int_request_before') }}
        where unit_id is not null

    ),

    outcomes as (

        select outcomes.*
        from {{ ref('request_outcome') }} as outcomes
        inner join {{ ref('int_touched_request') }} as touched on outcomes.request_key = touched.request_key

    ),

    as_of as (

        select * from {{ ref('dim_as_of') }}

    ),

    spans as (

        select
            coalesce(requests_before.school_key, '') as school_key,
            requests_before.unit_id,
            {{ week_of('requests_before.created_on') }} as opened_week,
            coalesce(
                {{ week_of(local_day('coalesce(requests_before.resolved_at, requests_before.withdrawn_at)', 'as_of.timezone')) }},
                'infinity'
            ) as ended_week
        from requests_before
        cross join as_of

        union

        select
            school_key,
            unit_id,
            opened_week,
            ended_week
        from outcomes

    ),

    touched as (

        select distinct
            weeks.week_start_on::date as week_start_on,
            spans.unit_id,
            spans.school_key
        from spans
        cross join bounds
        cross join lateral generate_series(
            greatest(spans.opened_week, bounds.first_week), least(spans.ended_week, bounds.last_week), interval '7 days'
        ) as weeks (week_start_on)

    ),

    final as (

        select grid.*
        from grid
        left join {{ held }} as held
            on grid.week_start_on = held.week_start_on and grid.unit_id = held.unit_id and grid.school_key = held.school_key
        left join touched
            on
                grid.week_start_on = touched.week_start_on
                and grid.unit_id = touched.unit_id
                and grid.school_key = touched.school_key
        where
            touched.week_start_on is not null
            or held.changed_at is null
            or (grid.evaluated_at, grid.now_business_seconds, grid.readable_sources)
            is distinct from (held.evaluated_at, held.now_business_seconds, held.readable_sources)

    )
{% else %}
    final as (

        select * from grid

    )
{% endif %}

select * from final
