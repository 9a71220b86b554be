-- Grain: one kind of evidence: the first day it tells of. Requests and contacts begin the weeks; terms and calendars begin days.
with as_of as (

    select * from {{ ref('dim_as_of') }}

),

incidents as (

    select min(created_at) as first_at from {{ ref('stg_servicenow__incident') }}

),

tickets as (

    select min(created_at) as first_at from {{ ref('stg_zendesk__ticket') }}

),

touchpoints as (

    select min(occurred_at) as first_at from {{ ref('stg_csv_drop__touchpoint') }}

),

school_years as (

    select min(starts_on) as first_on from {{ ref('stg_oneroster__academic_session') }}

    union all

    select min(starts_on) from {{ ref('stg_edfi__session') }}

    union all

    select min(day) from {{ ref('stg_edfi__calendar_event') }}

),

activity as (

    select first_at from incidents

    union all

    select first_at from tickets

    union all

    select first_at from touchpoints

),

final as (

    select
        'activity' as evidence,
        {{ local_day('min(activity.first_at)', 'as_of.timezone') }} as first_on
    from as_of
    cross join activity
    group by as_of.timezone

    union all

    select
        'school_year',
        min(first_on)
    from school_years

)

select * from final
