-- The next working day: 2,500 requests are new, as many of the existing ones change. Nine changes in ten are of the last eight weeks (open
-- ones are answered and solved, the others closed), one in ten is a correction of an old request, which moves to another school.
update bench.setting
set told_before = told_until, told_until = told_until + interval '1 day', batch = batch + 1;

select bench.plan(last.i + 1, last.i + 2500, setting.batch) from bench.setting cross join (select max(i) as i from bench.request) as last;

with chosen as (
    (
        select i, false as is_old
        from bench.request
        cross join bench.setting
        where request.batch < setting.batch and i > n_requests - greatest(5000, n_requests * 40 / n_workdays)
        order by bench.share(i, 50)
        limit 2250
    )
    union
    (
        select i, true
        from bench.request
        cross join bench.setting
        where request.batch < setting.batch and i <= n_requests - greatest(5000, n_requests * 40 / n_workdays)
        order by bench.share(i, 51)
        limit 250
    )
)

update bench.request
set
    batch = setting.batch,
    school_no = case when chosen.is_old then 1 + school_no % 250 else school_no end,
    answered_at = case
        when not chosen.is_old and withdrawn_at is null and (answered_at is null or answered_at > setting.told_before)
            and coalesce(solved_first_at, 'infinity') > setting.told_before
            then setting.told_before + interval '10 hours'
        else answered_at
    end,
    solved_first_at = case
        when not chosen.is_old and withdrawn_at is null and coalesce(solved_first_at, 'infinity') > setting.told_before
            then setting.told_before + interval '18 hours'
        else solved_first_at
    end,
    closed_at = case
        when not chosen.is_old and closed_at > setting.told_before and solved_first_at <= setting.told_before
            then setting.told_before + interval '12 hours'
        else closed_at
    end
from chosen cross join bench.setting
where request.i = chosen.i;

update bench.request
set wait_starts_at = null, wait_ends_at = null, hold_starts_at = null, hold_ends_at = null, reopened_at = null, solved_again_at = null
from bench.setting
where request.batch = setting.batch and solved_first_at = setting.told_before + interval '18 hours';
