{{ config(indexes=[{'columns': ['period_start_on', 'unit_id'], 'unique': true}]) }}

-- Grain: one service unit in one month: how it dealt with principals past, over or through their ILDs, and what it took off ILDs'
-- plates. Contacts, asks and issues whose unit nobody can tell are counted under no unit (`unit_id` null is left out here).
-- Counts of a register that was never delivered are null, not zero.
with months as (

    select * from {{ ref('dim_period') }}
    where period_type = 'month'

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

contacts as (

    select * from {{ ref('touchpoint') }}
    where unit_id is not null and not is_cancelled and school_key is not null

),

asks as (

    select * from {{ ref('central_ask') }}
    where is_imposed

),

issues as (

    select * from {{ ref('ild_issue') }}
    where handed_over_at is not null

),

ask_streams as (

    select max(source_at) as source_at from {{ ref('dim_stream') }}
    where stream_name = 'central_ask'

),

log as (

    select * from {{ ref('touchpoint_log') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

unit_months as (

    select
        months.period_start_on,
        months.evaluated_before_on,
        months.evaluated_at,
        units.unit_id
    from months
    cross join units

),

contact_counts as (

    select
        unit_months.period_start_on,
        unit_months.unit_id,
        count(*) as n_contacts,
        count(*) filter (where contacts.contact_type is not null) as n_typed_contacts,
        count(*) filter (where contacts.contact_type = 'substantive') as n_substantive_contacts,
        count(*) filter (
            where contacts.contact_type = 'substantive' and contacts.is_ild_informed is not null
        ) as n_told_contacts,
        count(*) filter (where contacts.contact_type = 'substantive' and not contacts.is_ild_informed) as n_bypasses
    from unit_months
    inner join contacts
        on
            unit_months.unit_id = contacts.unit_id
            and contacts.occurred_on >= unit_months.period_start_on
            and contacts.occurred_at < unit_months.evaluated_at
    group by 1, 2

),

ask_counts as (

    select
        unit_months.period_start_on,
        unit_months.unit_id,
        count(distinct asks.ask_key) as n_asks,
        count(*) as n_school_asks,
        count(*) filter (where asks.is_short_notice) as n_short_notice_school_asks,
        count(distinct asks.ask_key) filter (where asks.kind = 'directive') as n_directives,
        count(distinct asks.ask_key) filter (
            where asks.kind = 'directive' and asks.is_routed_via_ild is not null
        ) as n_told_directives,
        count(distinct asks.ask_key) filter (
            where asks.kind = 'directive' and not asks.is_routed_via_ild
        ) as n_directives_not_routed,
        count(*) filter (where asks.kind = 'directive' and not asks.is_routed_via_ild) as n_school_directives_not_routed
    from unit_months
    inner join asks
        on
            unit_months.unit_id = asks.unit_id
            and asks.sent_on >= unit_months.period_start_on
            and asks.sent_on < unit_months.evaluated_before_on
    group by 1, 2

),

issue_counts as (

    select
        unit_months.period_start_on,
        unit_months.unit_id,
        count(*) as n_transfers,
        count(issues.came_back_at) as n_boomerangs
    from unit_months
    inner join issues
        on
            unit_months.unit_id = issues.unit_id
            and issues.handed_over_on >= unit_months.period_start_on
            and issues.handed_over_at < unit_months.evaluated_at
    group by 1, 2

),

final as (

    select
        unit_months.period_start_on,
        unit_months.unit_id,
        coalesce(contact_counts.n_contacts, 0) as n_contacts,
        coalesce(contact_counts.n_typed_contacts, 0) as n_typed_contacts,
        coalesce(contact_counts.n_substantive_contacts, 0) as n_substantive_contacts,
        coalesce(contact_counts.n_told_contacts, 0) as n_told_contacts,
        coalesce(contact_counts.n_bypasses, 0) as n_bypasses,
        case when ask_streams.source_at is not null then coalesce(ask_counts.n_asks, 0) end as n_asks,
        case when ask_streams.source_at is not null then coalesce(ask_counts.n_school_asks, 0) end as n_school_asks,
        case
            when ask_streams.source_at is not null then coalesce(ask_counts.n_short_notice_school_asks, 0)
        end as n_short_notice_school_asks,
        case when ask_streams.source_at is not null then coalesce(ask_counts.n_directives, 0) end as n_directives,
        case
            when ask_streams.source_at is not null then coalesce(ask_counts.n_told_directives, 0)
        end as n_told_directives,
        case
            when ask_streams.source_at is not null then coalesce(ask_counts.n_directives_not_routed, 0)
        end as n_directives_not_routed,
        case
            when ask_streams.source_at is not null then coalesce(ask_counts.n_school_directives_not_routed, 0)
        end as n_school_directives_not_routed,
        coalesce(issue_counts.n_transfers, 0) as n_transfers,
        coalesce(issue_counts.n_boomerangs, 0) as n_boomerangs,
        {{ share_reached(
            'unit_months.period_start_on', 'unit_months.evaluated_before_on',
            local_day("ask_streams.source_at + interval '7 hours'", 'as_of.timezone')
        ) }} as ask_coverage,
        least(coalesce(log.log_as_of_at, as_of.as_of_at), unit_months.evaluated_at) as contacts_as_of,
        least(ask_streams.source_at, unit_months.evaluated_at) as asks_as_of,
        least(as_of.as_of_at, unit_months.evaluated_at) as data_as_of
    from unit_months
    cross join ask_streams
    cross join log
    cross join as_of
    left join contact_counts using (period_start_on, unit_id)
    left join ask_counts using (period_start_on, unit_id)
    left join issue_counts using (period_start_on, unit_id)

)

select * from final
