-- Grain: one run of versions of an HR assignment between which nobody and nothing moved.
-- HR moves people in place: a run ends where the next one begins, which is the new start date when HR gave one, else the day
-- the change was first seen. Within a run the newest version's dates count, so that a late correction of an end takes effect.
with versions as (

    select * from {{ ref('stg_csv_drop__hr_assignment') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

described as (

    select
        versions.*,
        {{ local_day('versions.seen_from', 'as_of.timezone') }} as seen_on,
        jsonb_build_array(
            versions.staff_id, versions.role, versions.hr_org_code, versions.supervisor_staff_id,
            versions.is_acting, versions.is_removed
        ) as who_and_where
    from versions
    cross join as_of

),

compared as (

    select
        *,
        coalesce(
            who_and_where <> lag(who_and_where) over (
                partition by source_name, assignment_id order by seen_from, _load_id
            ),
            true
        ) as is_move
    from described

),

numbered as (

    select
        *,
        count(*) filter (where is_move)
            over (partition by source_name, assignment_id order by seen_from, _load_id) as run_no
    from compared

),

newest_of_run as (

    select distinct on (source_name, assignment_id, run_no)
        *,
        min(seen_on) over (partition by source_name, assignment_id, run_no) as run_seen_on
    from numbered
    order by source_name, assignment_id, run_no, seen_from desc, _load_id desc

),

started as (

    select
        *,
        case
            when run_no = 1 then starts_on
            when
                not is_removed
                and starts_on > lag(starts_on) over (partition by source_name, assignment_id order by run_no)
                then starts_on
            else run_seen_on
        end as valid_from
    from newest_of_run

),

ended as (

    select
        *,
        least(ends_on, lead(valid_from) over (partition by source_name, assignment_id order by run_no)) as valid_to
    from started

),

final as (

    select
        source_name || ':' || assignment_id || ':' || run_no as interval_key,
        source_name,
        assignment_id,
        staff_id,
        hr_org_code,
        supervisor_staff_id,
        case when role = 'principal' and is_acting then 'acting_principal' else role end as role,
        fte,
        valid_from,
        valid_to,
        _load_id
    from ended
    where not is_removed and (valid_to is null or valid_from is null or valid_from < valid_to)

)

select * from final
