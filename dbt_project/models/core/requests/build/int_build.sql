-- Grain: one row, what this build is: whether every request is done again (a first build, a full refresh, other settings), or
-- only the touched ones.
{%- set taken_load = left_by_last_build('taken_load') %}
{%- set service_request = left_by_last_build('int_service_request') %}
with changed as (

    select * from {{ ref('int_changed_basis') }}

),

final as (

    select
        {{ not (taken_load and service_request) }} or exists (select 1 from changed where kind = 'settings') as is_everything,
        (select count(*) from {{ ref('int_new_load') }}) as n_new_loads

)

select * from final
