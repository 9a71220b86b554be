-- A good load of every stream at the moment up to which the sources have told.
create or replace function bench.book_loads() returns table (source text, stream text, load_id bigint) language sql as $$
    insert into ops.load (source, system, stream, mode, status, started_at, finished_at, source_at)
    select streams.source, streams.system, streams.stream, 'full', 'done', now(), now(), setting.told_until
    from bench.setting
    cross join (
        values
        ('sis', 'oneroster', 'orgs'), ('sis', 'oneroster', 'academic_sessions'), ('hr', 'csv_drop', 'hr_assignment'),
        ('registers', 'csv_drop', 'touchpoint'), ('registers', 'csv_drop', 'case_manager'),
        ('helpdesk', 'servicenow', 'sys_user_group'), ('helpdesk', 'servicenow', 'sys_user'), ('helpdesk', 'servicenow', 'cmn_location'),
        ('helpdesk', 'servicenow', 'incident'), ('helpdesk', 'servicenow', 'sys_audit'), ('helpdesk', 'servicenow', 'sys_audit_journal'),
        ('facilities_desk', 'zendesk', 'groups'), ('facilities_desk', 'zendesk', 'organizations'), ('facilities_desk', 'zendesk', 'users'),
        ('facilities_desk', 'zendesk', 'tickets'), ('facilities_desk', 'zendesk', 'ticket_events')
    ) as streams (source, system, stream)
    returning source, stream, load_id
$$;
