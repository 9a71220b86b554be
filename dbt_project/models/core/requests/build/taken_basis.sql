-- Grain: as int_basis, kept from the last build that came to its end: what the core was judged by.
-- depends_on: {{ ref('taken_load') }}
select * from {{ ref('int_basis') }}
