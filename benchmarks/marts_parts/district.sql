-- Schools, staff, registers and the people, places and groups of both help desks: the same at every size.
create table bench.load as
select *
from bench.book_loads();

insert into raw_oneroster.orgs (
    sourced_id, name, type, identifier, parent_sourced_id, n_enrolled, n_low_income,
    _source, _seen_from, _is_current, _is_deleted, _fingerprint, _load_id
)
select
    org.id, org.name, org.type, org.identifier, org.parent_id, org.n_enrolled, org.n_low_income,
    'sis', setting.starts_on, true, false, gen_random_uuid(), load.load_id
from bench.setting
inner join bench.load on load.stream = 'orgs'
cross join (
    select 'district' as id, 'Benchmark district' as name, 'district' as type, null as identifier, null as parent_id, null::int as n_enrolled, null::int as n_low_income
    union all
    select 'network' || n, 'Network ' || n, 'local', null, 'district', null, null from generate_series(1, 20) as n
    union all
    select
        'school' || n, 'School ' || n, 'school', lpad(n::text, 4, '0'), 'network' || (n % 20 + 1),
        300 + n, (bench.share(n, 40) * (300 + n))::int
    from generate_series(1, 250) as n
) as org;

insert into raw_oneroster.academic_sessions (
    sourced_id, title, type, start_on, end_on, school_year, _source, _seen_from, _is_current, _is_deleted, _fingerprint, _load_id
)
select
    session.*, 'sis', setting.starts_on, true, false, gen_random_uuid(), load.load_id
from bench.setting
inner join bench.load on load.stream = 'academic_sessions'
cross join (
    values
    ('y25', '2024-25', 'schoolYear', date '2024-07-01', date '2025-06-21', 2025),
    ('y25a', 'Fall', 'term', date '2024-08-12', date '2024-12-21', 2025),
    ('y25b', 'Spring', 'term', date '2025-01-06', date '2025-06-21', 2025),
    ('y26', '2025-26', 'schoolYear', date '2025-07-01', date '2026-06-27', 2026),
    ('y26a', 'Fall', 'term', date '2025-08-11', date '2025-12-20', 2026),
    ('y26b', 'Spring', 'term', date '2026-01-05', date '2026-06-27', 2026)
) as session;

insert into raw_csv_drop.hr_assignment (
    assignment_id, staff_id, role, org_id, fte, starts_on, supervisor_staff_id, is_acting,
    _source, _seen_from, _is_current, _is_deleted, _fingerprint, _load_id
)
select
    person.staff_id || '-1', person.staff_id, person.role, person.org_id, 1, setting.starts_on, person.supervisor_staff_id, false,
    'hr', setting.starts_on, true, false, gen_random_uuid(), load.load_id
from bench.setting
inner join bench.load on load.stream = 'hr_assignment'
cross join (
    select 'CHIEF' as staff_id, 'ild_supervisor' as role, 'HQ' as org_id, null as supervisor_staff_id
    union all
    select 'ILD' || n, 'ild', 'Network ' || n, 'CHIEF' from generate_series(1, 20) as n
    union all
    select 'P' || n, 'principal', lpad(n::text, 4, '0'), 'ILD' || (n % 20 + 1) from generate_series(1, 250) as n
    union all
    select 'S' || n || '-' || m, 'school_staff', lpad(n::text, 4, '0'), 'P' || n from generate_series(1, 250) as n cross join generate_series(1, 20) as m
    union all
    select 'UC' || n, 'unit_chief', 'unit' || n, 'CHIEF' from generate_series(1, 8) as n
    union all
    select 'CM' || n, 'case_manager', 'unit' || (n % 8 + 1), 'UC' || (n % 8 + 1) from generate_series(1, 160) as n
) as person;

insert into raw_csv_drop.case_manager (
    assignment_id, school_id, unit_id, staff_id, is_primary, valid_from, valid_to,
    _source, _seen_from, _is_current, _is_deleted, _fingerprint, _load_id
)
select
    school_no || '-' || unit_no, lpad(school_no::text, 4, '0'), 'unit' || unit_no, 'CM' || (1 + ((school_no - 1) % 20) * 8 + (unit_no + 6) % 8), true,
    setting.starts_on, case when bench.share(school_no * 8 + unit_no, 41) < 0.05 then setting.starts_on + 400 end,
    'registers', setting.starts_on, true, false, gen_random_uuid(), load.load_id
from bench.setting
inner join bench.load on load.stream = 'case_manager'
cross join generate_series(1, 250) as school_no
cross join generate_series(1, 8) as unit_no;

