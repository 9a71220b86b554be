"""What truth.json says was planted is there, and nothing else, at every checkpoint from the second on."""

import pytest
from tests.unit.sample.lakeside_records import Folder, Rulebook
from tests.unit.sample.partnership_recount import PartnershipRecount
from tests.unit.sample.service_recount import Flag, ServiceRecount


@pytest.fixture(scope="module")
def flagged(lakeside: Folder, rulebook: Rulebook) -> list[set[Flag]]:
    """The flags at each checkpoint from the second on, by brute force."""
    service, partnership = ServiceRecount(lakeside, rulebook), PartnershipRecount(lakeside, rulebook)
    return [service.flagged(at) | partnership.flagged(at) for at in lakeside.checkpoints[1:]]


def _flags(lakeside: Folder, *kinds: str) -> set[Flag]:
    return {
        (school["school_id"], flag["rule_id"], flag["unit_id"])
        for school in lakeside.truth["schools"]
        for kind in kinds
        for flag in school[kind]
    }


def test_every_planted_flag_is_raised_at_every_checkpoint(lakeside: Folder, flagged: list[set[Flag]]) -> None:
    assert [_flags(lakeside, "flags") - found for found in flagged] == [set()] * 13


def test_no_school_is_flagged_for_what_was_not_planted(lakeside: Folder, flagged: list[set[Flag]]) -> None:
    assert [found - _flags(lakeside, "flags", "may_also") for found in flagged] == [set()] * 13
