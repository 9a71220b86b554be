-- Grain: one school in one window of ten instructional days of a term ("two weeks" that no break can fill).
-- A window without a contact counts as missed only when principal and ILD were in post for half of it and the log covers it.
with days as (

    select * from {{ ref('partnership_day') }}
    where term_id is not null

),

contacts as (

    select * from {{ ref('touchpoint') }}
    where is_substantive

),

limits as (

    select * from {{ ref('dim_indicator') }}
    where indicator_id = 'D1.4'

),

windows as (

    select
        school_key,
        term_id,
        cadence_window_no,
        min(day) as first_on,
        max(day) as last_on,
        count(*) as n_days,
        count(*) filter (where is_exposure) as n_exposure_days,
        sum(ild_logged_minutes)::numeric / nullif(sum(ild_expected_minutes), 0) as log_coverage
    from days
    group by 1, 2, 3

),

met as (

    select
        windows.*,
        exists (
            select 1 from contacts
            where
                contacts.school_key = windows.school_key
                and contacts.occurred_on between windows.first_on and windows.last_on
        ) as is_met
    from windows

),

final as (

    select
        met.school_key,
        met.term_id,
        met.cadence_window_no,
        met.first_on,
        met.last_on,
        met.n_exposure_days,
        met.log_coverage,
        met.is_met,
        met.is_met
        or (
            met.n_exposure_days * 2 >= {{ var('cadence_window_days') }}
            and coalesce(met.log_coverage >= limits.min_coverage, false)
        ) as is_counted
    from met
    cross join limits
    where met.n_days = {{ var('cadence_window_days') }}

)

select * from final
