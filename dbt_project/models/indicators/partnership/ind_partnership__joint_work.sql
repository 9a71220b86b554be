{{ config(materialized='view') }}

-- A contact without a tag is unknown, not monitoring: it lowers the coverage. `coverage` is the lower of the log's and the tags'.
with measured as (

    select
        ild_staff_id as scope_id,
        week_start_on as period_start_on,
        n_joint_work_contacts as numerator,
        n_tagged_il_contacts as denominator,
        n_joint_work_contacts::numeric / nullif(n_tagged_il_contacts, 0) as value,
        n_tagged_il_contacts as n,
        least(coalesce(log_coverage, 0), n_tagged_il_contacts::numeric / nullif(n_il_contacts, 0)) as coverage,
        data_as_of
    from {{ ref('ild_week') }}

),

final as (

    {{ indicator_rows('D1.8', 'ild') }}

)

select * from final
