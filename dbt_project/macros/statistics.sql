{#- Wilson-Hilferty: how far `observed` events lie below `expected`, in standard deviations; the follow-up is nearly complete, so
    the expected number is the random part. Positive is slower. -#}
{% macro wilson_hilferty(observed, expected) -%}
    {%- set o = 'greatest(' ~ observed ~ ', 1)' -%}
    (3 * sqrt({{ o }}) * (cbrt({{ expected }} / {{ o }}) - 1 + 1 / (9 * {{ o }})))
{%- endmacro %}


{#- Probability of a standard normal deviate above z. -#}
{% macro upper_tail(z) -%}
    (0.5 * erfc({{ z }} / sqrt(2::double precision)))
{%- endmacro %}


{#- Byar's 95 % limits of the mean of a Poisson count (Breslow & Day 1987); 1.95996 is the normal's 97.5 % point. -#}
{% macro byar_low(count) -%}
    case
        when {{ count }} > 0
            then
                {{ count }}
                * power(greatest(1 - 1 / (9 * {{ count }}) - 1.959963984540054::double precision / (3 * sqrt({{ count }})), 0), 3)
        else 0
    end
{%- endmacro %}


{% macro byar_high(count) -%}
    (
        ({{ count }} + 1)
        * power(1 - 1 / (9 * ({{ count }} + 1)) + 1.959963984540054::double precision / (3 * sqrt({{ count }} + 1)), 3)
    )
{%- endmacro %}


{#- Wilson-Hilferty's 2.5 % (side -1) or 97.5 % (side 1) point of a gamma distribution of that shape and rate 1. -#}
{% macro gamma_quantile(shape, side) -%}
    (
        {{ shape }}
        * power(
            greatest(1 - 1 / (9 * {{ shape }}) + {{ side }} * 1.959963984540054::double precision / (3 * sqrt({{ shape }})), 0),
            3
        )
    )
{%- endmacro %}


{#- Benjamini & Hochberg 1995: the rate of false discoveries at which a p is one, as a window expression. `p_rank` numbers the
    p of each group of `within` from the smallest, `n_p` counts them. Null p come last and stay null. -#}
{% macro benjamini_hochberg(p, p_rank, n_p, within) -%}
    case
        when {{ p }} is not null
            then
                min(least({{ p }} * {{ n_p }} / {{ p_rank }}, 1)) over (
                    partition by {{ within | join(', ') }} order by {{ p_rank }} desc rows unbounded preceding
                )
    end
{%- endmacro %}


{#- Anytime-valid evidence for slower: a mixture of likelihood ratios of Poisson counts, at rates of 0.55, 0.65, 0.75, 0.85. -#}
{% macro slower_e_value(observed, expected) -%}
    {%- set terms = [] -%}
    {%- for rate in [0.55, 0.65, 0.75, 0.85] -%}
        {%- do terms.append(
            'exp(least(' ~ observed ~ ' * ln(' ~ rate ~ '::double precision) + ' ~ (1 - rate) | round(2) ~ ' * ' ~ expected ~ ', 700))'
        ) -%}
    {%- endfor -%}
    -- What is unknown is no evidence; least() alone would pass over it.
    case
        when {{ expected }} is not null
            then (
                {{ terms | join('
                + ') }}
            ) / 4
    end
{%- endmacro %}


{#- Simes 1986: one p for two that ask the same question, the smaller of twice the least and the greatest. One that is not known
    is passed over, by least() and greatest() too. -#}
{% macro simes_of_two(a, b) -%}
    case when coalesce({{ a }}, {{ b }}) is not null then least(2 * least({{ a }}, {{ b }}), greatest({{ a }}, {{ b }}), 1) end
{%- endmacro %}
