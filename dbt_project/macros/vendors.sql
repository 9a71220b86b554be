{#- Zendesk's words for a priority as a number, 1 the most urgent. A ticket without one is normal: 3. -#}
{% macro zendesk_priority(priority) -%}
    case {{ priority }}
        when 'urgent' then 1
        when 'high' then 2
        when 'low' then 4
        else 3
    end
{%- endmacro %}


{#- A help desk's word for where a request stands, in our words: new, working, waiting_for_requester, on_hold, resolved,
    closed, withdrawn, unknown. A hold of ServiceNow waits for its reason. -#}
{% macro servicenow_status(state, hold_reason="null") -%}
    case {{ state }}
        when 1 then 'new'
        when 2 then 'working'
        when 3 then case when {{ hold_reason }} = '1' then 'waiting_for_requester' else 'on_hold' end
        when 6 then 'resolved'
        when 7 then 'closed'
        when 8 then 'withdrawn'
        else 'unknown'
    end
{%- endmacro %}


{% macro zendesk_status(status) -%}
    case {{ status }}
        when 'new' then 'new'
        when 'open' then 'working'
        when 'pending' then 'waiting_for_requester'
        when 'hold' then 'on_hold'
        when 'solved' then 'resolved'
        when 'closed' then 'closed'
        when 'deleted' then 'withdrawn'
        else 'unknown'
    end
{%- endmacro %}
