-- Told = a message names the stakeholder; one to the whole audience does not show that it reached anybody.
with months as (

    {{ register_periods(['stakeholder', 'communication'], 'month') }}

),

stakeholders as (

    select * from {{ ref('stakeholder') }}

),

messages as (

    select * from {{ ref('communication') }}

),

told as (

    select
        months.period_start_on,
        stakeholders.stakeholder_key,
        bool_or(messages.communication_key is not null) as is_told
    from months
    inner join stakeholders on {{ covers('stakeholders.valid_from', 'stakeholders.valid_to', 'months.evaluated_before_on - 1') }}
    left join messages
        on
            stakeholders.stakeholder_id = any(messages.stakeholder_ids)
            and messages.sent_on < months.evaluated_before_on
            and messages.sent_on >= months.evaluated_before_on - {{ var('stakeholder_contact_days') }}
    group by 1, 2

),

measured as (

    select
        months.district_id as scope_id,
        months.period_start_on,
        count(*) filter (where told.is_told) as numerator,
        count(told.stakeholder_key) as denominator,
        count(*) filter (where told.is_told)::numeric / nullif(count(told.stakeholder_key), 0) as value,
        count(told.stakeholder_key) as n,
        months.coverage,
        months.data_as_of
    from months
    left join told on months.period_start_on = told.period_start_on
    group by months.district_id, months.period_start_on, months.coverage, months.data_as_of

),

final as (

    {{ indicator_rows('R4.1', 'district') }}

)

select * from final
