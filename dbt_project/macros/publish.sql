{#- The rows of a table of published values: every value of a period that is over, as it was first told, and each later correction
    as a row of its own. Nothing is ever rewritten, so what was told on any past day can be told again.

    A model that uses it is incremental, appends, and refuses a full refresh. `revision_no` counts from 1; `published_at` is the
    district's "now" of the build that told the value; `recorded_at` the wall clock, which tells two builds of one "now" apart.
    A value that is gone (its school left the SIS) is told as gone by a last revision with `is_withdrawn`.

    relation: what is published.   key: columns that tell its rows apart, none of them null.   values: the columns that are told.
    quiet: columns whose change alone is no correction.   is_over: whether a row's period is over, on `as_of` (dim_as_of).
    period: the column of the key that says when; histories: columns of the key whose values have histories of their own length. -#}
{% macro published_rows(relation, key, values, is_over, period, histories=[], quiet=[]) -%}
with as_of as (

    select * from {{ ref('dim_as_of') }}

),

told_now as (

    select told.*
    from {{ relation }} as told
    cross join as_of
    where {{ is_over }}

),

{% if is_incremental() -%}
told_before as (

    select distinct on ({{ key | join(', ') }}) *
    from {{ this }}
    order by {{ key | join(', ') }}, revision_no desc

),

histories as (

    select {{ (histories + ['min(' ~ period ~ ') as begins_on']) | join(', ') }}
    from told_now
    {{ 'group by ' ~ histories | join(', ') if histories }}

),

{% endif -%}
revisions as (

    select
        {{ columns_of('told_now', key + values + quiet) }},
        {{ 'coalesce(told_before.revision_no, 0) + 1' if is_incremental() else '1' }} as revision_no,
        false as is_withdrawn
    from told_now
    {% if is_incremental() -%}
        left join told_before on {{ same_key('told_now', 'told_before', key) }}
        where
            told_before.revision_no is null
            or told_before.is_withdrawn
            or ({{ columns_of('told_now', values) }}) is distinct from ({{ columns_of('told_before', values) }})

        union all

        -- Older than the marts' history is not gone, only out of it.
        select
            {{ columns_of('told_before', key + values + quiet) }},
            told_before.revision_no + 1,
            true
        from told_before
        inner join histories
            on
                {{ same_key('told_before', 'histories', histories) ~ ' and ' if histories }}
                told_before.{{ period }} >= histories.begins_on
        where
            not told_before.is_withdrawn
            and not exists (select 1 from told_now where {{ same_key('told_now', 'told_before', key) }})
    {%- endif %}

),

final as (

    select
        revisions.*,
        as_of.as_of_at as published_at,
        now() as recorded_at
    from revisions
    cross join as_of

)

select * from final
{%- endmacro %}
