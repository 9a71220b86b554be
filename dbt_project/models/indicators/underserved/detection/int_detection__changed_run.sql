{{ config(tags=['detection_method']) }}

-- Grain: one comparison whose requests are not just those it was last made of; only these are made again, so that a build that
-- brings nothing new changes nothing, to the last digit. The fingerprint is that of the rows, in any order, and of the method.
{%- set held = left_by_last_build('detection_run') %}
with runs as (

    select distinct
        run_id,
        week_start_on,
        window_name
    from {{ ref('int_detection__run_unit') }}

),

requests as (

    select * from {{ ref('int_detection__request') }}

),

prints as (

    select
        run_id,
        count(*) as n_requests,
        bit_xor(hash_record_extended(requests, 0)) as fingerprint
    from requests
    group by 1

),

final as (

    select
        runs.run_id,
        runs.week_start_on,
        runs.window_name,
        coalesce(prints.n_requests, 0) as n_requests,
        '{{ detection_method() }} ' || coalesce(prints.fingerprint, 0) as fingerprint
    from runs
    left join prints on runs.run_id = prints.run_id

)

select final.*
from final
{% if held %}
    left join {{ held }} as held on final.run_id = held.run_id
    where final.fingerprint is distinct from held.fingerprint
{% endif %}
