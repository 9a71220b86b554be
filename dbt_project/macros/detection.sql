{#- Waiting compared with identical requests elsewhere: from requests at risk to what a school, unit and type of them add up to.

    `exposure` is a relation with one row a run, clock and request: run_id, clock ('resolution' or 'response'), school_key,
    school_no (int, one a school), unit_id, request_type, opened_week, stratum_no and kind_no (bigint, one a run, clock and
    stratum, and one a run, clock, unit and request type: that of the response clock is one more), entry_minutes (bigint, 0 or
    more), exit_minutes (bigint, more than entry), is_event, weight (double precision, above 0).
    A request is at risk at minute t when entry < t <= exit. Numbers stand for texts because two sorts over all rows are most of
    the cost. Counts are summed as double precision: exact to 2^53, and a sum of bigints would be of the slow type numeric. -#}


{#- Entries and exits of the requests at risk. A late entry is a second point with everything negative: until that minute the
    request counts nowhere. Then what is at risk at a minute is the sum of the points from that minute on. `columns` are carried. -#}
{% macro detection_points(exposure, columns) -%}
    select
        {{ columns | join(', ') }},
        exit_minutes as minutes,
        1::double precision as n,
        weight as w,
        weight * weight as q,
        is_event
    from {{ exposure }}

    union all

    select
        {{ columns | join(', ') }},
        entry_minutes,
        -1,
        -weight,
        -weight * weight,
        false
    from {{ exposure }}
    where entry_minutes > 0
{%- endmacro %}


{#- Grain: run x clock x stratum x minute at which anything ends or enters late. The hazard of the stratum and its running sums
    (weighted Nelson-Aalen; Mantel 1966, Peto & Peto 1972). At risk is the stratum's whole less what came before, so that one
    sort serves both directions. -#}
{% macro detection_hazard(exposure) -%}
with points as (

    {{ detection_points(exposure, ['stratum_no']) }}

),

minutes as (

    select
        stratum_no,
        minutes,
        sum(n) as n,
        sum(w) as w,
        sum(q) as q,
        coalesce(sum(n) filter (where is_event), 0) as n_events,
        coalesce(sum(w) filter (where is_event), 0) as event_weight
    from points
    group by 1, 2

),

at_risk as (

    select
        stratum_no,
        minutes,
        n_events,
        event_weight,
        sum(n) over whole - coalesce(sum(n) over before, 0) as n_at_risk,
        sum(w) over whole - coalesce(sum(w) over before, 0) as weight_at_risk,
        sum(q) over whole - coalesce(sum(q) over before, 0) as squared_weight_at_risk
    from minutes
    window
        whole as (partition by stratum_no),
        before as (
            partition by stratum_no order by minutes rows between unbounded preceding and 1 preceding
        )

),

steps as (

    select
        *,
        case when n_events > 0 then event_weight / weight_at_risk else 0 end as hazard_step,
        case when n_events > 0 and n_at_risk > 1 then (n_at_risk - n_events) / (n_at_risk - 1) else 0 end as tie_correction
    from at_risk

),

terms as (

    select
        *,
        hazard_step * tie_correction as variance_step,
        case when n_events > 0 then hazard_step * tie_correction / weight_at_risk else 0 end as variance_step_by_weight,
        case
            when n_events > 0
                then hazard_step * tie_correction * squared_weight_at_risk / (weight_at_risk * weight_at_risk)
            else 0
        end as variance_step_by_square
    from steps

),

final as (

    select
        stratum_no,
        minutes,
        n_at_risk,
        n_events,
        weight_at_risk,
        squared_weight_at_risk,
        hazard_step,
        tie_correction,
        sum(hazard_step) over upward as cumulative_hazard,
        sum(variance_step) over upward as cumulative_variance,
        sum(variance_step_by_weight) over upward as cumulative_variance_by_weight,
        sum(variance_step_by_square) over upward as cumulative_variance_by_square
    from terms
    window upward as (partition by stratum_no order by minutes rows unbounded preceding)

)

select * from final
{%- endmacro %}


{#- Grain: run x clock x school x unit x request type x week of opening. Observed, expected and variance of the stratified,
    weighted log-rank test. With W and Q a school's own sums of w and w^2 at risk, the variance at each minute is
    h c (Q - 2 (W/W_all) Q + (W/W_all)^2 Q_all); summed over minutes that is one term a point, from the running sums of the
    hazard and the sums of w and w^2 from the school's longest waits down to the point. `stratum` names the kinds, by the number of
    the clock to the resolution, which every request has. -#}
{% macro detection_cell(exposure, hazard, stratum) -%}
with points as (

    {{ detection_points(exposure, ['stratum_no', 'kind_no', 'school_no', 'opened_week']) }}

),

placed as (

    select
        points.*,
        hazard.cumulative_hazard,
        hazard.cumulative_variance,
        hazard.cumulative_variance_by_weight,
        hazard.cumulative_variance_by_square
    from points
    inner join {{ hazard }} as hazard on points.stratum_no = hazard.stratum_no and points.minutes = hazard.minutes

),

summed as (

    select
        *,
        sum(w) over downward as w_from_here,
        sum(q) over downward as q_from_here
    from placed
    window downward as (partition by stratum_no, school_no order by minutes desc rows unbounded preceding)

),

-- The names come back at the end, when rows are few.
kinds as (

    select distinct
        strata.kind_no + clocks.added as kind_no,
        strata.run_id,
        clocks.clock,
        strata.unit_id,
        strata.request_type
    from {{ stratum }} as strata
    cross join (values ('resolution', 0), ('response', 1)) as clocks (clock, added)

),

schools as (

    select
        school_no,
        any_value(school_key) as school_key
    from {{ exposure }}
    where clock = 'resolution'
    group by 1

),

cells as (

    select
        kind_no,
        school_no,
        opened_week,
        count(*) filter (where n > 0) as n_requests,
        count(*) filter (where is_event) as n_events,
        coalesce(sum(w) filter (where is_event), 0) as observed,
        sum(w * cumulative_hazard) as expected,
        sum(
            q * cumulative_variance
            - 2 * cumulative_variance_by_weight * (w * q_from_here + q * w_from_here - w * q)
            + cumulative_variance_by_square * (2 * w * w_from_here - w * w)
        ) as variance
    from summed
    group by 1, 2, 3

),

final as (

    select
        kinds.run_id,
        kinds.clock,
        schools.school_key,
        kinds.unit_id,
        kinds.request_type,
        cells.opened_week,
        cells.n_requests,
        cells.n_events,
        cells.observed,
        cells.expected,
        cells.variance
    from cells
    inner join kinds on cells.kind_no = kinds.kind_no
    inner join schools on cells.school_no = schools.school_no

)

select * from final
{%- endmacro %}
