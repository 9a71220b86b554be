{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns', full_refresh=false,
    indexes=[{'columns': ['week_start_on', 'scope_type', 'scope_id', 'revision_no'], 'unique': true}]
) }}

-- What the weekly page told of each week that is over, corrections as rows of their own. The page is written from these rows.
{{ published_rows(
    ref('leadership_digest_week'),
    key=['week_start_on', 'scope_type', 'scope_id'],
    values=[
        'scope_name', 'n_schools', 'n_partnership_underserved', 'n_service_underserved', 'n_compounded', 'n_contact_judged',
        'n_contact_within_limit', 'days_since_contact', 'contact_limit_days', 'promise_kept_limit', 'n_promises_kept',
        'n_promises_due', 'n_open', 'n_ageing',
    ],
    period='week_start_on',
    quiet=['data_as_of'],
    is_over='told.week_start_on + 7 <= as_of.as_of_on'
) }}
