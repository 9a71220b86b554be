-- Grain: one cycle of learning from evidence. It is closed on the day the last of its four stages was reached: collected,
-- reflected on, changed, checked. A cycle with a stage missing stays open, whatever its result says.
with final as (

    select
        source_name || ':' || cycle_id as cycle_key,
        cycle_id,
        unit_id,
        upper(btrim(dimension)) as dimension,
        hypothesis_id,
        result,
        opened_on,
        collected_on,
        reflected_on,
        changed_on,
        checked_on,
        changed_on - collected_on as days_to_change,
        case
            when collected_on is not null and reflected_on is not null and changed_on is not null and checked_on is not null
                then greatest(collected_on, reflected_on, changed_on, checked_on)
        end as closed_on,
        _load_id
    from {{ ref('stg_csv_drop__evidence_cycle') }}

)

select * from final
