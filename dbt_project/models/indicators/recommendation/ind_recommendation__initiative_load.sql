-- Initiatives a school carries at once, on the quarter's last day. One that names no school is for every school.
with quarters as (

    {{ register_periods(['project'], 'quarter') }}

),

initiatives as (

    select * from {{ ref('project') }}
    where is_initiative

),

schools as (

    select * from {{ ref('dim_school') }}

),

measured as (

    select
        schools.school_key as scope_id,
        quarters.period_start_on,
        count(initiatives.project_key) as numerator,
        null::numeric as denominator,
        count(initiatives.project_key) as value,
        1 as n,
        quarters.coverage,
        quarters.data_as_of
    from quarters
    inner join schools on coalesce(schools.closed_on, 'infinity') >= quarters.evaluated_before_on
    left join initiatives
        on
            (
                schools.school_key = any(initiatives.school_keys)
                or (initiatives.n_schools = 0 and initiatives.n_unknown_schools = 0)
            )
            and {{ covers('initiatives.opened_on', 'initiatives.closed_on', 'quarters.evaluated_before_on - 1') }}
    group by schools.school_key, quarters.period_start_on, quarters.coverage, quarters.data_as_of

),

final as (

    {{ indicator_rows('R1.3', 'school') }}

)

select * from final
