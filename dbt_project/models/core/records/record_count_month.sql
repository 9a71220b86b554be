-- Grain: one check of one keeper's records in one month, and of one length of promise where the check compares by it: how many
-- records there are and how many show the pattern. A keeper is a service unit (its requests, and contacts of its people), an ILD,
-- or the contact log as a whole. Every unit has a row for each check of its requests, whatever was closed.
--
-- closed_just_in_time: of the promised requests first closed by resolution, those with little of the promised time left.
-- withdrawn_just_in_time: of the promised requests closed in any way, those withdrawn or merged with little of it left.
-- reopened_after_just_in_time: of the promised requests resolved, those resolved with little of it left and soon reopened. One
--   whose days for it are not over is counted on neither side.
-- closed_on_friday: of the requests first closed by resolution, those of a Friday.
-- logged_late: of the contacts written down in the month, those written down long after they took place.
-- logged_in_one_go: of the same, those written down together with many others on a day on which old ones were caught up with.
-- visit_too_short: of an ILD's visits to schools in the month, those too short to be one.
--
-- Known gaps: contacts told as taking place when they did not leave no trace in records. A log that keeps no moment of writing
-- down, or rewrites it with each change, says nothing or too much about lateness; one without minutes, nothing about short
-- visits. ILDs keep their log on Fridays by custom, so Fridays are asked of closings alone. A contact noted before it took
-- place is not late.
with months as (

    select * from {{ ref('dim_period') }}
    where period_type = 'month' and period_start_on >= {{ first_record_month() }}

),

checks as (

    select * from {{ ref('record_checks') }}

),

closings as (

    select * from {{ ref('request_closing') }}

),

contacts as (

    select * from {{ ref('touchpoint') }}
    where not is_cancelled and (is_by_ild or unit_id is not null)

),

unit_sources as (

    select * from {{ ref('int_unit_source') }}

),

log as (

    select * from {{ ref('touchpoint_log') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

judged_closings as (

    select
        closings.*,
        not closings.is_closed_by_withdrawal as is_resolution,
        closings.left_seconds >= 0
        and closings.left_seconds < {{ var('just_in_time_minutes') }} * 60 as is_just_in_time,
        closings.closed_at + {{ var('reopened_soon_days') }} * interval '1 day' <= as_of.as_of_at as is_settled
    from closings
    cross join as_of

),

closing_months as (

    select
        closed_month,
        unit_id,
        promised_seconds,
        count(*) as n_closed,
        count(*) filter (where is_resolution) as n_resolved,
        count(*) filter (where is_resolution and is_settled) as n_settled,
        count(*) filter (where is_resolution and is_just_in_time) as n_just_in_time,
        count(*) filter (where not is_resolution and is_just_in_time) as n_withdrawn_just_in_time,
        count(*) filter (where is_resolution and is_settled and is_just_in_time and is_reopened_soon) as n_reopened_after,
        count(*) filter (where is_resolution and extract(isodow from closed_on) = 5) as n_on_friday
    from judged_closings
    group by 1, 2, 3

),

request_counts as (

    select
        told.check_id,
        'unit' as keeper_type,
        closing_months.unit_id as keeper_id,
        closing_months.closed_month as month_start_on,
        case when told.check_id <> 'closed_on_friday' then closing_months.promised_seconds end as promised_seconds,
        told.n_records,
        told.n_matching
    from closing_months
    cross join
        lateral (
            values
            ('closed_just_in_time', closing_months.n_resolved, closing_months.n_just_in_time),
            ('withdrawn_just_in_time', closing_months.n_closed, closing_months.n_withdrawn_just_in_time),
            ('reopened_after_just_in_time', closing_months.n_settled, closing_months.n_reopened_after),
            ('closed_on_friday', closing_months.n_resolved, closing_months.n_on_friday)
        ) as told (check_id, n_records, n_matching)
    where told.check_id = 'closed_on_friday' or closing_months.promised_seconds is not null

),

unit_months as (

    select
        checks.check_id,
        'unit' as keeper_type,
        unit_sources.unit_id as keeper_id,
        months.period_start_on as month_start_on,
        null::numeric as promised_seconds,
        0::bigint as n_records,
        0::bigint as n_matching
    from checks
    cross join unit_sources
    cross join months
    where checks.record_kind = 'request'

),

written_down as (

    select
        contacts.*,
        {{ local_day('contacts.recorded_at', 'as_of.timezone') }} as recorded_on
    from contacts
    cross join as_of

),

writing_days as (

    select
        source_name,
        staff_id,
        recorded_on,
        count(*) >= {{ var('one_go_contacts') }}
        and min(occurred_on) < recorded_on - {{ var('late_log_days') }} as is_in_one_go
    from written_down
    where recorded_on is not null
    group by 1, 2, 3

),

contact_checks as (

    select
        written_down.source_name,
        written_down.staff_id,
        written_down.unit_id,
        written_down.is_by_ild,
        told.check_id,
        {{ period_of('told.counts_on', 1) }} as month_start_on,
        told.is_matching
    from written_down
    cross join as_of
    left join writing_days
        on
            written_down.source_name = writing_days.source_name
            and written_down.staff_id = writing_days.staff_id
            and written_down.recorded_on = writing_days.recorded_on
    cross join
        lateral (
            values
            (
                'logged_late',
                written_down.recorded_on,
                written_down.recorded_on > written_down.occurred_on + {{ var('late_log_days') }}
            ),
            ('logged_in_one_go', written_down.recorded_on, writing_days.is_in_one_go),
            (
                'visit_too_short',
                case
                    when written_down.is_by_ild and written_down.setting = 'school' and written_down.occurred_at < as_of.as_of_at
                        then written_down.occurred_on
                end,
                written_down.minutes <= {{ var('short_visit_minutes') }}
            )
        ) as told (check_id, counts_on, is_matching)
    where told.counts_on >= {{ first_record_month() }} and told.is_matching is not null

),

contact_counts as (

    select
        contact_checks.check_id,
        keeper.keeper_type,
        keeper.keeper_id,
        contact_checks.month_start_on,
        null::numeric as promised_seconds,
        count(*) as n_records,
        count(*) filter (where contact_checks.is_matching) as n_matching
    from contact_checks
    cross join
        lateral (
            values
            (
                case when contact_checks.is_by_ild then 'ild' else 'unit' end,
                case when contact_checks.is_by_ild then contact_checks.staff_id else contact_checks.unit_id end
            ),
            ('contact_log', contact_checks.source_name)
        ) as keeper (keeper_type, keeper_id)
    group by 1, 2, 3, 4, 5

),

counts as (

    select * from request_counts
    union all
    select * from unit_months
    union all
    select * from contact_counts

),

final as (

    select
        counts.check_id,
        counts.keeper_type,
        counts.keeper_id,
        counts.month_start_on,
        counts.promised_seconds,
        sum(counts.n_records)::bigint as n_records,
        sum(counts.n_matching)::bigint as n_matching,
        max(
            least(
                case
                    when checks.record_kind = 'request' then coalesce(unit_sources.source_at, as_of.as_of_at)
                    else coalesce(log.log_as_of_at, as_of.as_of_at)
                end,
                months.evaluated_at
            )
        ) as data_as_of
    from counts
    cross join log
    cross join as_of
    inner join checks on counts.check_id = checks.check_id
    inner join months on counts.month_start_on = months.period_start_on
    left join unit_sources on counts.keeper_type = 'unit' and counts.keeper_id = unit_sources.unit_id
    group by 1, 2, 3, 4, 5

)

select * from final