-- Each ILD writes down six hours in the office and one visit a day.
insert into raw_csv_drop.touchpoint (
    touchpoint_id, staff_id, occurred_at, school_id, principal_staff_id, minutes, setting, focus,
    _source, _seen_from, _is_current, _is_deleted, _fingerprint, _load_id
)
select
    kind.name || '-' || ild.no || '-' || days.n, 'ILD' || ild.no,
    (setting.starts_on + (days.n / 5 * 7 + days.n % 5) + time '09:00') at time zone 'America/Chicago',
    case when kind.name = 'visit' then lpad(visited.school_no::text, 4, '0') end,
    case when kind.name = 'visit' then 'P' || visited.school_no end,
    kind.minutes, kind.setting, kind.focus,
    'registers', setting.starts_on, true, false, gen_random_uuid(), load.load_id
from bench.setting
inner join bench.load on load.stream = 'touchpoint'
cross join generate_series(1, 20) as ild (no)
cross join lateral generate_series(0, setting.n_workdays - 1) as days (n)
cross join (values ('office', 360, 'office', 'operations'), ('visit', 60, 'school', 'instructional_leadership')) as kind (name, minutes, setting, focus)
cross join lateral (select 1 + (ild.no + 18) % 20 + 20 * floor(bench.share(days.n * 100 + ild.no, 42) * 12)::int as school_no) as visited;

insert into raw_servicenow.sys_user_group (sys_id, name, active, sys_updated_on, _source, _seen_from, _is_current, _is_deleted, _fingerprint, _load_id)
select
    lower(kind) || n, kind || ' ' || n, true, setting.starts_on,
    'helpdesk', setting.starts_on, true, false, gen_random_uuid(), load.load_id
from bench.setting
inner join bench.load on load.stream = 'sys_user_group'
cross join generate_series(1, 5) as n
cross join (values ('Desk'), ('Field')) as kinds (kind);

insert into raw_servicenow.cmn_location (sys_id, name, school_code, sys_updated_on, _source, _seen_from, _is_current, _is_deleted, _fingerprint, _load_id)
select
    'place' || n, 'School ' || n, lpad(n::text, 4, '0'), setting.starts_on,
    'helpdesk', setting.starts_on, true, false, gen_random_uuid(), load.load_id
from bench.setting
inner join bench.load on load.stream = 'cmn_location'
cross join generate_series(1, 250) as n;

insert into raw_servicenow.sys_user (sys_id, employee_number, active, sys_updated_on, _source, _seen_from, _is_current, _is_deleted, _fingerprint, _load_id)
select
    'user' || n || '-' || m, 'S' || n || '-' || m, true, setting.starts_on,
    'helpdesk', setting.starts_on, true, false, gen_random_uuid(), load.load_id
from bench.setting
inner join bench.load on load.stream = 'sys_user'
cross join generate_series(1, 250) as n
cross join generate_series(1, 4) as m;

insert into raw_zendesk.groups (id, name, deleted, _source, _seen_from, _is_current, _is_deleted, _fingerprint, _load_id)
select
    n * 10 + kind.no, kind.name || ' ' || n, false,
    'facilities_desk', setting.starts_on, true, false, gen_random_uuid(), load.load_id
from bench.setting
inner join bench.load on load.stream = 'groups'
cross join generate_series(6, 8) as n
cross join (values (0, 'Desk'), (1, 'Field')) as kind (no, name);

insert into raw_zendesk.organizations (id, name, external_id, _source, _seen_from, _is_current, _is_deleted, _fingerprint, _load_id)
select
    5000 + n, 'School ' || n, lpad(n::text, 4, '0'),
    'facilities_desk', setting.starts_on, true, false, gen_random_uuid(), load.load_id
from bench.setting
inner join bench.load on load.stream = 'organizations'
cross join generate_series(1, 250) as n;

insert into raw_zendesk.users (id, role, external_id, active, _source, _seen_from, _is_current, _is_deleted, _fingerprint, _load_id)
select
    n * 100 + m, 'end-user', 'S' || n || '-' || m, true,
    'facilities_desk', setting.starts_on, true, false, gen_random_uuid(), load.load_id
from bench.setting
inner join bench.load on load.stream = 'users' and load.source = 'facilities_desk'
cross join generate_series(1, 250) as n
cross join generate_series(1, 4) as m
union all
select
    n, 'agent', null, true,
    'facilities_desk', setting.starts_on, true, false, gen_random_uuid(), load.load_id
from bench.setting
inner join bench.load on load.stream = 'users' and load.source = 'facilities_desk'
cross join generate_series(1, 60) as n;
