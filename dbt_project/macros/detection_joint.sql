{#- Grain: run x school. Both clocks as one question. The sum of two deviates is normal with variance 2 + 2 rho; rho is their
    correlation over the schools that neither clock suspects, since what is really slow is so by both clocks and would pass for
    correlation. A clock of which too little is known is left out, and the other speaks alone. Beside it Simes over the clocks'
    own p, which needs no correlation and finds less. -#}
{% macro detection_joint(score, suspect_q=0.20) -%}
with clocks as (

    select
        run_id,
        school_key,
        any_value(week_start_on) as week_start_on,
        any_value(window_name) as window_name,
        max(z_by_size) filter (where clock = 'resolution' and is_testable) as resolution_z,
        max(z_by_size) filter (where clock = 'response' and is_testable) as response_z,
        max(p) filter (where clock = 'resolution') as resolution_p,
        max(p) filter (where clock = 'response') as response_p,
        bool_or(is_testable) as is_testable,
        max(effective_expected) as effective_expected,
        avg(e_value) as e_value
    from {{ score }}
    group by 1, 2

),

first_scored as (

    select
        *,
        {{ upper_tail('greatest(resolution_z, response_z)') }} as least_p
    from clocks

),

first_ranked as (

    select
        *,
        row_number() over (partition by run_id order by least_p, school_key) as p_rank,
        count(least_p) over (partition by run_id) as n_p
    from first_scored

),

first_judged as (

    select
        *,
        {{ benjamini_hochberg('least_p', 'p_rank', 'n_p', ['run_id']) }} as least_q
    from first_ranked

),

calm as (

    select * from first_judged
    where least_q > {{ suspect_q }} and resolution_z is not null and response_z is not null

),

-- Rounding makes a correlation of what does not vary.
correlations as (

    select
        run_id,
        corr(resolution_z, response_z) as correlation
    from calm
    group by 1
    having least(stddev_pop(resolution_z), stddev_pop(response_z)) > 1e-6

),

-- A correlation nobody knows is taken for the highest: two clocks are then worth hardly more than one.
joined as (

    select
        first_judged.*,
        greatest(least(coalesce(correlations.correlation, 0.95), 0.95), 0) as correlation
    from first_judged
    left join correlations on first_judged.run_id = correlations.run_id

),

combined as (

    select
        *,
        case
            when resolution_z is not null and response_z is not null
                then (resolution_z + response_z) / sqrt(2 + 2 * correlation)
            else coalesce(resolution_z, response_z)
        end as z,
        {{ simes_of_two('resolution_p', 'response_p') }} as simes_p
    from joined

),

scored as (

    select
        *,
        {{ upper_tail('z') }} as p
    from combined

),

-- Schools of which too little is known are no part of the search, and pay no price for it: they have no z.
ranked as (

    select
        *,
        row_number() over (partition by run_id order by p, school_key) as joint_rank,
        row_number() over (partition by run_id, is_testable order by simes_p, school_key) as simes_rank
    from scored

),

final as (

    select
        run_id,
        week_start_on,
        window_name,
        school_key,
        resolution_z,
        response_z,
        least_p,
        least_q,
        correlation,
        z,
        p,
        {{ benjamini_hochberg('p', 'joint_rank', 'n_p', ['run_id']) }} as q,
        simes_p,
        case
            when is_testable
                then {{ benjamini_hochberg('simes_p', 'simes_rank', 'n_p', ['run_id', 'is_testable']) }}
        end as simes_q,
        is_testable,
        effective_expected,
        e_value
    from ranked

)

select * from final
{%- endmacro %}
