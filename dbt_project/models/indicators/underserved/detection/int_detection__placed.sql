{{ config(
    tags=['detection_method'],
    unlogged=true,
    pre_hook=['{{ detection_memory() }}', '{{ join_by_hash() }}'],
) }}

-- Grain: one comparison and one request, with its stratum and its weight. Requests of one school and type opened on the same
-- day are usually one trouble reported several times: each of m weighs 1/m. `school_no` stands for the school, `kind_no` for the
-- comparison, unit and type.
with requests as not materialized (

    select * from {{ ref('int_detection__request') }}

),

strata as (

    select * from {{ ref('int_detection__stratum') }}

),

schools as (

    select
        school_key,
        (row_number() over (order by school_key))::int as school_no
    from requests
    group by school_key

),

placed as (

    select
        requests.*,
        schools.school_no,
        strata.stratum_no,
        strata.stratum,
        strata.kind_no,
        count(*) over (partition by strata.kind_no, schools.school_no, requests.opened_on) as n_in_batch
    from requests
    inner join strata
        on
            requests.run_id = strata.run_id
            and requests.unit_id = strata.unit_id
            and requests.request_type = strata.request_type
            and requests.priority = strata.priority
            and requests.opened_band = strata.opened_band
    inner join schools on requests.school_key = schools.school_key

),

final as (

    select
        run_id,
        request_key,
        school_key,
        school_no,
        unit_id,
        request_type,
        priority,
        opened_on,
        opened_week,
        stratum_no,
        stratum,
        kind_no,
        n_in_batch,
        1 / n_in_batch::double precision as weight,
        resolution_entry_minutes,
        resolution_exit_minutes,
        is_resolved,
        response_entry_minutes,
        response_exit_minutes,
        is_answered
    from placed

)

select * from final
