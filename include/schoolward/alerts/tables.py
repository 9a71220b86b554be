"""The tables of the alerts' life cycle: schema `alerts`, written by the alerter alone."""

_DDL = """
create schema if not exists alerts;

create table if not exists alerts.alert (
    alert_key text primary key,
    dedupe_key text not null,
    episode integer not null check (episode >= 1),
    rule_id text not null,
    flag_kind text not null check (flag_kind in ('partnership', 'service')),
    school_key text,
    school_name text,
    unit_id text,
    unit_name text,
    owner_role text not null,
    owner_staff_id text,
    owner_target text,
    informed_role text,
    severity text not null,
    reason text not null,
    n_schools integer not null default 1,
    since_on date,
    due_on date not null,
    opened_week_on date not null,
    opened_at timestamptz not null,
    last_seen_week_on date not null,
    data_as_of timestamptz not null,
    state text not null,
    snoozed_until_on date,
    is_disputed boolean not null default false,
    is_digest_only boolean not null default false,
    parent_alert_key text references alerts.alert (alert_key),
    escalated_at timestamptz,
    resolved_at timestamptz,
    resolved_week_on date,
    evidence jsonb not null,
    unique (dedupe_key, episode),
    check ((school_key is null) = (school_name is null)),
    check ((resolved_at is null) = (resolved_week_on is null)),
    check (state not in ('open', 'acknowledged', 'acting', 'snoozed') or resolved_at is null),
    check ((state = 'snoozed') = (snoozed_until_on is not null))
);
alter table alerts.alert add column if not exists verified_at timestamptz;
alter table alerts.alert add column if not exists n_came_back integer not null default 0;
alter table alerts.alert add column if not exists came_back_week_on date;
alter table alerts.alert add column if not exists opening_record jsonb;
alter table alerts.alert add column if not exists toa_version_id text;
alter table alerts.alert add column if not exists promise text;
alter table alerts.alert drop constraint if exists alert_severity_check;
alter table alerts.alert add constraint alert_severity_check check (severity in ('act', 'urgent', 'question'));
alter table alerts.alert drop constraint if exists alert_state_check;
alter table alerts.alert add constraint alert_state_check check (
    state in ('open', 'acknowledged', 'acting', 'snoozed', 'resolved', 'verified', 'corrected', 'dismissed', 'answered')
);
alter table alerts.alert drop constraint if exists alert_ended_has_its_day;
alter table alerts.alert add constraint alert_ended_has_its_day check (
    (state not in ('resolved', 'verified', 'corrected') or resolved_at is not null) and ((state = 'verified') = (verified_at is not null))
);
comment on table alerts.alert is
    'One row per episode of a slipped promise: rule x school x unit x episode. A row without a school is a parent: the unit slips at'
    ' more than half of the schools, or over all its requests together. Times are those of the data, not of the wall clock. A dismissed alert, and'
    ' an answered question, keep their episode open until the data recover (resolved_at). A resolved one is verified when that has held 30 days'
    ' (verified_at), and open again when the same promise slips before (n_came_back). opening_record: what the week it opened in says of it, as first'
    ' known once that week was over and as corrected since. promise and toa_version_id: what was promised when it was opened, and by which version'
    ' of the theory of action.';
create unique index if not exists alert_one_unrecovered_episode on alerts.alert (dedupe_key) where resolved_at is null;
create index if not exists alert_owner_week on alerts.alert (owner_target, opened_week_on);

create table if not exists alerts.alert_action (
    action_id bigint generated always as identity primary key,
    alert_key text not null references alerts.alert (alert_key),
    action text not null,
    actor text not null,
    acted_at timestamptz not null,
    reason_code text,
    state_before text,
    state_after text not null
);
alter table alerts.alert_action add column if not exists detail jsonb;
comment on table alerts.alert_action is 'Append-only: who did what to an alert, and when; the actor "schoolward" is the evaluation itself. detail: of a correction, the old and the new record.';
create index if not exists alert_action_alert on alerts.alert_action (alert_key);
create or replace function alerts.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: an action is never changed or removed', tg_table_name;
end
$$;
create or replace trigger alert_action_is_append_only
    before update or delete on alerts.alert_action
    for each row execute function alerts.refuse_change();

create table if not exists alerts.alert_version (
    version_id bigint generated always as identity primary key,
    alert_key text not null,
    as_of_at timestamptz not null,
    recorded_at timestamptz not null default clock_timestamp(),
    content jsonb not null
);
comment on table alerts.alert_version is
    'Append-only: every alert as it stood after each change that people are told of, so that the digest of any past day can be told again.'
    ' as_of_at: the data''s now when it changed; what people do counts from the newest evaluation before it.';
create index if not exists alert_version_alert on alerts.alert_version (alert_key, version_id);
create or replace trigger alert_version_is_append_only
    before update or delete on alerts.alert_version
    for each row execute function alerts.refuse_change();
create or replace function alerts.told(row_ alerts.alert) returns jsonb language sql immutable as $$
    select to_jsonb(row_) - '{data_as_of,last_seen_week_on,evidence,opening_record}'::text[]
        || jsonb_build_object('act_threshold', row_.evidence -> 'act_threshold')
$$;
create or replace function alerts.keep_version() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and alerts.told(old) = alerts.told(new) then
        return null;
    end if;
    insert into alerts.alert_version (alert_key, as_of_at, content) values (
        new.alert_key,
        coalesce(
            nullif(current_setting('schoolward.as_of', true), '')::timestamptz,
            (select max(as_of_at) from alerts.alert_version),
            new.opened_at
        ),
        to_jsonb(new)
    );
    return null;
end
$$;
create or replace trigger alert_versions_are_kept
    after insert or update on alerts.alert
    for each row execute function alerts.keep_version();
insert into alerts.alert_version (alert_key, as_of_at, content)  -- alerts from before versions were kept
select alert_key, data_as_of, to_jsonb(alert) from alerts.alert
where not exists (select 1 from alerts.alert_version where alert_version.alert_key = alert.alert_key);

create table if not exists alerts.outbox (
    message_id bigint generated always as identity primary key,
    idempotency_key text not null unique,
    kind text not null check (kind in ('alert', 'digest', 'data_health')),
    target text not null,
    recipient_name text,
    subject text not null,
    body jsonb not null,
    created_at timestamptz not null default now(),
    due_at timestamptz not null default now(),
    n_attempts integer not null default 0,
    state text not null default 'queued' check (state in ('queued', 'delivered', 'failed')),
    delivered_at timestamptz,
    last_error text,
    check ((state = 'delivered') = (delivered_at is not null)),
    check (state <> 'failed' or last_error is not null)
);
comment on table alerts.outbox is
    'Messages to send, written in the transaction that caused them. body: {text, html, pictures: [{cid, alt, png (base64)}]}.'
    ' There is no state "sending": the row lock of the sender is that state, and it ends with the sender, however it ends.';
create index if not exists outbox_due on alerts.outbox (due_at) where state = 'queued';
alter table alerts.outbox add column if not exists is_urgent boolean not null default false;
alter table alerts.outbox add column if not exists reference text;
comment on column alerts.outbox.is_urgent is 'Leaves before the others, and in quiet hours.';
comment on column alerts.outbox.due_at is 'Not before: now, the next try after one that did not go through, or the end of the recipient''s quiet hours.';
comment on column alerts.outbox.reference is 'What the other side calls it: the number of the request that was opened.';

create table if not exists alerts.digest (
    week_start_on date not null,
    target text not null,
    role text not null,
    data_as_of timestamptz not null,
    message_id bigint not null references alerts.outbox (message_id),
    enqueued_at timestamptz not null default now(),
    primary key (week_start_on, role, target)
);
comment on table alerts.digest is 'Which weekly digest went to whom: one per week, role and recipient.';
alter table alerts.digest add column if not exists alert_version_id bigint;
alter table alerts.digest add column if not exists late jsonb not null default '[]';
comment on column alerts.digest.alert_version_id is 'The newest version of any alert the digest could tell of.';
alter table alerts.digest add column if not exists own_schools jsonb;
comment on column alerts.digest.own_schools is
    'What a digest about somebody''s own schools knew of them, for it to be told again; null for the others.';
alter table alerts.digest add column if not exists record_questions jsonb not null default '[]';
comment on column alerts.digest.record_questions is 'What was worth asking about records when it was written, for it to be told again.';
comment on column alerts.digest.late is 'The sources that were late when it was written: they are part of what it told.';
"""


def ddl() -> str:
    """SQL that creates schema `alerts` and its tables; running it again changes nothing."""
    return _DDL
