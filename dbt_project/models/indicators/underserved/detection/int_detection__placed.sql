{{ config(
    tags=['detection_method'],
    unlogged=true,
    pre_hook=['{{ detection_memory() }}', '{{ join_by_hash() }}'],
) }}

-- Grain: one comparison and one request, with its stratum and its weight. Requests of one school and type opened on the same
-- day are usually one trouble reported several times: each of m weighs 1/m. `school_no` stands for the school.
with requests as not materialized (

    select * from {{ ref('int_detection__request') }}

),

strata as (

    select * from {{ ref('int_detection__stratum') }}

),

batches as (

    select
        run_id,
        school_key,
        unit_id,
        request_type,
        opened_on,
        count(*) as n_requests
    from requests
    group by 1, 2, 3, 4, 5
    having count(*) > 1

),

schools as (

    select
        school_key,
        (row_number() over (order by school_key))::int as school_no
    from requests
    group by school_key

),

final as (

    select
        requests.run_id,
        requests.request_key,
        requests.school_key,
        schools.school_no,
        requests.unit_id,
        requests.request_type,
        requests.priority,
        requests.opened_on,
        requests.opened_week,
        strata.stratum_no,
        strata.stratum,
        strata.kind_no,
        coalesce(batches.n_requests, 1) as n_in_batch,
        1 / coalesce(batches.n_requests, 1)::double precision as weight,
        requests.resolution_entry_minutes,
        requests.resolution_exit_minutes,
        requests.is_resolved,
        requests.response_entry_minutes,
        requests.response_exit_minutes,
        requests.is_answered
    from requests
    inner join strata
        on
            requests.run_id = strata.run_id
            and requests.unit_id = strata.unit_id
            and requests.request_type = strata.request_type
            and requests.priority = strata.priority
            and requests.opened_band = strata.opened_band
    inner join schools on requests.school_key = schools.school_key
    left join batches
        on
            requests.run_id = batches.run_id
            and requests.school_key = batches.school_key
            and requests.unit_id = batches.unit_id
            and requests.request_type = batches.request_type
            and requests.opened_on = batches.opened_on

)

select * from final
