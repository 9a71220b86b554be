-- What: two pairings of one school overlap.
-- When: always wrong. Contacts, span of control and unpaired days would count a school twice.
-- How: school_day picks one ILD a day; look there at how the school's supervisors are ordered, then at the HR rows behind them.
with pairings as (

    select * from {{ ref('ild_principal_pairing') }}

)

select
    earlier.school_key,
    earlier.pairing_key as earlier_pairing,
    later.pairing_key as later_pairing
from pairings as earlier
inner join pairings as later
    on
        earlier.school_key = later.school_key
        and earlier.pairing_key <> later.pairing_key
        and earlier.valid_from <= later.valid_from
where later.valid_from < coalesce(earlier.valid_to, 'infinity')
