{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    on_schema_change='sync_all_columns',
    indexes=[{'columns': ['request_key']}]
) }}

-- Grain: one thing that could not be told of one request: its school, its unit, or the person HR knows who asked; or evidence
-- that disagrees. Few requests are here; without a person no role, pairing or case manager can be told for the request.
-- depends_on: {{ ref('int_touched_request') }}
-- depends_on: {{ ref('int_build') }}
with requests as not materialized (

    select * from {{ ref('int_service_request') }}
    {% if is_incremental() and left_by_last_build(this.identifier) and not is_everything_touched(this) %}
        where request_key = any(array(select touched.request_key from {{ ref('int_touched_request') }} as touched))
    {% endif %}

),

people as (

    select * from {{ ref('int_requester') }}

),

staff as (

    select * from {{ ref('dim_staff') }}

),

final as (

    select
        requests.request_key,
        {{ week_of('requests.created_on') }} as week_start_on,
        requests.source_name,
        gap.gap_kind,
        gap.reason
    from requests
    left join people on requests.requester_key = people.user_key
    left join staff on people.staff_id = staff.staff_id
    cross join
        lateral (
            values
            ('school', case when requests.school_key is null then requests.unattributed_reason end),
            ('unit', case when requests.unit_id is null then requests.no_unit_reason end),
            ('conflict', case when requests.has_conflicting_evidence then 'weaker evidence points to another school' end),
            (
                'requester',
                case
                    when staff.staff_id is not null then null
                    when requests.requester_key is null then 'no requester'
                    when people.user_key is null then 'requester is unknown to the help desk'
                    when people.staff_id is null then 'requester has no HR number'
                    else 'HR does not know the number'
                end
            )
        ) as gap (gap_kind, reason)
    where gap.reason is not null

)

select * from final
