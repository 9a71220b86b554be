{{ config(
    materialized='incremental',
    unique_key=['school_key', 'snapshot_on'],
    full_refresh=false,
    on_schema_change='append_new_columns'
) }}

-- Grain: one school on one day that models were built. Students' rows are purged after 30 days; these counts are what lasts, so
-- the table is added to and never rebuilt. Counts come from students' rows where the SIS gives them, else from the
-- organisation's own figures. Need is the mean of the z-scores of the known shares; quartile 4 is the highest need.
with schools as (

    select * from {{ ref('dim_school') }}
    where is_active

),

orgs as (

    select * from {{ ref('stg_oneroster__org') }}

),

enrollments as (

    select * from {{ ref('stg_oneroster__enrollment') }}

),

demographics as (

    select * from {{ ref('stg_oneroster__demographic') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

students as (

    select distinct
        enrollments.school_key,
        enrollments.source_name,
        enrollments.student_hash
    from enrollments
    cross join as_of
    where {{ covers('enrollments.begins_on', 'enrollments.ends_on', 'as_of.as_of_on') }}

),

edfi_counts as (

    select * from {{ ref('int_edfi_need_count') }}

),

oneroster_counts as (

    select
        students.school_key,
        count(*) as n_enrolled,
        count(*) filter (where demographics.is_low_income) as n_low_income,
        count(*) filter (where demographics.is_english_learner) as n_english_learner,
        count(*) filter (where demographics.has_disability) as n_disability,
        count(*) filter (where demographics.is_chronically_absent) as n_chronic_absent
    from students
    left join demographics
        on students.student_hash = demographics.student_hash and students.source_name = demographics.source_name
    group by 1

),

-- A school whose students two SIS show is counted from the one that shows more of them.
student_counts as (

    select distinct on (school_key) *
    from (
        select * from oneroster_counts
        union all
        select * from edfi_counts
    ) as counted
    order by school_key, n_enrolled desc

),

-- A flag the SIS gives for nobody is unknown, not zero.
counts as (

    select
        schools.school_key,
        coalesce(student_counts.n_enrolled, orgs.n_enrolled) as n_enrolled,
        coalesce(nullif(student_counts.n_low_income, 0), orgs.n_low_income) as n_low_income,
        coalesce(nullif(student_counts.n_english_learner, 0), orgs.n_english_learner) as n_english_learner,
        coalesce(nullif(student_counts.n_disability, 0), orgs.n_disability) as n_disability,
        coalesce(nullif(student_counts.n_chronic_absent, 0), orgs.n_chronic_absent) as n_chronic_absent
    from schools
    left join orgs on schools.school_key = orgs.org_id
    left join student_counts on schools.school_key = student_counts.school_key

),

shares as (

    select
        *,
        n_low_income::numeric / nullif(n_enrolled, 0) as low_income_share,
        n_english_learner::numeric / nullif(n_enrolled, 0) as english_learner_share,
        n_disability::numeric / nullif(n_enrolled, 0) as disability_share,
        n_chronic_absent::numeric / nullif(n_enrolled, 0) as chronic_absent_share
    from counts
    where n_enrolled > 0

),

scored as (

    select
        shares.*,
        (
            select avg(score.z)
            from (
                values
                ({{ z_score('low_income_share') }}),
                ({{ z_score('english_learner_share') }}),
                ({{ z_score('disability_share') }}),
                ({{ z_score('chronic_absent_share') }})
            ) as score (z)
        ) as need_z
    from (
        select
            *,
            avg(low_income_share) over () as low_income_share_mean,
            stddev_pop(low_income_share) over () as low_income_share_sd,
            avg(english_learner_share) over () as english_learner_share_mean,
            stddev_pop(english_learner_share) over () as english_learner_share_sd,
            avg(disability_share) over () as disability_share_mean,
            stddev_pop(disability_share) over () as disability_share_sd,
            avg(chronic_absent_share) over () as chronic_absent_share_mean,
            stddev_pop(chronic_absent_share) over () as chronic_absent_share_sd
        from shares
    ) as shares

),

final as (

    select
        scored.school_key,
        as_of.as_of_on as snapshot_on,
        scored.n_enrolled,
        scored.n_low_income,
        scored.n_english_learner,
        scored.n_disability,
        scored.n_chronic_absent,
        scored.low_income_share,
        scored.english_learner_share,
        scored.disability_share,
        scored.chronic_absent_share,
        scored.need_z,
        case
            when scored.need_z is not null
                then ntile(4) over (partition by scored.need_z is null order by scored.need_z, scored.school_key)
        end as need_quartile
    from scored
    cross join as_of
    where as_of.as_of_on is not null

)

select * from final
