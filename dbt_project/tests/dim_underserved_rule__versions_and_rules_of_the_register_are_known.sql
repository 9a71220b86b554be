-- What: a row of the register toa_rule names a version or a rule that nothing else knows, so it changes nothing.
-- When: somebody meant to change who answers for a promise, or when it is told, and nothing changed.
-- How: write the version as the district file does, and the rule as the seed underserved_rules does.
select
    registered.version_id,
    registered.rule_id
from {{ ref('stg_csv_drop__toa_rule') }} as registered
left join {{ ref('dim_underserved_rule') }} as rules
    on registered.version_id = rules.version_id and registered.rule_id = rules.rule_id
where rules.rule_id is null
