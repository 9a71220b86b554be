{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns', full_refresh=false,
    indexes=[{'columns': ['week_start_on', 'school_key', 'revision_no'], 'unique': true}]
) }}

-- The flags of each week that is over as they were told, with the school's name and network of then; corrections are rows of
-- their own. A school that is renamed, moved or closed keeps what was said of it.
{{ published_rows(
    ref('school_underserved_week'),
    key=['week_start_on', 'school_key'],
    values=[
        'school_name', 'network_name', 'need_quartile', 'is_partnership_underserved', 'is_service_underserved',
        'is_compounded', 'n_reasons', 'reasons_text', 'n_open_requests', 'instructional_days_since_contact',
        'log_coverage', 'status',
    ],
    period='week_start_on',
    quiet=['data_as_of'],
    is_over='told.week_start_on + 7 <= as_of.as_of_on'
) }}
