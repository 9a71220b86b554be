-- The published share is one of IT desks; any other unit has only its own past to be compared with, and no limit.
with service_months as (

    select * from {{ ref('service_month') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

measured as (

    select
        service_months.unit_id as scope_id,
        service_months.period_start_on,
        sum(service_months.n_one_contact) as numerator,
        sum(service_months.n_resolved_with_known_replies) as denominator,
        sum(service_months.n_one_contact) / nullif(sum(service_months.n_resolved_with_known_replies), 0) as value,
        sum(service_months.n_resolved_with_known_replies) as n,
        sum(service_months.n_resolved_with_known_replies) / nullif(sum(service_months.n_resolved), 0) as coverage,
        units.family = 'it' as is_it,
        min(service_months.data_as_of) as data_as_of
    from service_months
    inner join units on service_months.unit_id = units.unit_id
    group by service_months.unit_id, service_months.period_start_on, units.family

),

final as (

    {{ indicator_rows('D3.7', 'unit', watch='case when measured.is_it then limits.watch end') }}

)

select * from final
