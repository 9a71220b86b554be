"""The filter of keys never forgets one, suspects few wrongly, and does not grow."""

from hypothesis import given
from hypothesis import strategies as st

from schoolward.ingest.filling import SeenKeys


@given(st.lists(st.lists(st.one_of(st.text(max_size=3), st.integers(), st.tuples(st.text(max_size=2), st.integers())))))
def test_a_key_that_came_before_is_always_suspected(pages: list[list[object]]) -> None:
    seen, before = SeenKeys(), set[object]()
    for keys in pages:
        suspects = set(seen.suspects(keys))
        for place, key in enumerate(keys):
            if key in before:
                assert place in suspects
            before.add(key)


def test_few_new_keys_are_suspected_wrongly() -> None:
    seen = SeenKeys()
    n_wrong = sum(len(seen.suspects([f"{page}-{n}" for n in range(1000)])) for page in range(200))
    assert n_wrong < 200_000 * 0.01
