-- What: a version of the theory of action stands in the register or in the district file, but not in both.
-- When: it matters at once: a version without its file entry has no promises and limits of its own, one without its register
--       entry no reason and no hypotheses.
-- How: give both the same name, in the register toa_version and under [[theory_of_action]] of the district file.
{{ config(severity='warn') }}

select
    version_id,
    known_to
from {{ ref('toa_version') }}
where
    known_to <> 'both'
    and exists (select 1 from {{ ref('register_reach') }} as reach where reach.stream_name = 'toa_version')
