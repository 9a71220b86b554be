-- Grain: one register that was ever delivered, and the days it can tell of: from its oldest entry, or its first delivery where
-- that was earlier, to its newest delivery. A file handed in by evening (17:00) counts for its own day.
-- A register that was never delivered has no row, and what is measured from it has none either.
with as_of as (

    select * from {{ ref('dim_as_of') }}

),

streams as (

    select
        stream_name,
        min(first_source_at) as first_source_at,
        max(source_at) as source_at
    from {{ ref('dim_stream') }}
    group by 1

),

{% set first_days = {
    'agenda_item': 'met_on',
    'communication': 'sent_on',
    'decision': 'made_on',
    'evidence_cycle': 'opened_on',
    'evidence_item': 'collected_on',
    'external_resource': 'starts_on',
    'pd_event': 'held_on',
    'post_funding': 'funded_from',
    'project': 'opened_on',
    'pulse_survey': 'closed_on',
    'role_readiness': 'completed_on',
    'stakeholder': 'valid_from',
    'toa_review': 'least(planned_on, held_on)',
    'toa_version': 'effective_from',
} %}
entries as (

    {% for stream, day in first_days.items() %}
        select
            '{{ stream }}' as stream_name,
            min({{ day }}) as first_on
        from {{ ref('stg_csv_drop__' ~ stream) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- Registers without days of their own reach as far back as the one they belong to.
first_entries as (

    select * from entries

    union all

    select
        case stream_name
            when 'decision' then 'decision_evidence'
            when 'pd_event' then 'pd_attendance'
            when 'toa_version' then 'toa_hypothesis'
        end,
        first_on
    from entries
    where stream_name in ('decision', 'pd_event', 'toa_version')

),

final as (

    select
        streams.stream_name,
        streams.source_at,
        least(
            {{ local_day('streams.first_source_at', 'as_of.timezone') }},
            first_entries.first_on
        ) as known_from_on,
        {{ local_day("streams.source_at + interval '7 hours'", 'as_of.timezone') }} as known_before_on
    from streams
    cross join as_of
    inner join first_entries on streams.stream_name = first_entries.stream_name

)

select * from final
