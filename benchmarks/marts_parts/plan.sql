-- The whole life of every request, planned beforehand: everything derives from a request's number by hashing, so that the same
-- number of requests gives the same rows on every machine. Instants are null where something never happens.
create schema if not exists bench;

create or replace function bench.share(i bigint, salt int) returns double precision
    language sql immutable parallel safe
    return (hashint8extended(i, salt) & 1073741823)::double precision / 1073741824;

-- One row: how many requests in all, the span of their creation, and up to which instant the help desks have told.
create table if not exists bench.setting (
    n_requests bigint not null, starts_on date not null, n_workdays int not null,
    told_before timestamptz not null, told_until timestamptz not null, batch int not null
);

create unlogged table if not exists bench.request (
    i bigint not null, batch int not null, is_zendesk boolean not null,
    school_no int not null, has_place boolean not null, requester_no int, unit_no int not null, priority int not null,
    category text not null, created_at timestamptz not null, answered_at timestamptz, handed_over_at timestamptz,
    wait_starts_at timestamptz, wait_ends_at timestamptz, hold_starts_at timestamptz, hold_ends_at timestamptz,
    solved_first_at timestamptz, reopened_at timestamptz, solved_again_at timestamptz, closed_at timestamptz,
    withdrawn_at timestamptz
);

create or replace function bench.plan(first_i bigint, last_i bigint, batch_no int) returns void language sql begin atomic
    with numbered as (
        select
            i,
            least((i - 1) * setting.n_workdays / setting.n_requests, setting.n_workdays) as workday_no,
            setting.starts_on,
            setting.n_workdays
        from bench.setting cross join generate_series(first_i, last_i) as i
    ),

    created as (
        select
            i,
            ((starts_on + (workday_no / 5 * 7 + workday_no % 5)::int)
                + interval '6 hours' + bench.share(i, 1) * interval '11 hours') at time zone 'America/Chicago' as created_at,
            -- Two in a hundred are open, most of them young: one open request in e has waited ten weeks or more.
            bench.share(i, 2) < 0.2 * exp(-(n_workdays - workday_no) / 50.0) as is_stuck,
            bench.share(i, 3) < 0.02 as is_withdrawn
        from numbered
    ),

    answered as (
        select
            *,
            case
                when not is_withdrawn and bench.share(i, 4) < 0.96 and not (is_stuck and bench.share(i, 5) < 0.3)
                    then date_trunc('second', created_at + interval '4 minutes' + power(bench.share(i, 6), 4) * interval '3 days')
            end as answered_at
        from created
    ),

    waited as (
        select
            *,
            case when bench.share(i, 7) < 0.30 then date_trunc('second', answered_at + interval '1 minute' + bench.share(i, 8) * interval '8 hours') end as wait_starts_at
        from answered
    ),

    resumed as (
        select
            *,
            date_trunc('second', wait_starts_at + interval '1 minute' + power(bench.share(i, 9), 2) * interval '6 days') as wait_ends_at
        from waited
    ),

    held as (
        select
            *,
            case
                when bench.share(i, 10) < 0.10
                    then date_trunc('second', coalesce(wait_ends_at, answered_at) + interval '1 minute' + bench.share(i, 11) * interval '4 hours')
            end as hold_starts_at
        from resumed
    ),

    released as (
        select
            *,
            date_trunc('second', hold_starts_at + interval '1 minute' + bench.share(i, 12) * interval '9 days') as hold_ends_at
        from held
    ),

    solved as (
        select
            *,
            case
                when not is_stuck and not is_withdrawn
                    then date_trunc(
                        'second',
                        coalesce(hold_ends_at, wait_ends_at, answered_at, created_at)
                        + interval '3 minutes' + power(bench.share(i, 13), 3) * interval '10 days'
                    )
            end as solved_first_at
        from released
    ),

    reopened as (
        select
            *,
            case when bench.share(i, 14) < 0.06 then date_trunc('second', solved_first_at + interval '5 minutes' + bench.share(i, 15) * interval '2 days') end as reopened_at
        from solved
    ),

    ended as (
        select
            *,
            date_trunc('second', reopened_at + interval '5 minutes' + power(bench.share(i, 16), 2) * interval '5 days') as solved_again_at
        from reopened
    )

    insert into bench.request
    select
        i,
        batch_no,
        bench.share(i, 20) >= 0.625,
        1 + floor(bench.share(i, 21) * 250)::int,
        bench.share(i, 22) < 0.6,
        case when bench.share(i, 23) < 0.95 then 1 + floor(bench.share(i, 24) * 4)::int end,
        1 + floor(bench.share(i, 20) * 8)::int,
        case
            when bench.share(i, 25) < 0.04 then 1
            when bench.share(i, 25) < 0.20 then 2
            when bench.share(i, 25) < 0.70 then 3
            else 4
        end,
        'category ' || floor(bench.share(i, 26) * 6)::int,
        date_trunc('second', created_at),
        answered_at,
        case when bench.share(i, 27) < 0.25 then date_trunc('second', answered_at + bench.share(i, 28) * interval '1 minute') end,
        wait_starts_at,
        wait_ends_at,
        hold_starts_at,
        hold_ends_at,
        solved_first_at,
        reopened_at,
        solved_again_at,
        date_trunc('second', coalesce(solved_again_at, solved_first_at) + interval '3 days'),
        case when is_withdrawn then date_trunc('second', created_at + bench.share(i, 30) * interval '3 days') end
    from ended;
