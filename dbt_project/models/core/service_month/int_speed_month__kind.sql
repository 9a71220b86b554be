{{ config(unlogged=true) }}

-- Grain: one school of the highest or the lowest need and one type and priority of request (0: none told) of one unit and month,
-- which this build counts anew: a request of some school has come, gone or changed in how long it took, or the quarters of need
-- have changed. A month without known need has a row without a school. A table, and not a part of int_speed_month__like, so that
-- the planner knows how few they are.
-- depends_on: {{ ref('int_speed_month__touched_like') }}
{%- set held = left_by_last_build('int_speed_month__like') %}
with need as (

    select * from {{ ref('int_need_month') }}
    where need_quartile in (1, 4)

),

months as (

    select
        period_start_on,
        min(quartiles_digest) as quartiles_digest
    from need
    group by 1

),

kinds as (

    {% if held %}
        select
            period_start_on,
            unit_id,
            request_type,
            priority
        from {{ ref('int_speed_month__touched_like') }}
        where changed_at > (select coalesce(max(held.changed_at), '-infinity') from {{ held }} as held)

        union

        select
            held.period_start_on,
            held.unit_id,
            held.request_type,
            held.priority
        from {{ held }} as held
        left join months on held.period_start_on = months.period_start_on
        where held.quartiles_digest is distinct from months.quartiles_digest
    {% else %}
        select distinct
            opened_month as period_start_on,
            unit_id,
            request_type,
            coalesce(priority, 0) as priority
        from {{ ref('request_month_outcome') }}
        where
            not is_withdrawn
            and opened_month in (
                select months.period_start_on from {{ ref('dim_period') }} as months
                where months.period_type = 'month'
            )
    {% endif %}

),

final as (

    select
        kinds.period_start_on,
        kinds.unit_id,
        kinds.request_type,
        kinds.priority,
        need.school_key,
        need.need_quartile,
        months.quartiles_digest
    from kinds
    left join months on kinds.period_start_on = months.period_start_on
    left join need on kinds.period_start_on = need.period_start_on

)

select * from final
