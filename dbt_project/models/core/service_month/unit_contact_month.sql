{{ config(indexes=[{'columns': ['period_start_on', 'unit_id', 'school_key'], 'unique': true}]) }}

-- Grain: one school and one unit in one month: contacts between them, and those the unit began. A contact is one the log has of
-- somebody of the unit with the school (not called off), or a request; a request is begun by the school unless somebody of a
-- service unit raised it. A unit has rows from its first contact in the log on: before, the silence is the log's, not the unit's.
with requests as (

    select * from {{ ref('service_month') }}
    where school_key <> ''

),

contacts as (

    select * from {{ ref('touchpoint') }}
    where unit_id is not null and school_key is not null and not is_cancelled

),

log as (

    select max(source_at) as source_at from {{ ref('dim_stream') }}
    where stream_name = 'touchpoint'
    having max(source_at) is not null

),

logged_units as (

    select
        unit_id,
        min({{ period_of('occurred_on', 1) }}) as logged_from
    from contacts
    group by 1

),

logged as (

    select
        {{ period_of('occurred_on', 1) }} as period_start_on,
        unit_id,
        school_key,
        count(*) as n_contacts,
        count(*) filter (where initiated_by = 'unit') as n_begun_by_unit
    from contacts
    group by 1, 2, 3

),

final as (

    select
        requests.period_start_on,
        requests.unit_id,
        requests.school_key,
        coalesce(logged.n_contacts, 0) as n_logged,
        requests.n_opened as n_requests,
        coalesce(logged.n_begun_by_unit, 0) + requests.n_opened_by_unit as n_begun_by_unit,
        coalesce(logged.n_contacts, 0) + requests.n_opened as n_contacts,
        least(requests.data_as_of, log.source_at) as data_as_of
    from requests
    cross join log
    inner join logged_units
        on requests.unit_id = logged_units.unit_id and requests.period_start_on >= logged_units.logged_from
    left join logged
        on
            requests.period_start_on = logged.period_start_on
            and requests.unit_id = logged.unit_id
            and requests.school_key = logged.school_key

)

select * from final
