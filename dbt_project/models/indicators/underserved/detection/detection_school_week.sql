{{ config(indexes=[{'columns': ['week_start_on', 'school_key'], 'unique': true}], pre_hook='{{ join_by_hash() }}') }}

-- Grain: one school in one week that was compared: one p for both windows (Simes over what each says by both clocks), its q
-- over all schools of which enough is known, and whether the flag is up. A flag opens when q was within the act limit in so many
-- of the last weekly looks, and closes after so many in a row with q beyond the watch limit, as the version of the theory of
-- action in force in the week of the look has it: one unlucky week opens nothing, one lucky one ends nothing. A week with too
-- little data is no look and carries the state it met. Beside the verdict stands the evidence: the
-- comparison that says it most clearly (smallest p), and what of it is slowest. The week's look is of the time before the week.
with scores as (

    select * from {{ ref('detection_score') }}

),

school_runs as (

    select * from {{ ref('detection_school_run') }}

),

contributions as (

    select * from {{ ref('detection_contribution') }}

),

runs as (

    select * from {{ ref('detection_run') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

limits as (

    select * from {{ ref('dim_indicator_limit') }}
    where indicator_id = 'D3.23'

),

rules as (

    select * from {{ ref('dim_underserved_rule') }}
    where rule_id = 'service_slower_than_elsewhere'

),

windows as (

    select
        week_start_on,
        school_key,
        max(p) filter (where window_name = 'year') as year_p,
        max(p) filter (where window_name = 'trailing') as trailing_p,
        bool_or(is_testable) as is_testable,
        max(effective_expected) as effective_expected,
        avg(e_value) as e_value
    from school_runs
    group by 1, 2

),

combined as (

    select
        *,
        {{ simes_of_two('year_p', 'trailing_p') }} as p
    from windows

),

ranked as (

    select
        *,
        row_number() over (partition by week_start_on order by p, school_key) as p_rank,
        count(p) over (partition by week_start_on) as n_p
    from combined

),

judged as (

    select
        *,
        {{ benjamini_hochberg('p', 'p_rank', 'n_p', ['week_start_on']) }} as q
    from ranked

),

looks as (

    select
        judged.*,
        limits.act as opens_at_q,
        limits.watch as closes_beyond_q,
        rules.opens_after_weeks as opens_after_looks,
        rules.opens_of_weeks as opens_of_looks,
        rules.closes_after_weeks as closes_after_looks,
        judged.q is not null as is_look,
        coalesce(judged.q <= limits.act, false) as is_low,
        coalesce(judged.q > limits.watch, false) as is_clear
    from judged
    inner join limits on {{ covers('limits.valid_from', 'limits.valid_to', 'judged.week_start_on') }}
    inner join rules on {{ covers('rules.valid_from', 'rules.valid_to', 'judged.week_start_on') }}

),

numbered as (

    select
        *,
        count(*) filter (where is_look) over so_far as look_no,
        count(*) filter (where is_low) over so_far as n_low_so_far,
        count(*) filter (where is_clear) over so_far as n_clear_so_far
    from looks
    window so_far as (partition by school_key order by week_start_on)

),

counted as (

    select
        numbered.*,
        coalesce(before_opening.n_low_so_far, 0) as n_low_before,
        (numbered.n_clear_so_far - coalesce(before_closing.n_clear_so_far, 0))::int as n_clear_of_last
    from numbered
    left join numbered as before_opening
        on
            numbered.school_key = before_opening.school_key
            and numbered.look_no - numbered.opens_of_looks = before_opening.look_no
            and before_opening.is_look
    left join numbered as before_closing
        on
            numbered.school_key = before_closing.school_key
            and numbered.look_no - numbered.closes_after_looks = before_closing.look_no
            and before_closing.is_look

),

-- Each clearing ends what was open before it; within what follows, the first opening holds until the next clearing. What was low
-- before a clearing opens nothing after it.
cleared as (

    select
        *,
        count(*) filter (where n_clear_of_last >= closes_after_looks) over (
            partition by school_key order by week_start_on
        ) as clearing_no
    from counted

),

since_cleared as (

    select
        *,
        (
            n_low_so_far - greatest(
                n_low_before,
                case when clearing_no > 0 then min(n_low_so_far) over (partition by school_key, clearing_no) else 0 end
            )
        )::int as n_low_of_last
    from cleared

),

opened as (

    select
        *,
        min(week_start_on) filter (where is_low and n_low_of_last >= opens_after_looks) over (
            partition by school_key, clearing_no order by week_start_on
        ) as opened_on
    from since_cleared

),

remembered as (

    select
        *,
        max(opened_on) over (partition by school_key order by week_start_on) as last_opened_on
    from opened

),

clearest as (

    select distinct on (week_start_on, school_key) *
    from scores
    order by week_start_on, school_key, is_testable desc, p, clock, window_name

),

-- What is slower than elsewhere, the largest part first; what is faster does not make up for it in words, only in the sum.
slower_types as (

    select
        clearest.week_start_on,
        clearest.school_key,
        contributions.unit_id,
        contributions.request_type,
        contributions.difference,
        row_number() over (
            partition by clearest.week_start_on, clearest.school_key
            order by contributions.difference, contributions.unit_id, contributions.request_type
        ) as place
    from clearest
    inner join contributions
        on
            clearest.run_id = contributions.run_id
            and clearest.clock = contributions.clock
            and clearest.school_key = contributions.school_key
    where contributions.difference < -1e-9

),

unit_sums as (

    select
        week_start_on,
        school_key,
        unit_id,
        sum(difference) as difference,
        sum(sum(difference)) over (partition by week_start_on, school_key) as total_difference,
        row_number() over (partition by week_start_on, school_key order by sum(difference), unit_id) as place
    from slower_types
    group by 1, 2, 3

),

main_units as (

    select
        week_start_on,
        school_key,
        unit_id as main_unit_id,
        difference / nullif(total_difference, 0) as main_unit_share
    from unit_sums
    where place = 1

),

-- "Facilities (leak, heating)": the two types that are slowest, by unit.
slowest_units as (

    select
        slower_types.week_start_on,
        slower_types.school_key,
        units.unit_name || ' (' || string_agg(slower_types.request_type, ', ' order by slower_types.place) || ')' as types_text,
        min(slower_types.place) as place
    from slower_types
    inner join units on slower_types.unit_id = units.unit_id
    where slower_types.place <= 2
    group by slower_types.week_start_on, slower_types.school_key, units.unit_id, units.unit_name

),

slowest as (

    select
        week_start_on,
        school_key,
        string_agg(types_text, ' and ' order by place) as slowest_text
    from slowest_units
    group by 1, 2

),

still_open as (

    select
        clearest.week_start_on,
        clearest.school_key,
        sum(contributions.n_open)::bigint as n_open,
        min(contributions.oldest_open_on) as oldest_open_on
    from clearest
    inner join contributions
        on
            clearest.run_id = contributions.run_id
            and clearest.clock = contributions.clock
            and clearest.school_key = contributions.school_key
    group by 1, 2

),

final as (

    select
        remembered.week_start_on,
        remembered.school_key,
        remembered.year_p,
        remembered.trailing_p,
        remembered.p,
        remembered.q,
        remembered.is_testable,
        remembered.effective_expected,
        remembered.e_value,
        remembered.opens_at_q,
        remembered.closes_beyond_q,
        remembered.opens_after_looks,
        remembered.opens_of_looks,
        remembered.closes_after_looks,
        remembered.is_look,
        remembered.n_low_of_last,
        remembered.n_clear_of_last,
        remembered.opened_on is not null as is_open,
        remembered.opened_on,
        openings.main_unit_id as owning_unit_id,

        clearest.run_id,
        clearest.clock,
        clearest.window_name,
        runs.starts_on as window_starts_on,
        clearest.n_requests,
        clearest.observed,
        clearest.expected_elsewhere * clearest.centre as expected,
        1 / clearest.shrunken_ratio as times_as_long,
        1 / nullif(clearest.shrunken_ratio_high, 0) as times_as_long_low,
        1 / nullif(clearest.shrunken_ratio_low, 0) as times_as_long_high,
        coalesce(still_open.n_open, 0) as n_open,
        still_open.oldest_open_on,
        main_units.main_unit_id,
        main_units.main_unit_share,
        slowest.slowest_text,
        runs.ends_at as data_as_of
    from remembered
    inner join clearest on remembered.week_start_on = clearest.week_start_on and remembered.school_key = clearest.school_key
    inner join runs on clearest.run_id = runs.run_id
    left join main_units as openings
        on remembered.last_opened_on = openings.week_start_on and remembered.school_key = openings.school_key
    left join main_units
        on remembered.week_start_on = main_units.week_start_on and remembered.school_key = main_units.school_key
    left join slowest
        on remembered.week_start_on = slowest.week_start_on and remembered.school_key = slowest.school_key
    left join still_open
        on remembered.week_start_on = still_open.week_start_on and remembered.school_key = still_open.school_key

)

select * from final
