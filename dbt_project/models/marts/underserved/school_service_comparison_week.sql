{{ config(indexes=[{'columns': ['week_start_on', 'school_key'], 'unique': true}]) }}

-- Service compared with identical requests elsewhere, as it is told: the size of the difference, how sure, on what.
-- Known limits: strata by priority hide bias in assigning priority (any_priority_* show it, as plain ratios of one clock and
-- window); a unit that serves one school only has nobody to be compared with; "identical" is as good as the types recorded; the
-- comparison finds association, not cause.
with compared as (

    select * from {{ ref('detection_school_week') }}

),

findings as (

    select * from {{ ref('int_underserved__comparison_week') }}

),

any_priority as (

    select * from {{ ref('detection_any_priority') }}

),

final as (

    select
        compared.week_start_on,
        compared.school_key,
        findings.school_name,
        compared.clock as clearest_clock,
        compared.window_name as clearest_window,
        compared.window_starts_on,
        least(compared.times_as_long, 1000)::numeric(14, 4) as times_as_long,
        least(compared.times_as_long_low, 1000)::numeric(14, 4) as times_as_long_low,
        least(compared.times_as_long_high, 1000)::numeric(14, 4) as times_as_long_high,
        compared.observed::numeric(14, 4) as n_done,
        compared.expected::numeric(14, 4) as n_done_at_pace_elsewhere,
        compared.n_requests::int as n_requests,
        compared.n_open::int as n_open,
        compared.oldest_open_on,
        compared.p::numeric(14, 8) as p,
        compared.q::numeric(14, 8) as q,
        least(compared.e_value, 1e9)::numeric(16, 4) as e_value,
        compared.n_low_of_last as n_slower_of_last_looks,
        compared.n_clear_of_last as n_clear_of_last_looks,
        compared.opens_after_looks,
        compared.opens_of_looks,
        compared.closes_after_looks,
        findings.is_flagged,
        compared.opened_on as flagged_since_on,
        findings.unit_id as owning_unit_id,
        compared.main_unit_id,
        least(compared.main_unit_share, 1)::numeric(14, 4) as main_unit_share,
        findings.status,
        findings.finding_text,
        any_priority.n_requests::int as any_priority_n_requests,
        any_priority.observed::numeric(14, 4) as any_priority_n_done,
        any_priority.expected_elsewhere::numeric(14, 4) as any_priority_n_done_at_pace_elsewhere,
        least(any_priority.times_as_long, 1000)::numeric(14, 4) as any_priority_times_as_long,
        least(any_priority.times_as_long_by_priority, 1000)::numeric(14, 4) as same_priority_times_as_long,
        compared.data_as_of
    from findings
    inner join compared on findings.week_start_on = compared.week_start_on and findings.school_key = compared.school_key
    left join any_priority
        on findings.week_start_on = any_priority.week_start_on and findings.school_key = any_priority.school_key

)

select * from final
