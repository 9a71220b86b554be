-- Grain: one thing of int_basis that says something else than when the core was last complete, or is new, or is gone.
{%- set taken_basis = left_by_last_build('taken_basis') %}
with now_said as (

    select * from {{ ref('int_basis') }}

),

taken as (

    {%- if taken_basis %}
        select * from {{ taken_basis }}
    {%- else %}
        select * from {{ ref('int_basis') }}
        where false
    {%- endif %}

),

final as (

    select
        kind,
        basis_key
    from now_said
    full join taken using (kind, basis_key)
    where now_said.fingerprint is distinct from taken.fingerprint

)

select * from final