end;

-- What the help desks tell in this batch: events since the last one, up to now. Where a state was left and entered, both stand.
create or replace view bench.event as
select
    request.i,
    request.is_zendesk,
    request.school_no,
    request.requester_no,
    request.unit_no,
    request.priority,
    event.*
from bench.setting
inner join bench.request on setting.batch = request.batch
cross join lateral (
    values
    (0, 'created', request.created_at, null, 1),
    (1, 'answered', request.answered_at, null, null),
    (2, 'started', request.answered_at, 1, 2),
    (3, 'handed_over', request.handed_over_at, null, null),
    (4, 'waiting', request.wait_starts_at, 2, 3),
    (5, 'resumed', request.wait_ends_at, 3, 2),
    (6, 'held', request.hold_starts_at, 2, 3),
    (7, 'resumed', request.hold_ends_at, 3, 2),
    (8, 'solved', request.solved_first_at, case when request.answered_at is null then 1 else 2 end, 6),
    (9, 'reopened', request.reopened_at, 6, 2),
    (10, 'solved', request.solved_again_at, 2, 6),
    (11, 'closed', request.closed_at, 6, 7),
    (12, 'withdrawn', request.withdrawn_at, 1, 8)
) as event (event_no, kind, occurred_at, from_state, to_state)
where event.occurred_at > setting.told_before and event.occurred_at <= setting.told_until;

-- The requests of this batch as they stand now.
create or replace view bench.standing as
select
    request.*,
    setting.told_until,
    setting.batch as told_batch,
    greatest(
        case when request.answered_at <= setting.told_until then request.answered_at end,
        case when request.handed_over_at <= setting.told_until then request.handed_over_at end,
        case when request.wait_starts_at <= setting.told_until then request.wait_starts_at end,
        case when request.wait_ends_at <= setting.told_until then request.wait_ends_at end,
        case when request.solved_first_at <= setting.told_until then request.solved_first_at end,
        case when request.solved_again_at <= setting.told_until then request.solved_again_at end,
        case when request.closed_at <= setting.told_until then request.closed_at end,
        request.created_at
    ) as updated_at,
    case
        when request.withdrawn_at <= setting.told_until then 8
        when request.closed_at <= setting.told_until then 7
        when request.solved_again_at <= setting.told_until then 6
        when request.reopened_at <= setting.told_until then 2
        when request.solved_first_at <= setting.told_until then 6
        when request.hold_ends_at <= setting.told_until then 2
        when request.hold_starts_at <= setting.told_until then 3
        when request.wait_ends_at <= setting.told_until then 2
        when request.wait_starts_at <= setting.told_until then 3
        when request.answered_at <= setting.told_until then 2
        else 1
    end as state,
    coalesce(
        request.hold_starts_at is null or request.hold_starts_at > setting.told_until, true
    ) as is_waiting_for_requester,
    coalesce(request.handed_over_at <= setting.told_until, false) as is_handed_over
from bench.setting
inner join bench.request on setting.batch = request.batch;
