{{ config(tags=['detection_method'], materialized='view') }}

-- Grain: one comparison and one school: both clocks as one question.
{{ detection_joint(ref('detection_score')) }}
