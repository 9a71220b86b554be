-- What: a row of the register toa_rule names a version or a rule that nothing else knows, or says after how many looks a promise
-- closes, which only the comparison of schools asks. So it changes nothing.
-- When: somebody meant to change who answers for a promise, or when it is told, and nothing changed.
-- How: write the version as the district file does, and the rule as the seed underserved_rules does; leave closes_after_weeks
-- empty for every rule but service_slower_than_elsewhere.
select
    registered.version_id,
    registered.rule_id,
    registered.closes_after_weeks
from {{ ref('stg_csv_drop__toa_rule') }} as registered
left join {{ ref('dim_underserved_rule') }} as rules
    on registered.version_id = rules.version_id and registered.rule_id = rules.rule_id
left join {{ ref('underserved_rules') }} as defaults on registered.rule_id = defaults.rule_id
where
    rules.rule_id is null
    or (registered.closes_after_weeks is not null and defaults.closes_after_weeks is null)
