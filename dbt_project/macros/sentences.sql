{#- A share as people say it: "three in four", else "80 in 100". -#}
{% macro share_in_words(share) -%}
    case {{ share }}
        when 0.5 then 'one in two'
        when 0.75 then 'three in four'
        when 0.8 then 'four in five'
        when 0.9 then 'nine in ten'
        when 1 then 'every one'
        else round({{ share }} * 100)::text || ' in 100'
    end
{%- endmacro %}


{#- A count with its noun, "1 request" or "3 requests". -#}
{% macro counted(number, noun) -%}
    trunc({{ number }})::text || ' {{ noun }}' || case when {{ number }} = 1 then '' else 's' end
{%- endmacro %}


{#- A number as people write it: two places at most, no trailing noughts. -#}
{% macro plain_number(number) -%}
    trim_scale(round(({{ number }})::numeric, 2))::text
{%- endmacro %}


{#- A small whole number as people say it: "three"; from ten on its digits. -#}
{% macro number_in_words(number) -%}
    coalesce(
        ('{none,one,two,three,four,five,six,seven,eight,nine}'::text[])[{{ number }} + 1],
        {{ number }}::text
    )
{%- endmacro %}
