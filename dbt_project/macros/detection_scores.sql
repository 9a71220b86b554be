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
        row_number() over (partition by run_id, clock order by p, school_key) as last_p_rank,
        sum(effective_observed) over (partition by run_id, clock)
        / nullif(sum(effective_expected) over (partition by run_id, clock), 0) as mean_ratio
    from scored
    where not is_by_size

),

priors as (

    select
        run_id,
        clock,
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
    group by 1, 2

),

-- What is shown is of the common dispersion; the other serves the flag alone.
-- Gamma prior of the schools' ratios (Clayton & Kaldor 1987): few requests say little, and are drawn to the mean.
shrunken as (

    select
        ranked.*,
        ranked.effective_observed + ranked.mean_ratio * ranked.mean_ratio / priors.ratio_variance as posterior_shape,
        ranked.effective_expected + ranked.mean_ratio / priors.ratio_variance as posterior_rate
    from ranked
    inner join priors on ranked.run_id = priors.run_id and ranked.clock = priors.clock

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

)

select * from final
{%- endmacro %}
