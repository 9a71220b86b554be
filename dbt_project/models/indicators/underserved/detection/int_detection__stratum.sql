{{ config(tags=['detection_method']) }}

-- Grain: one comparison x unit x type of request x priority x four weeks of opening: which requests count as identical. Backlog
-- waves and outages hit everybody who asked then, so requests are compared with those opened in the same four weeks; where
-- these are fewer than 20, or of fewer than 5 schools, with all such few ones of the unit, type and priority.
-- `stratum_no` stands for the run and stratum, `kind_no` for the run, unit and type: twice the number of their first cell (the
-- response clock adds one to it).
with requests as (

    select * from {{ ref('int_detection__request') }}

),

school_cells as (

    select
        requests.run_id,
        requests.unit_id,
        requests.request_type,
        requests.priority,
        requests.opened_band,
        requests.school_key,
        count(*) as n_requests
    from requests
    group by 1, 2, 3, 4, 5, 6

),

cells as (

    select
        run_id,
        unit_id,
        request_type,
        priority,
        opened_band,
        sum(n_requests)::bigint as n_requests,
        count(*) as n_schools
    from school_cells
    group by 1, 2, 3, 4, 5

),

numbered as (

    select
        *,
        n_requests < 20 or n_schools < 5 as is_fallback,
        row_number() over (order by run_id, unit_id, request_type, priority, opened_band) as cell_no
    from cells

),

final as (

    select
        run_id,
        unit_id,
        request_type,
        priority,
        opened_band,
        n_requests,
        n_schools,
        is_fallback,
        2 * case
            when is_fallback
                then min(cell_no) over (partition by run_id, unit_id, request_type, priority, is_fallback)
            else cell_no
        end as stratum_no,
        2 * min(cell_no) over (partition by run_id, unit_id, request_type) as kind_no,
        concat_ws(
            ' / ',
            unit_id,
            request_type,
            'priority ' || priority,
            case when is_fallback then 'other weeks' else 'opened in the four weeks from ' || opened_band end
        ) as stratum
    from numbered

)

select * from final
