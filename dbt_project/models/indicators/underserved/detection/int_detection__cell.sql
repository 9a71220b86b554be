{{ config(tags=['detection_method'], unlogged=true, pre_hook='{{ detection_memory() }}') }}

-- Grain: one comparison, clock, school, unit, type of request and week of opening: events observed, and expected had these
-- requests gone at the pace of identical ones in the whole district, with the variance of that number.
{{ detection_cell(ref('int_detection__exposure'), ref('int_detection__hazard'), ref('int_detection__stratum')) }}
