with quarters as (

    select * from {{ ref('dim_period') }}
    where period_type = 'quarter'

),

units as (

    select
        unit_id,
        unit_name
    from {{ ref('dim_service_unit') }}

    union all

    select
        'all',
        'All units and the cabinet'

),

known as (

    select
        quarters.period_start_on,
        count(*) filter (where reach.stream_name = 'evidence_cycle') as n_cycle_registers,
        count(*) filter (where reach.stream_name = 'evidence_item') as n_item_registers,
        count(*) filter (where reach.stream_name = 'decision') as n_decision_registers,
        min(reach.data_as_of) as data_as_of
    from quarters
    left join {{ ref('register_period') }} as reach
        on
            reach.period_type = 'quarter'
            and quarters.period_start_on = reach.period_start_on
            and reach.stream_name in ('evidence_cycle', 'evidence_item', 'decision')
    group by 1

),

grid as (

    select
        quarters.period_start_on,
        quarters.evaluated_before_on,
        quarters.evaluated_at,
        quarters.is_complete,
        units.unit_id,
        units.unit_name
    from quarters
    cross join units

),

cycles as (

    select
        grid.period_start_on,
        grid.unit_id,
        count(*) filter (where cycles.opened_on >= grid.period_start_on) as n_opened,
        count(*) filter (
            where cycles.closed_on >= grid.period_start_on and cycles.closed_on < grid.evaluated_before_on
        ) as n_closed,
        count(*) filter (where coalesce(cycles.closed_on, 'infinity') >= grid.evaluated_before_on) as n_open,
        count(distinct cycles.dimension) filter (
            where coalesce(cycles.closed_on, 'infinity') >= grid.period_start_on and cycles.dimension between 'D1' and 'D4'
        ) as n_dimensions,
        count(distinct cycles.unit_id) filter (
            where coalesce(cycles.closed_on, 'infinity') >= grid.period_start_on
        ) as n_units,
        percentile_cont(0.5) within group (order by cycles.days_to_change) filter (
            where cycles.days_to_change >= 0
            and cycles.changed_on >= grid.period_start_on and cycles.changed_on < grid.evaluated_before_on
        ) as days_to_change_median
    from grid
    inner join {{ ref('evidence_cycle') }} as cycles
        on (grid.unit_id = 'all' or grid.unit_id = cycles.unit_id) and cycles.opened_on < grid.evaluated_before_on
    group by 1, 2

),

items as (

    select
        grid.period_start_on,
        grid.unit_id,
        count(*) as n_items,
        count(*) filter (where items.kind = 'experience') as n_experience,
        count(*) filter (where items.kind = 'service_data') as n_service_data,
        count(*) filter (where items.kind = 'student_data') as n_student_data,
        count(*) filter (where items.kind = 'research') as n_research
    from grid
    inner join {{ ref('evidence_item') }} as items
        on
            (grid.unit_id = 'all' or grid.unit_id = items.unit_id)
            and items.collected_on >= grid.period_start_on and items.collected_on < grid.evaluated_before_on
    group by 1, 2

),

decisions as (

    select
        grid.period_start_on,
        grid.unit_id,
        count(*) as n_decisions,
        count(*) filter (where decisions.has_evidence) as n_linked
    from grid
    inner join {{ ref('decision') }} as decisions
        on
            (grid.unit_id = 'all' or grid.unit_id = decisions.unit_id)
            and decisions.made_on >= grid.period_start_on and decisions.made_on < grid.evaluated_before_on
    group by 1, 2

),

outcomes as (

    select
        grid.period_start_on,
        grid.unit_id,
        count(*) as n_closed,
        count(*) filter (where outcomes.is_acted_on and outcomes.has_held) as n_fixed
    from grid
    inner join {{ ref('alert_outcome') }} as outcomes
        on
            (grid.unit_id = 'all' or grid.unit_id = outcomes.unit_id)
            and outcomes.closed_on >= grid.period_start_on and outcomes.closed_on < grid.evaluated_before_on
    group by 1, 2

),

-- The district's status of a unit's indicator is the gravest of its units', that of a month's the gravest of its months'.
statuses as (

    select
        indicator_id,
        period_start_on,
        scope_id as unit_id,
        status
    from {{ ref('ind_evidence__closed_cycles') }}

    union all

    select
        indicator_id,
        period_start_on,
        'all',
        status
    from {{ ref('ind_evidence__closed_cycles') }}

    union all

    select
        indicator_id,
        period_start_on,
        scope_id,
        status
    from {{ ref('ind_evidence__cycle_time') }}

    union all

    select
        indicator_id,
        period_start_on,
        'all',
        status
    from {{ ref('ind_evidence__cycle_time') }}

    union all

    select
        indicator_id,
        period_start_on,
        'all',
        status
    from {{ ref('ind_evidence__mix') }}

    union all

    select
        indicator_id,
        period_start_on,
        'all',
        status
    from {{ ref('ind_evidence__reach') }}

    union all

    select
        indicator_id,
        {{ period_of('period_start_on', 3) }},
        'all',
        status
    from {{ ref('ind_evidence__linked_decisions') }}

),

