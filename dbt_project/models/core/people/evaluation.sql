-- Grain: one act of a principal's evaluation: who signed it, due when, done when. No rating enters.
-- Signed by an ILD: whoever signed was the principal's ILD that day, or held the role of one. The office that signed is another
-- one unless it is a network, an ILD's own. An act whose signer nobody wrote down is neither (`is_by_ild` null).
-- What counts as done by the system is the district's policy (config.district.accountability_profile):
-- seed_strict: an ILD signs no act of accountability; shared: an ILD may contribute, as long as another office signs too;
-- ild_evaluates: as in seed_strict, but told as context (D2.10).
with evaluations as (

    select * from {{ ref('stg_csv_drop__evaluation') }}

),

pairings as (

    select * from {{ ref('ild_principal_pairing') }}

),

roles as (

    select * from {{ ref('role_assignment') }}
    where role = 'ild'

),

networks as (

    select * from {{ ref('dim_org_alias') }}
    where alias_kind = 'hr_code' and org_type = 'network'

),

profile as (

    select accountability_profile from {{ source('config', 'district') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

paired as (

    select distinct on (evaluations.source_name, evaluations.evaluation_id)
        evaluations.*,
        pairings.school_key,
        pairings.ild_staff_id
    from evaluations
    cross join as_of
    left join pairings
        on
            evaluations.principal_staff_id = pairings.principal_staff_id
            and {{ covers('pairings.valid_from', 'pairings.valid_to', 'coalesce(evaluations.completed_on, as_of.as_of_on)') }}
    order by evaluations.source_name, evaluations.evaluation_id, pairings.valid_from desc nulls last, pairings.school_key

),

signed as (

    select
        paired.source_name || ':' || paired.evaluation_id as evaluation_key,
        paired.principal_staff_id,
        paired.school_key,
        paired.ild_staff_id,
        paired.evaluator_staff_id,
        paired.signed_by_office,
        paired.cycle,
        paired.act_type,
        coalesce(paired.act_type in ({{ var('accountability_acts') }}), false) as is_accountability_act,
        case
            when paired.evaluator_staff_id is not null
                then
                    coalesce(paired.evaluator_staff_id = paired.ild_staff_id, false)
                    or exists (
                        select 1 from roles
                        where
                            roles.staff_id = paired.evaluator_staff_id
                            and {{ covers(
                                'roles.valid_from', 'roles.valid_to', 'coalesce(paired.completed_on, as_of.as_of_on)'
                            ) }}
                    )
            when networks.alias is not null then true
            when paired.signed_by_office is not null then false
        end as is_by_ild,
        paired.signed_by_office is not null and networks.alias is null as is_signed_by_other_office,
        coalesce(paired.completed_on <= paired.due_on, false) as is_on_time,
        coalesce(paired.due_on < as_of.days_over_before_on, false) as is_due,
        paired.due_on,
        paired.completed_on,
        paired._load_id
    from paired
    cross join as_of
    left join networks on {{ normalised_code('paired.signed_by_office') }} = networks.alias

),

final as (

    select
        signed.*,
        not signed.is_by_ild
        or (profile.accountability_profile = 'shared' and signed.is_signed_by_other_office) as is_by_system
    from signed
    cross join profile

)

select * from final
