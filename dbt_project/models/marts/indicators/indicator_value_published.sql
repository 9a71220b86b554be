{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns', full_refresh=false,
    indexes=[{'columns': ['period_start_on', 'indicator_id', 'scope_type', 'scope_id', 'revision_no'], 'unique': true}],
    post_hook="{{ supervision_only(hidden=\"scope_type = 'ild'\") }}",
) }}

-- Every indicator's values as they were told when their period was over, corrections as rows of their own.
{{ published_rows(
    ref('indicator_value'),
    key=['period_start_on', 'indicator_id', 'scope_type', 'scope_id'],
    values=['period_type', 'period_end_on', 'numerator', 'denominator', 'value', 'n', 'coverage', 'status'],
    period='period_start_on',
    histories=['indicator_id'],
    quiet=['data_as_of'],
    is_over='told.period_end_on <= as_of.as_of_on'
) }}