gravest as (

    select
        indicator_id,
        period_start_on,
        unit_id,
        {{ gravest_status_of('status') }} as status
    from statuses
    group by 1, 2, 3

),

status_columns as (

    select
        period_start_on,
        unit_id,
        max(status) filter (where indicator_id = 'D5.1') as closed_cycles_status,
        max(status) filter (where indicator_id = 'D5.2') as cycle_time_status,
        max(status) filter (where indicator_id = 'D5.3') as linked_decisions_status,
        max(status) filter (where indicator_id = 'D5.4') as evidence_mix_status,
        max(status) filter (where indicator_id = 'D5.5') as reach_status
    from gravest
    group by 1, 2

),

final as (

    select
        grid.period_start_on as quarter_start_on,
        grid.unit_id,
        grid.unit_name,
        grid.is_complete,
        case when known.n_cycle_registers > 0 then coalesce(cycles.n_opened, 0) end::bigint as n_cycles_opened,
        case when known.n_cycle_registers > 0 then coalesce(cycles.n_closed, 0) end::bigint as n_cycles_closed,
        case when known.n_cycle_registers > 0 then coalesce(cycles.n_open, 0) end::bigint as n_cycles_open,
        coalesce(status_columns.closed_cycles_status, 'insufficient_data') as closed_cycles_status,
        cycles.days_to_change_median::numeric as days_to_change_median,
        coalesce(status_columns.cycle_time_status, 'insufficient_data') as cycle_time_status,
        case when known.n_item_registers > 0 then coalesce(items.n_items, 0) end::bigint as n_items,
        case when known.n_item_registers > 0 then coalesce(items.n_experience, 0) end::bigint as n_items_experience,
        case when known.n_item_registers > 0 then coalesce(items.n_service_data, 0) end::bigint as n_items_service_data,
        case when known.n_item_registers > 0 then coalesce(items.n_student_data, 0) end::bigint as n_items_student_data,
        case when known.n_item_registers > 0 then coalesce(items.n_research, 0) end::bigint as n_items_research,
        round(items.n_experience::numeric / nullif(items.n_items, 0), 4) as experience_share,
        round((items.n_student_data + items.n_research)::numeric / nullif(items.n_items, 0), 4) as tests_and_research_share,
        case
            when grid.unit_id = 'all' then coalesce(status_columns.evidence_mix_status, 'insufficient_data')
        end as evidence_mix_status,
        case when known.n_decision_registers > 0 then coalesce(decisions.n_decisions, 0) end::bigint as n_decisions,
        case when known.n_decision_registers > 0 then coalesce(decisions.n_linked, 0) end::bigint as n_decisions_linked,
        round(decisions.n_linked::numeric / nullif(decisions.n_decisions, 0), 4) as linked_decision_share,
        case
            when grid.unit_id = 'all' then coalesce(status_columns.linked_decisions_status, 'insufficient_data')
        end as linked_decisions_status,
        case when known.n_cycle_registers > 0 then coalesce(cycles.n_dimensions, 0) end::bigint as n_dimensions_reached,
        case when known.n_cycle_registers > 0 then coalesce(cycles.n_units, 0) end::bigint as n_units_with_open_cycle,
        case
            when grid.unit_id = 'all' then coalesce(status_columns.reach_status, 'insufficient_data')
        end as reach_status,
        coalesce(outcomes.n_closed, 0)::bigint as n_alerts_closed,
        coalesce(outcomes.n_fixed, 0)::bigint as n_alerts_fixed,
        coalesce(known.data_as_of, grid.evaluated_at) as data_as_of
    from grid
    inner join known on grid.period_start_on = known.period_start_on
    left join cycles on grid.period_start_on = cycles.period_start_on and grid.unit_id = cycles.unit_id
    left join items on grid.period_start_on = items.period_start_on and grid.unit_id = items.unit_id
    left join decisions on grid.period_start_on = decisions.period_start_on and grid.unit_id = decisions.unit_id
    left join outcomes on grid.period_start_on = outcomes.period_start_on and grid.unit_id = outcomes.unit_id
    left join status_columns
        on grid.period_start_on = status_columns.period_start_on and grid.unit_id = status_columns.unit_id

)

select * from final
