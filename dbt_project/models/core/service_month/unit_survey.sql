{{ config(indexes=[{'columns': ['closed_on', 'unit_id'], 'unique': true}]) }}

-- Grain: one service unit and one day on which surveys of school leaders about it closed: the counts of all of them. Surveys of
-- units the district file does not know are left out. Single answers never enter the warehouse.
with surveys as (

    select * from {{ ref('stg_csv_drop__service_survey') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

register as (

    select max(source_at) as source_at from {{ ref('dim_stream') }}
    where stream_name = 'service_survey'

),

final as (

    select
        surveys.closed_on,
        units.unit_id,
        sum(surveys.n_responses)::bigint as n_responses,
        -- One survey that does not tell whom it invited hides the share of all.
        case when count(surveys.n_invited) = count(*) then sum(surveys.n_invited)::bigint end as n_invited,
        sum(surveys.n_satisfied)::bigint as n_satisfied,
        sum(surveys.rating_sum)::numeric as rating_sum,
        register.source_at as data_as_of
    from surveys
    cross join register
    cross join as_of
    inner join units on lower(btrim(surveys.unit_id)) = lower(units.unit_id)
    where surveys.closed_on <= as_of.as_of_on
    group by surveys.closed_on, units.unit_id, register.source_at

)

select * from final
