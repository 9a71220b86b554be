{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='week_start_on',
        indexes=[{'columns': ['week_start_on'], 'unique': true}],
        post_hook="{{ forget_old_weeks() }}",
    )
}}

-- Grain: one of the last weeks (detection_weeks of them), and when a build last noticed that what is known of it has changed: a
-- request came, went, moved, or was answered or ended at another moment than was held. What happened after a week's end does not
-- change the week. It is built before taken_load, which lets go of what the touched requests were before.
-- Known gap: a pause of a request that was still open at a week's end, told late, does not count as a change of the week.
-- depends_on: {{ ref('int_request_clock') }}
-- depends_on: {{ ref('int_touched_request') }}
-- depends_on: {{ ref('int_request_before') }}
-- depends_on: {{ ref('int_build') }}
with all_weeks as (

    select
        week_start_on,
        evaluated_at,
        max(week_start_on) over () as last_week
    from {{ ref('dim_week') }}

),

weeks as (

    select * from all_weeks
    where week_start_on > last_week - 7 * {{ var('detection_weeks') }}

),

{% if is_incremental() and left_by_last_build(this.identifier) and not is_everything_touched(this) %}
    {%- set states = {'clocks_before': ref('int_request_before'), 'clocks_after': ref('int_request_clock')} %}
    {% for state, relation in states.items() %}
        {{ state }} as (

            select
                weeks.week_start_on,
                clocks.request_key,
                clocks.school_key,
                clocks.unit_id,
                clocks.request_type,
                clocks.priority,
                clocks.created_at,
                case when clocks.first_response_at < weeks.evaluated_at then clocks.first_response_at end as first_response_at,
                case when clocks.resolved_at < weeks.evaluated_at then clocks.resolved_at end as resolved_at,
                case when clocks.withdrawn_at < weeks.evaluated_at then clocks.withdrawn_at end as withdrawn_at,
                case
                    when coalesce(clocks.resolved_at, clocks.withdrawn_at) < weeks.evaluated_at
                        then clocks.requester_wait_business_seconds
                end as requester_wait_business_seconds
            from {{ relation }} as clocks
            inner join weeks on clocks.created_at < weeks.evaluated_at
            where clocks.request_key = any(array(select touched.request_key from {{ ref('int_touched_request') }} as touched))

        ),

    {% endfor %}

    changed as (

        (
            select * from clocks_before
            except
            select * from clocks_after
        )
        union all
        (
            select * from clocks_after
            except
            select * from clocks_before
        )

    ),

    final as (

        select distinct
            week_start_on,
            now() as changed_at
        from changed

    )
{% else %}
    final as (

        select
            week_start_on,
            now() as changed_at
        from weeks

    )
{% endif %}

select * from final
