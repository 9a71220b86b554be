{{ config(indexes=[{'columns': ['school_key', 'term_id', 'last_on']}]) }}

{% set window_days = 10 %}
{% set over_ten_days -%}
    over (partition by school_key order by day rows between {{ window_days - 1 }} preceding and current row)
{%- endset %}

-- Grain: one school and one two-week window: ten instructional days on which principal and ILD were both in post. A window ends
-- on every such day of a term. Windows laid end to end were rejected: whether a visit every third week keeps two of three or four
-- of five of them depends on where the first one starts.
-- A window without a contact counts as missed only when the log covers it.
with days as (

    select * from {{ ref('partnership_day') }}
    where is_exposure and is_log_known

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
        day as last_on,
        min(day) {{ over_ten_days }} as first_on,
        count(*) {{ over_ten_days }} as n_days,
        sum(ild_logged_minutes) {{ over_ten_days }} / sum(ild_expected_minutes) {{ over_ten_days }} as log_coverage
    from days

),

met as (

    select
        windows.*,
        exists(
            select 1 from contacts
            where
                contacts.school_key = windows.school_key
                and contacts.occurred_on between windows.first_on and windows.last_on
        ) as is_met
    from windows
    where windows.term_id is not null and windows.n_days = {{ window_days }}

),

final as (

    select
        met.school_key,
        met.term_id,
        met.first_on,
        met.last_on,
        met.log_coverage,
        met.is_met,
        met.is_met or coalesce(met.log_coverage >= limits.min_coverage, false) as is_counted
    from met
    cross join limits

)

select * from final
