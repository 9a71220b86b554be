-- Grain: one stretch of somebody's calendar. Two bookings of the same hour count once, for the one that began first, so that
-- `minutes` add up to the time that passed. A category that a rule guessed with too little confidence counts as "other".
-- Known gap: a stretch over midnight counts for the day it began.
with blocks as (

    select * from {{ ref('stg_csv_drop__time_block') }}
    where ends_at > starts_at

),

org_aliases as (

    select distinct on (alias) * from {{ ref('dim_org_alias') }}
    where alias_kind in ('code', 'hr_code') and org_type = 'school'
    order by alias, alias_kind

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

booked_before as (

    select
        *,
        cancelled_at is not null as is_cancelled,
        greatest(
            starts_at,
            max(ends_at) filter (where cancelled_at is null) over (
                partition by staff_id order by starts_at, ends_at, block_id
                rows between unbounded preceding and 1 preceding
            )
        ) as free_from
    from blocks

),

final as (

    select
        booked_before.source_name || ':' || booked_before.block_id as block_key,
        booked_before.source_name,
        booked_before.staff_id,
        org_aliases.org_key as school_key,
        case
            when coalesce(booked_before.confidence, 1) >= {{ var('time_block_min_confidence') }}
                then coalesce(booked_before.category, 'other')
            else 'other'
        end as category,
        coalesce(booked_before.setting, 'other') as setting,
        coalesce(booked_before.is_planned, true) as is_planned,
        booked_before.is_cancelled,
        booked_before.cancel_reason,
        case
            when booked_before.is_cancelled or booked_before.free_from >= booked_before.ends_at then 0
            else trim_scale(round(extract(epoch from booked_before.ends_at - booked_before.free_from) / 60, 2))
        end as minutes,
        booked_before.starts_at,
        booked_before.ends_at,
        {{ local_day('booked_before.starts_at', 'as_of.timezone') }} as worked_on,
        booked_before._load_id
    from booked_before
    cross join as_of
    left join org_aliases on {{ normalised_code('booked_before.school_id') }} = org_aliases.alias

)

select * from final
