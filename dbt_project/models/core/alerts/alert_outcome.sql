-- Grain: one alert whose data have recovered, and whether that lasted: acted on as in alert_response; held = the
-- same promise did not slip again within the days a fix must hold, null while those are not over. An alert that came back within
-- them is no fix that held, even if its second recovery lasts.
-- Alerts that were dismissed end with the recovery too and count: a rule whose alerts are dismissed teaches nothing. One that was
-- withdrawn since its record was wrong had nothing to mend, and a question is no alert: neither counts.
with alerts as (

    select
        alert_key,
        dedupe_key,
        episode,
        rule_id,
        unit_id,
        opened_at,
        resolved_at
    from {{ source('alerts', 'alert') }}
    where rule_id <> 'service_gone_quiet'

),

actions as (

    select
        alert_key,
        action
    from {{ source('alerts', 'alert_action') }}

),

responses as (

    select * from {{ ref('alert_response') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

final as (

    select
        alerts.alert_key,
        alerts.rule_id,
        alerts.unit_id,
        responses.is_acted_on,
        case
            when
                exists (
                    select 1 from actions
                    where actions.alert_key = alerts.alert_key and actions.action = 'came_back'
                )
                then false
            when reopened.opened_at < alerts.resolved_at + make_interval(days => {{ var('fix_holds_days') }}) then false
            when as_of.as_of_at >= alerts.resolved_at + make_interval(days => {{ var('fix_holds_days') }}) then true
        end as has_held,
        alerts.opened_at,
        alerts.resolved_at,
        {{ local_day('alerts.resolved_at', 'as_of.timezone') }} as closed_on,
        reopened.opened_at as reopened_at
    from alerts
    cross join as_of
    inner join responses on alerts.alert_key = responses.alert_key
    left join alerts as reopened
        on alerts.dedupe_key = reopened.dedupe_key and reopened.episode = alerts.episode + 1
    where
        alerts.resolved_at is not null
        and alerts.resolved_at <= as_of.as_of_at
        and not exists (
            select 1 from actions
            where actions.alert_key = alerts.alert_key and actions.action = 'withdrawn'
        )

)

select * from final
