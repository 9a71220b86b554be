{#- The first month that records are looked at for patterns; the months before it are over and asked about. -#}
{% macro first_record_month() -%}
    (
        select min(newest.period_start_on)
        from (
            select months.period_start_on
            from {{ ref('dim_period') }} as months
            where months.period_type = 'month'
            order by months.period_start_on desc
            limit {{ var('record_pattern_months') }}
        ) as newest
    )
{%- endmacro %}


{#- For a post-hook: closings of months that are no longer looked at go, as a full build would not make them. -#}
{% macro forget_old_closings() -%}
    {% if is_incremental() -%}
        delete from {{ this }} where closed_month < {{ first_record_month() }}
    {%- endif %}
{%- endmacro %}


{#- A share as a percentage, "30 %"; below ten with a place, where it has one. -#}
{% macro percentage(share) -%}
    trim_scale(round(({{ share }})::numeric * 100, case when {{ share }} < 0.1 then 1 else 0 end))::text || ' %'
{%- endmacro %}
