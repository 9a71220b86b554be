{{ config(materialized='view') }}

-- Grain: one touched request that its source still has, of every help desk.
select * from {{ ref('int_servicenow__request') }}
union all
select * from {{ ref('int_zendesk__request') }}
