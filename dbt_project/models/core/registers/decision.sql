-- Grain: one decision of the cabinet or a unit, and how many pieces of evidence it rests on. A link to evidence that the register
-- of evidence does not have counts as a link: what somebody wrote down is believed.
with decisions as (

    select * from {{ ref('stg_csv_drop__decision') }}

),

links as (

    select
        source_name,
        decision_id,
        count(*) as n_evidence_items
    from {{ ref('stg_csv_drop__decision_evidence') }}
    group by 1, 2

),

final as (

    select
        decisions.source_name || ':' || decisions.decision_id as decision_key,
        decisions.forum,
        decisions.unit_id,
        decisions.owner_staff_id,
        coalesce(links.n_evidence_items, 0) as n_evidence_items,
        links.n_evidence_items is not null as has_evidence,
        decisions.made_on,
        decisions.revisit_on,
        decisions._load_id
    from decisions
    left join links on decisions.source_name = links.source_name and decisions.decision_id = links.decision_id

)

select * from final
