-- Grain: one alert that somebody answered, with the weeks to be compared: those before the week of the answer, and those after.
-- Some values look back on several weeks; the weeks after begin where a value no longer looks back on weeks before the answer.
-- Known gap: the cadence (D1.5) looks back on the whole term and shows what changed only in part; schools compared do so alike.
with responses as (

    select * from {{ ref('alert_response') }}
    where answer is not null

),

rules as (

    select * from {{ ref('underserved_rules') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

weeks_looked_back as (

    select
        rule_id,
        n_weeks::int as n_weeks
    from (
        values
        ('partnership_unpaired', 4),
        ('service_promise_kept', 4),
        ('service_slower_than_elsewhere', {{ var('detection_trailing_weeks') }})
    ) as known (rule_id, n_weeks)

),

placed as (

    select
        responses.*,
        rules.indicator_id,
        {{ week_of('responses.answered_on') }} as answered_week_on,
        greatest({{ var('effect_skipped_weeks') }} + 1, weeks_looked_back.n_weeks) as n_weeks_until
    from responses
    inner join rules on responses.rule_id = rules.rule_id
    left join weeks_looked_back on responses.rule_id = weeks_looked_back.rule_id

),

bounded as (

    select
        *,
        answered_week_on - 7 * {{ var('effect_weeks') }} as before_from_on,
        answered_week_on + 7 * n_weeks_until as after_from_on,
        answered_week_on + 7 * (n_weeks_until + {{ var('effect_weeks') }}) as after_to_on
    from placed

),

final as (

    select
        bounded.alert_key,
        bounded.rule_id,
        bounded.indicator_id,
        bounded.school_key,
        bounded.unit_id,
        bounded.answer,
        bounded.answered_on,
        bounded.answered_week_on,
        bounded.before_from_on,
        bounded.after_from_on,
        bounded.after_to_on,
        bounded.after_to_on <= {{ week_of('as_of.as_of_on') }} as is_over,
        bounded.after_to_on + 7 * {{ var('effect_settles_weeks') }} <= {{ week_of('as_of.as_of_on') }} as is_settled
    from bounded
    cross join as_of

)

select * from final
