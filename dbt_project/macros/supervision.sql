{#- Keeps numbers of single ILDs to those who supervise them, as a post-hook: PostgreSQL shows the rows that `hidden` names to
    members of schoolward_supervision, to the alerter and to the table's owner, and to nobody else. Row security was preferred to
    leaving out a grant, since rights on the schema are given anew whenever the warehouse is prepared. -#}
{% macro supervision_only(hidden='true') -%}
    alter table {{ this }} enable row level security;
    drop policy if exists everybody on {{ this }};
    drop policy if exists supervision on {{ this }};
    create policy everybody on {{ this }} for select using (not ({{ hidden }}));
    create policy supervision on {{ this }} for select to schoolward_supervision, schoolward_alerter using (true);
{%- endmacro %}
