-- Alerts count in the quarter they were told of one by one; those beyond an owner's budget, which stand in the digest only, are
-- counted apart: nobody was asked to answer them. The limit is that of D5.6 in the theory of action in force.
with quarters as (

    select
        dim_period.*,
        dim_period.period_end_on + {{ var('review_after_days') }} as review_on
    from {{ ref('dim_period') }} as dim_period
    where dim_period.period_type = 'quarter'

),

rules as (

    select * from {{ ref('underserved_rules') }}
    where rule_id <> 'service_gone_quiet'

),

limits as (

    select * from {{ ref('dim_indicator_limit') }}
    where indicator_id = 'D5.6'

),

responses as (

    select * from {{ ref('alert_response') }}

),

outcomes as (

    select * from {{ ref('alert_outcome') }}

),

effects as (

    select * from {{ ref('alert_action_effect') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

known_rules as (

    select rule_id from rules

    union

    select rule_id from responses

),

grid as (

    select
        known_rules.rule_id,
        quarters.period_start_on,
        quarters.period_end_on,
        quarters.review_on,
        quarters.review_on <= as_of.as_of_on as is_due,
        as_of.as_of_at
    from known_rules
    cross join quarters
    cross join as_of

),

fired as (

    select
        grid.period_start_on,
        responses.*,
        outcomes.alert_key is not null as is_recovered,
        outcomes.has_held,
        effects.status as effect_status
    from grid
    inner join responses
        on
            grid.rule_id = responses.rule_id
            and responses.opened_on >= grid.period_start_on
            and responses.opened_on < grid.period_end_on
    left join outcomes on responses.alert_key = outcomes.alert_key
    left join effects on responses.alert_key = effects.alert_key

),

counted as (

    select
        rule_id,
        period_start_on,
        count(*) filter (where not is_digest_only) as n_fired,
        count(*) filter (where is_digest_only) as n_digest_only,
        count(*) filter (where not is_digest_only and is_answered) as n_answered,
        count(*) filter (where not is_digest_only and is_acted_on) as n_acted_on,
        count(*) filter (where not is_digest_only and dismissed_because is not null) as n_dismissed,
        count(*) filter (where not is_digest_only and is_disputed) as n_disputed,
        count(*) filter (where not is_digest_only and is_recovered) as n_recovered,
        count(*) filter (where not is_digest_only and has_held is not null) as n_tried,
        count(*) filter (where not is_digest_only and has_held) as n_held,
        count(*) filter (where effect_status <> 'insufficient_data') as n_effects,
        count(*) filter (where effect_status = 'better') as n_effects_better,
        count(*) filter (where effect_status = 'worse') as n_effects_worse
    from fired
    group by 1, 2

),

dismissed as (

    select
        rule_id,
        period_start_on,
        string_agg(dismissed_because || ' ' || n, ', ' order by n desc, dismissed_because) as reasons
    from (
        select
            rule_id,
            period_start_on,
            dismissed_because,
            count(*) as n
        from fired
        where not is_digest_only and dismissed_because is not null
        group by 1, 2, 3
    ) as by_reason
    group by 1, 2

),

shares as (

    select
        grid.*,
        rules.meaning,
        rules.owner_role,
        limits.act as retire_below,
        coalesce(limits.min_n, 1) as n_needed,
        coalesce(counted.n_fired, 0) as n_fired,
        coalesce(counted.n_digest_only, 0) as n_digest_only,
        coalesce(counted.n_answered, 0) as n_answered,
        coalesce(counted.n_acted_on, 0) as n_acted_on,
        coalesce(counted.n_dismissed, 0) as n_dismissed,
        dismissed.reasons as dismissal_reasons,
        coalesce(counted.n_disputed, 0) as n_disputed,
        coalesce(counted.n_recovered, 0) as n_recovered,
        coalesce(counted.n_tried, 0) as n_tried,
        coalesce(counted.n_held, 0) as n_held,
        coalesce(counted.n_effects, 0) as n_effects,
        coalesce(counted.n_effects_better, 0) as n_effects_better,
        coalesce(counted.n_effects_worse, 0) as n_effects_worse,
        counted.n_acted_on::numeric / nullif(counted.n_fired, 0) as acted_on_share,
        counted.n_held::numeric / nullif(counted.n_tried, 0) as held_share
    from grid
    left join rules on grid.rule_id = rules.rule_id
    left join limits on {{ covers('limits.valid_from', 'limits.valid_to', 'grid.period_start_on') }}
    left join counted on grid.rule_id = counted.rule_id and grid.period_start_on = counted.period_start_on
    left join dismissed on grid.rule_id = dismissed.rule_id and grid.period_start_on = dismissed.period_start_on

),

proposed as (

    select
        *,
        case
            when not is_due then 'not_due'
            when n_fired < n_needed then 'insufficient_data'
            when acted_on_share < retire_below then 'retire'
            when n_tried >= n_needed and held_share < retire_below then 'retire'
            else 'keep'
        end as proposal
    from shares

),

final as (

    select
        period_start_on as quarter_start_on,
        rule_id,
        coalesce(meaning, 'A rule that is no longer judged') as rule_meaning,
        owner_role,
        review_on,
        n_fired::int as n_fired,
        n_digest_only::int as n_digest_only,
        n_answered::int as n_answered,
        n_acted_on::int as n_acted_on,
        n_dismissed::int as n_dismissed,
        dismissal_reasons,
        n_disputed::int as n_disputed,
        n_recovered::int as n_recovered,
        n_tried::int as n_tried,
        n_held::int as n_held,
        n_effects::int as n_effects,
        n_effects_better::int as n_effects_better,
        n_effects_worse::int as n_effects_worse,
        acted_on_share::numeric(14, 4) as acted_on_share,
        held_share::numeric(14, 4) as held_share,
        retire_below::numeric(14, 4) as retire_below,
        proposal,
        case
            when proposal = 'not_due'
                then 'To be reviewed on ' || to_char(review_on, 'FMDD FMMonth YYYY') || '; so far '
                    || {{ counted('n_fired', 'alert') }} || ', ' || n_acted_on || ' acted on.'
            when proposal = 'insufficient_data'
                then {{ counted('n_fired', 'alert') }} || ' in the quarter, ' || n_acted_on || ' acted on: at least ' || n_needed
                    || ' are needed to judge a rule.'
            when proposal = 'retire' and acted_on_share < retire_below
                then 'Of ' || {{ counted('n_fired', 'alert') }} || ' ' || n_acted_on || ' led to action ('
                    || round(acted_on_share * 100) || ' in 100; fewer than ' || {{ share_in_words('retire_below') }}
                    || ' is taken as noise): retire the rule, or say what would make it worth acting on.'
            when proposal = 'retire'
                then 'Of ' || n_tried || ' recoveries ' || n_held || ' lasted {{ var("fix_holds_days") }} days ('
                    || round(held_share * 100) || ' in 100; fewer than ' || {{ share_in_words('retire_below') }}
                    || ' do not hold): retire the rule, or say what would make its fixes last.'
            else 'Of ' || {{ counted('n_fired', 'alert') }} || ' ' || n_acted_on || ' led to action ('
                || round(acted_on_share * 100) || ' in 100)' || case
                    when n_tried > 0
                        then '; of ' || n_tried || ' recoveries ' || n_held || ' lasted {{ var("fix_holds_days") }} days'
                    else ''
                end || ': keep it.'
        end as proposal_text,
        as_of_at as data_as_of
    from proposed

)

select * from final
