"""OneRoster's filter grammar as the replay server reads it."""

import pytest

from schoolward.sample.replay.oneroster_filter import FilterError, parse

USER = {
    "sourcedId": "u1",
    "status": "active",
    "dateLastModified": "2026-01-05T08:00:00.000Z",
    "grades": ["09", "10"],
    "roles": [{"role": "principal", "org": {"sourcedId": "s1"}}],
    "enabledUser": "true",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status='ACTIVE'", True),  # case does not count
        ("dateLastModified>'2026-01-05'", True),  # a day alone is its first instant
        ("dateLastModified>='2026-01-05T09:00:00+01:00'", True),
        ("dateLastModified>'2026-01-05T08:00:00.000Z'", False),
        ("sourcedId~'U'", True),
        ("grades='09,10'", True),
        ("grades='09,11'", False),
        ("roles.role='principal' AND roles.org.sourcedId='s1'", True),
        ("status='tobedeleted' OR enabledUser='true'", True),
        ("status='tobedeleted' AND enabledUser='true'", False),
        ("metadata.missing!='x'", True),
    ],
)
def test_every_operator_holds_for_the_records_the_grammar_says(text: str, expected: bool) -> None:
    assert parse(text, lambda _: True).test(USER) is expected


@pytest.mark.parametrize("text", ["status=active", "a='1' AND b='2' AND c='3'", "='x'", "status='active' and x='1'"])
def test_what_is_outside_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(FilterError):
        parse(text, lambda _: True)


def test_a_field_the_collection_lacks_is_refused_by_name() -> None:
    with pytest.raises(FilterError, match="nope"):
        parse("nope='1'", lambda _: False)
