{#- From observed, expected and variance to a score, its probability, an interval and a rate of false discoveries. -#}


{#- Wilson-Hilferty: how far `observed` events lie below `expected`, in standard deviations; the follow-up is nearly complete, so
    the expected number is the random part. Positive is slower. -#}
{% macro wilson_hilferty(observed, expected) -%}
    {%- set o = 'greatest(' ~ observed ~ ', 1)' -%}
    (3 * sqrt({{ o }}) * (cbrt({{ expected }} / {{ o }}) - 1 + 1 / (9 * {{ o }})))
{%- endmacro %}


{#- Probability of a standard normal deviate above z. -#}
{% macro upper_tail(z) -%}
    (0.5 * erfc({{ z }} / sqrt(2::double precision)))
{%- endmacro %}


{#- Byar's 95 % limits of the mean of a Poisson count (Breslow & Day 1987); 1.95996 is the normal's 97.5 % point. -#}
{% macro byar_low(count) -%}
    case
        when {{ count }} > 0
            then
                {{ count }}
                * power(greatest(1 - 1 / (9 * {{ count }}) - 1.959963984540054::double precision / (3 * sqrt({{ count }})), 0), 3)
        else 0
    end
{%- endmacro %}


{% macro byar_high(count) -%}
    (
        ({{ count }} + 1)
        * power(1 - 1 / (9 * ({{ count }} + 1)) + 1.959963984540054::double precision / (3 * sqrt({{ count }} + 1)), 3)
    )
{%- endmacro %}


{#- Wilson-Hilferty's 2.5 % (side -1) or 97.5 % (side 1) point of a gamma distribution of that shape and rate 1. -#}
{% macro gamma_quantile(shape, side) -%}
    (
        {{ shape }}
        * power(
            greatest(1 - 1 / (9 * {{ shape }}) + {{ side }} * 1.959963984540054::double precision / (3 * sqrt({{ shape }})), 0),
            3
        )
    )
{%- endmacro %}


{#- Benjamini & Hochberg 1995: the rate of false discoveries at which a p is one, as a window expression. `p_rank` numbers the
    p of each group of `within` from the smallest, `n_p` counts them. Null p come last and stay null. -#}
{% macro benjamini_hochberg(p, p_rank, n_p, within) -%}
    case
        when {{ p }} is not null
            then
                min(least({{ p }} * {{ n_p }} / {{ p_rank }}, 1)) over (
                    partition by {{ within | join(', ') }} order by {{ p_rank }} desc rows unbounded preceding
                )
    end
{%- endmacro %}


{#- Anytime-valid evidence for slower: a mixture of likelihood ratios of Poisson counts, at rates of 0.55, 0.65, 0.75, 0.85. -#}
{% macro slower_e_value(observed, expected) -%}
    {%- set terms = [] -%}
    {%- for rate in [0.55, 0.65, 0.75, 0.85] -%}
        {%- do terms.append(
            'exp(least(' ~ observed ~ ' * ln(' ~ rate ~ '::double precision) + ' ~ (1 - rate) | round(2) ~ ' * ' ~ expected ~ ', 700))'
        ) -%}
    {%- endfor -%}
    -- What is unknown is no evidence; least() alone would pass over it.
    case
        when {{ expected }} is not null
            then (
                {{ terms | join('
                + ') }}
            ) / 4
    end
{%- endmacro %}


{#- Grain: run x clock x school. `cell` is what detection_cell yields.

    Leave-one-out: the school is in its own reference; the exact identity gives the expectation without it.
    Dispersion: requests of one unit and week come in clusters; squared differences of clusters around the school's own rate, over
    what independent requests would show. Pass 1 scores with it alone; pass 2 centres on the schools that pass 1 does not suspect
    and adds the ordinary variation between schools, read off the fast half, where slow schools can not hide in it (additive
    over-dispersion of funnel plots, Spiegelhalter 2005).
    One dispersion is too much for small schools and too little for large ones, whose clusters are large: `z_by_size` goes the
    same way with a dispersion of each school's own. -#}
{% macro detection_score(cell, suspect_q=0.20, min_expected=5) -%}
with cells as (

    select * from {{ cell }}

),

clusters as (

    select
        run_id,
        clock,
        school_key,
        unit_id,
        opened_week,
        sum(observed) as observed,
        sum(expected) as expected
    from cells
    group by 1, 2, 3, 4, 5

),

-- A variance that is nought but for rounding: the school is alone in its strata, and has nobody to be compared with. It has no
-- score then, and no part in what is estimated over the schools.
schools as (

    select
        run_id,
        clock,
        school_key,
        sum(n_requests)::bigint as n_requests,
        sum(n_events)::bigint as n_events,
        sum(observed) as observed,
        sum(expected) as expected,
        case when sum(variance) > 1e-9 * sum(expected) then sum(variance) else 0 end as variance
    from cells
    group by 1, 2, 3

),

spread as (

    select
        clusters.run_id,
        clusters.clock,
        clusters.school_key,
        sum(
            power(clusters.observed - schools.observed / schools.expected * clusters.expected, 2)
        ) as cluster_squares,
        sum(power(clusters.expected / schools.expected, 2)) as cluster_share,
        sum(power(clusters.expected, 2)) as cluster_size,
        sum(
            power(
                schools.observed / schools.expected * clusters.expected * (1 - clusters.expected / schools.expected), 2
            )
        ) as cluster_weight
    from clusters
    inner join schools
        on
            clusters.run_id = schools.run_id
            and clusters.clock = schools.clock
            and clusters.school_key = schools.school_key
    where schools.expected > 0
    group by 1, 2, 3

),

squares as (

    select
        schools.run_id,
        schools.clock,
        sum(spread.cluster_squares) as found,
        sum(schools.observed / schools.expected * schools.variance * (1 - spread.cluster_share)) as of_chance,
        sum(spread.cluster_weight) as of_clusters
    from schools
    inner join spread
        on schools.run_id = spread.run_id and schools.clock = spread.clock and schools.school_key = spread.school_key
    group by 1, 2

),

-- One dispersion for all schools; and the variance of the rate of a cluster that makes up for the same excess, of which a school
-- with larger clusters has more.
dispersions as (

    select
        run_id,
        clock,
        greatest(coalesce(found / nullif(of_chance, 0), 1), 1) as dispersion,
        greatest(coalesce((found - of_chance) / nullif(of_clusters, 0), 0), 0) as cluster_variance
    from squares

),

compared as (

    select
        schools.*,
        coalesce(dispersions.dispersion, 1) as dispersion,
        coalesce(dispersions.cluster_variance, 0) as cluster_variance,
        1 + dispersions.cluster_variance * spread.cluster_size / nullif(schools.variance, 0) as dispersion_by_size,
        case
            when schools.variance > 0
                then
                    greatest(
                        schools.observed
                        + (schools.expected - schools.observed) * schools.expected / schools.variance,
                        schools.expected / 4
                    )
            else schools.expected
        end as expected_elsewhere
    from schools
    left join dispersions on schools.run_id = dispersions.run_id and schools.clock = dispersions.clock
    left join spread
        on schools.run_id = spread.run_id and schools.clock = spread.clock and schools.school_key = spread.school_key

),

-- From here on everything is worked out with either dispersion, side by side.
either as (

    select
        *,
        false as is_by_size,
        nullif(variance, 0) / expected / dispersion as first_information
    from compared

    union all

    select
        *,
        true as is_by_size,
        nullif(variance, 0) / expected / dispersion_by_size as first_information
    from compared

),

first_scored as (

    select
        *,
        {{ upper_tail(wilson_hilferty('observed * first_information', 'expected_elsewhere * first_information')) }} as first_p
    from either

),

first_ranked as (

    select
        *,
        row_number() over (partition by run_id, clock, is_by_size order by first_p, school_key) as p_rank,
        count(first_p) over (partition by run_id, clock, is_by_size) as n_p
    from first_scored

),

first_judged as (

    select
        *,
        {{ benjamini_hochberg('first_p', 'p_rank', 'n_p', ['run_id', 'clock', 'is_by_size']) }} as first_q
    from first_ranked

),

centres as (

    select
        run_id,
        clock,
        is_by_size,
        coalesce(
            sum(observed * first_information) filter (where first_q > {{ suspect_q }})
            / nullif(sum(expected_elsewhere * first_information) filter (where first_q > {{ suspect_q }}), 0),
            1
        ) as centre
    from first_judged
    group by 1, 2, 3

),

centred as (

    select
        first_judged.*,
        centres.centre,
        first_judged.expected_elsewhere * centres.centre as expected_centred,
        {{ wilson_hilferty(
            'first_judged.observed * first_judged.first_information',
            'first_judged.expected_elsewhere * centres.centre * first_judged.first_information'
        ) }} as first_z
    from first_judged
    inner join centres
        on
            first_judged.run_id = centres.run_id
            and first_judged.clock = centres.clock
            and first_judged.is_by_size = centres.is_by_size

),

ordinary as (

    select
        run_id,
        clock,
        is_by_size,
        greatest(
            coalesce(
                sum(first_z * first_z - 1) filter (where first_z < 0)
                / nullif(sum(greatest(observed * first_information, 1)) filter (where first_z < 0), 0),
                0
            ),
            0
        ) as between_school_variance
    from centred
    group by 1, 2, 3

),

effective as (

    select
        centred.*,
        ordinary.between_school_variance,
        centred.first_information
        / (1 + ordinary.between_school_variance * centred.first_information * centred.expected) as information
    from centred
    inner join ordinary
        on
            centred.run_id = ordinary.run_id
            and centred.clock = ordinary.clock
            and centred.is_by_size = ordinary.is_by_size

),

counted as (

    select
        *,
        observed * information as effective_observed,
        expected_centred * information as effective_expected
    from effective

),

scored as (

    select
        *,
        {{ wilson_hilferty('effective_observed', 'effective_expected') }} as z,
        {{ upper_tail(wilson_hilferty('effective_observed', 'effective_expected')) }} as p,
        {{ byar_low('effective_observed') }} / nullif(effective_expected, 0) as ratio_low,
        {{ byar_high('effective_observed') }} / nullif(effective_expected, 0) as ratio_high,
        {{ slower_e_value('effective_observed', 'effective_expected') }} as e_value
    from counted

),

ranked as (

    select
        *,
        row_number() over (partition by run_id, clock, is_by_size order by p, school_key) as last_p_rank,
        sum(effective_observed) over (partition by run_id, clock, is_by_size)
        / nullif(sum(effective_expected) over (partition by run_id, clock, is_by_size), 0) as mean_ratio
    from scored

),

priors as (

    select
        run_id,
        clock,
        is_by_size,
        greatest(
            coalesce(
                sum(effective_expected * power(effective_observed / nullif(effective_expected, 0) - mean_ratio, 2))
                / nullif(sum(effective_expected), 0)
                - min(mean_ratio) / nullif(avg(effective_expected), 0),
                1e-4
            ),
            1e-4
        ) as ratio_variance
    from ranked
    group by 1, 2, 3

),

-- Gamma prior of the schools' ratios (Clayton & Kaldor 1987): few requests say little, and are drawn to the mean.
shrunken as (

    select
        ranked.*,
        ranked.effective_observed + ranked.mean_ratio * ranked.mean_ratio / priors.ratio_variance as posterior_shape,
        ranked.effective_expected + ranked.mean_ratio / priors.ratio_variance as posterior_rate
    from ranked
    inner join priors
        on ranked.run_id = priors.run_id and ranked.clock = priors.clock and ranked.is_by_size = priors.is_by_size

),

final as (

    select
        shrunken.run_id,
        shrunken.clock,
        shrunken.school_key,
        shrunken.n_requests,
        shrunken.n_events,
        shrunken.observed,
        shrunken.expected,
        shrunken.variance,
        shrunken.expected_elsewhere,
        shrunken.dispersion,
        shrunken.centre,
        sqrt(shrunken.between_school_variance) as between_school_sd,
        coalesce(shrunken.effective_observed, 0) as effective_observed,
        coalesce(shrunken.effective_expected, 0) as effective_expected,
        shrunken.z,
        shrunken.p,
        {{ benjamini_hochberg('shrunken.p', 'shrunken.last_p_rank', 'shrunken.n_p', ['shrunken.run_id', 'shrunken.clock']) }} as q,
        shrunken.ratio_low,
        shrunken.ratio_high,
        shrunken.posterior_shape / shrunken.posterior_rate as shrunken_ratio,
        {{ gamma_quantile('shrunken.posterior_shape', -1) }} / shrunken.posterior_rate as shrunken_ratio_low,
        {{ gamma_quantile('shrunken.posterior_shape', 1) }} / shrunken.posterior_rate as shrunken_ratio_high,
        shrunken.e_value,
        coalesce(shrunken.effective_expected >= {{ min_expected }}, false) as is_testable,

        shrunken.cluster_variance,
        shrunken.dispersion_by_size,
        by_size.centre as centre_by_size,
        sqrt(by_size.between_school_variance) as between_school_sd_by_size,
        by_size.z as z_by_size
    from shrunken
    inner join scored as by_size
        on
            shrunken.run_id = by_size.run_id
            and shrunken.clock = by_size.clock
            and shrunken.school_key = by_size.school_key
            and by_size.is_by_size
    where not shrunken.is_by_size

)

select * from final
{%- endmacro %}


{#- Simes 1986: one p for two that ask the same question, the smaller of twice the least and the greatest. One that is not known
    is passed over, by least() and greatest() too. -#}
{% macro simes_of_two(a, b) -%}
    case when coalesce({{ a }}, {{ b }}) is not null then least(2 * least({{ a }}, {{ b }}), greatest({{ a }}, {{ b }}), 1) end
{%- endmacro %}


{#- Grain: run x school. Both clocks as one question. The sum of two deviates is normal with variance 2 + 2 rho; rho is their
    correlation over the schools that neither clock suspects, since what is really slow is so by both clocks and would pass for
    correlation. A clock of which too little is known is left out, and the other speaks alone. Beside it Simes over the clocks'
    own p, which needs no correlation and finds less. -#}
{% macro detection_joint(score, suspect_q=0.20) -%}
with scores as (

    -- Comparisons kept from before there was a z by size have only the other.
    select
        *,
        coalesce(z_by_size, z) as deviate
    from {{ score }}

),

clocks as (

    select
        run_id,
        school_key,
        any_value(week_start_on) as week_start_on,
        any_value(window_name) as window_name,
        max(deviate) filter (where clock = 'resolution' and is_testable) as resolution_z,
        max(deviate) filter (where clock = 'response' and is_testable) as response_z,
        max(p) filter (where clock = 'resolution') as resolution_p,
        max(p) filter (where clock = 'response') as response_p,
        bool_or(is_testable) as is_testable,
        max(effective_expected) as effective_expected,
        avg(e_value) as e_value
    from scores
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
