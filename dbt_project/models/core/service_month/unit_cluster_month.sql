{{ config(indexes=[{'columns': ['period_start_on', 'unit_id'], 'unique': true}]) }}

-- Grain: one service unit in one month: clusters of the same type of request from many schools, and those the unit answered with
-- a project: open when the cluster began, or opened within so many days of it, for that type of request, by that unit. A cluster
-- whose days are not over and that has no project yet is not due. Without a register of projects there are no rows.
with clusters as (

    select * from {{ ref('request_cluster_month') }}

),

projects as (

    select * from {{ ref('project') }}
    where request_category is not null

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

register as (

    select max(source_at) as source_at from {{ ref('dim_stream') }}
    where stream_name = 'project'
    having max(source_at) is not null

),

judged as (

    select
        clusters.period_start_on,
        clusters.unit_id,
        clusters.cluster_started_on is not null as is_cluster,
        exists(
            select 1 from projects
            where
                clusters.unit_id = any(projects.unit_ids)
                and lower(clusters.request_type) = projects.request_category
                and projects.opened_on <= clusters.cluster_started_on + {{ var('cluster_project_days') }}
                and coalesce(projects.closed_on, 'infinity') > clusters.cluster_started_on
        ) as has_project,
        clusters.cluster_started_on + {{ var('cluster_project_days') }}
        < {{ local_day('register.source_at', 'as_of.timezone') }} as is_time_over,
        least(clusters.data_as_of, register.source_at) as data_as_of
    from clusters
    cross join register
    cross join as_of

),

final as (

    select
        period_start_on,
        unit_id,
        count(*) filter (where is_cluster) as n_clusters,
        count(*) filter (where is_cluster and (has_project or is_time_over)) as n_clusters_due,
        count(*) filter (where is_cluster and has_project) as n_clusters_with_project,
        min(data_as_of) as data_as_of
    from judged
    group by 1, 2

)

select * from final
