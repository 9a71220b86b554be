{{ config(materialized='view') }}

with measured as (

    select
        unit_id as scope_id,
        period_start_on,
        n_clusters_with_project as numerator,
        n_clusters_due as denominator,
        n_clusters_with_project::numeric / nullif(n_clusters_due, 0) as value,
        n_clusters_due as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('unit_cluster_month') }}

),

final as (

    {{ indicator_rows('D3.18', 'unit') }}

)

select * from final
