"""The loader's own books: loads, watermarks, quarantine and drift."""

OPS_DDL = """
create table if not exists ops.load (
    load_id bigint generated always as identity primary key,
    source text not null,
    system text not null,
    stream text not null,
    mode text not null check (mode in ('incremental', 'full', 'backfill', 'reconcile')),
    status text not null check (status in ('done', 'failed', 'skipped')),
    started_at timestamptz not null,
    finished_at timestamptz not null,
    source_at timestamptz,
    window_from timestamptz,
    n_seen bigint not null default 0,
    n_new bigint not null default 0,
    n_changed bigint not null default 0,
    n_unchanged bigint not null default 0,
    n_deleted bigint not null default 0,
    n_quarantined bigint not null default 0,
    n_told bigint,
    message text
);
create index if not exists load_by_stream on ops.load (source, stream, load_id desc);
comment on table ops.load is 'One row a load: what was asked of a stream, what came, what changed. Failed and skipped loads stand here too.';
comment on column ops.load.source_at is 'The source''s own clock when the pull began (UTC); "now" for the rows it brought.';
comment on column ops.load.n_told is 'Rows the source said it had for the question; null where it does not tell.';

create table if not exists ops.watermark (
    source text not null,
    stream text not null,
    cursor jsonb,
    source_at timestamptz,
    load_id bigint not null,
    is_complete boolean not null,
    primary key (source, stream)
);
comment on table ops.watermark is 'How far each stream has been landed; moves in the transaction that lands the rows.';
comment on column ops.watermark.is_complete is 'False while a long first load is under way, landed in chunks.';

create table if not exists ops.quarantine (
    quarantine_id bigint generated always as identity primary key,
    source text not null,
    stream text not null,
    load_id bigint not null,
    seen_at timestamptz not null,
    record_key text,
    reason text not null,
    fields jsonb not null
);
create index if not exists quarantine_by_stream on ops.quarantine (source, stream, load_id);
comment on table ops.quarantine is 'Records that failed typed decoding: why, and their allow-listed fields only.';

create table if not exists ops.drift (
    source text not null,
    stream text not null,
    field text not null,
    kind text not null check (kind in ('new', 'vanished')),
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    load_id bigint not null,
    primary key (source, stream, field, kind)
);
comment on table ops.drift is 'Vendor fields that appeared or vanished, by name, never by value.';
"""
