{{ config(tags=['detection_method'], unlogged=true, pre_hook='{{ detection_memory() }}') }}

-- Grain: one comparison, clock and stratum (`stratum_no`) x minute at which a request ended or entered late: who was at risk,
-- what happened, and how large the hazard and the terms of the variance have grown by then.
{{ detection_hazard(ref('int_detection__exposure')) }}
