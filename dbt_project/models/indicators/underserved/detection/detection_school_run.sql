{{ config(tags=['detection_method'], materialized='view') }}

-- Grain: one comparison and one school: both clocks as one question.
{{ detection_combined(ref('detection_score'), ['run_id', 'school_key']) }}
