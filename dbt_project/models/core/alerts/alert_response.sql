-- Grain: one alert, and what people did about it; a question is no alert. Who acts on a parent (a unit slow at most schools) acts
-- for the schools beneath it; `answered_at` is of the alert's own answer alone: the first "act", without one the first
-- "acknowledge".
-- People act by the wall clock and the data have their own: an answer is placed at the newest source clock that any load had
-- brought by then, so that it falls into the week people were looking at, in a replayed year, too.
with alerts as (

    select
        alert_key,
        rule_id,
        school_key,
        unit_id,
        parent_alert_key,
        is_digest_only,
        opened_at
    from {{ source('alerts', 'alert') }}
    where rule_id <> 'service_gone_quiet'

),

actions as (

    select
        alert_key,
        action,
        reason_code,
        acted_at
    from {{ source('alerts', 'alert_action') }}
    where action in ('acknowledge', 'act', 'dismiss', 'dispute')

),

loads as (

    select
        finished_at,
        source_at
    from {{ source('ops', 'load') }}
    where status = 'done' and source_at is not null

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

-- Loads and actions in one line, so that each action finds the loads before it without a look-up of its own.
in_order as (

    select
        null as alert_key,
        null as action,
        null as reason_code,
        finished_at as at,
        source_at,
        false as is_action
    from loads

    union all

    select
        alert_key,
        action,
        reason_code,
        acted_at,
        null,
        true
    from actions

),

placed as (

    select
        alert_key,
        action,
        reason_code,
        is_action,
        least(at, max(source_at) over (order by at, is_action rows unbounded preceding)) as happened_at
    from in_order

),

told as (

    select
        alert_key,
        coalesce(
            min(happened_at) filter (where action = 'act'), min(happened_at) filter (where action = 'acknowledge')
        ) as answered_at,
        bool_or(action in ('acknowledge', 'act')) as is_answered,
        bool_or(action = 'act') as is_acted_on,
        bool_or(action = 'dispute') as is_disputed,
        (array_agg(reason_code order by happened_at desc, reason_code) filter (where action = 'dismiss'))[1] as dismissed_because
    from placed
    where is_action
    group by 1

),

final as (

    select
        alerts.alert_key,
        alerts.rule_id,
        alerts.school_key,
        alerts.unit_id,
        alerts.is_digest_only,
        alerts.opened_at,
        {{ local_day('alerts.opened_at', 'as_of.timezone') }} as opened_on,
        coalesce(own.is_answered, false) or coalesce(parents.is_answered, false) as is_answered,
        coalesce(own.is_acted_on, false) or coalesce(parents.is_acted_on, false) as is_acted_on,
        coalesce(own.is_disputed, false) as is_disputed,
        own.dismissed_because,
        case when own.is_answered then case when own.is_acted_on then 'act' else 'acknowledge' end end as answer,
        own.answered_at,
        {{ local_day('own.answered_at', 'as_of.timezone') }} as answered_on
    from alerts
    cross join as_of
    left join told as own on alerts.alert_key = own.alert_key
    left join told as parents on alerts.parent_alert_key = parents.alert_key

)

select * from final
