with days as (

    select * from {{ ref('load_day') }}

),

drift as (

    select
        moments.source_name,
        moments.stream_name,
        moments.happened_on as day,
        count(*) as n_fields
    from {{ source('ops', 'drift') }} as fields
    inner join {{ ref('load_moment') }} as moments on fields.load_id = moments.load_id
    group by 1, 2, 3

),

streams as (

    select * from {{ ref('dim_stream') }}

),

measured as (

    select
        days.*,
        streams.system_name,
        coalesce(drift.n_fields, 0) as n_drifted_fields,
        round(extract(epoch from days.evaluated_at - days.source_at) / 60) as lag_minutes,
        round(extract(epoch from days.evaluated_at - days.last_good_at) / 60) as minutes_since_load
    from days
    left join streams on days.source_name = streams.source_name and days.stream_name = streams.stream_name
    left join drift
        on days.source_name = drift.source_name and days.stream_name = drift.stream_name and days.day = drift.day

),

final as (

    select
        source_name,
        stream_name,
        system_name,
        day,
        expected_every_minutes,
        n_due::bigint as n_loads_due,
        n_on_time::bigint as n_loads_on_time,
        round(n_on_time::numeric / nullif(n_due, 0), 4) as on_time_share,
        n_done::bigint as n_loads_done,
        n_skipped::bigint as n_loads_skipped,
        n_failed::bigint as n_loads_failed,
        n_rows_seen::bigint as n_rows_seen,
        n_rows_new::bigint as n_rows_new,
        n_rows_changed::bigint as n_rows_changed,
        n_rows_deleted::bigint as n_rows_deleted,
        n_rows_quarantined::bigint as n_rows_quarantined,
        n_rows_told::bigint as n_rows_told,
        n_rows_seen_of_told::bigint as n_rows_seen_of_told,
        n_drifted_fields::bigint as n_drifted_fields,
        lag_minutes,
        minutes_since_load,
        coalesce(minutes_since_load > expected_every_minutes, last_good_at is null) as is_late,
        case
            when minutes_since_load > expected_every_minutes or last_good_at is null then 'late'
            when n_failed > 0 and n_done + n_skipped = 0 then 'failed'
            when n_failed > 0 or n_rows_quarantined > 0 or n_drifted_fields > 0 then 'partial'
            else 'ok'
        end as status,
        evaluated_at as data_as_of
    from measured

)

select * from final
