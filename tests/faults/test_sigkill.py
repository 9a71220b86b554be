"""Any process of the pipeline may be killed at any moment: started again, the warehouse ends as if nothing had happened."""

import os
import random
from pathlib import Path

import pytest
from tests.faults.killed_pipeline import STEPS, contents, differences, pipeline
from tests.faults.small_district import thin_out

from schoolward.sample.generate import generate

N_KILLS = int(os.environ.get("SCHOOLWARD_PIPELINE_KILLS", "5"))
SEED = 20260313


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "records"
    lakeside = tmp_path_factory.mktemp("whole") / "records"
    generate(lakeside)
    thin_out(lakeside, folder)
    return folder


@pytest.mark.timeout(900)
def test_a_pipeline_killed_at_random_moments_ends_with_the_content_of_an_undisturbed_one(
    records: Path, tmp_path: Path
) -> None:
    places = [(f"{checkpoint} {' '.join(step)}", checkpoint, step) for checkpoint in (0, 1) for step in STEPS]
    with pipeline(tmp_path / "undisturbed", records) as calm:
        for place, checkpoint, step in places:
            calm.advance_to(checkpoint)
            calm.run(place, step)
        expected, expected_mails = contents(), _mails(calm.systems.mailbox)
    for table, enough in (("raw_servicenow.incident", 200), ("raw_zendesk.tickets", 50)):
        assert len(expected[table]) > enough, "a pipeline without rows would prove nothing"
    assert expected_mails, "nor would one without mails"

    chance = random.Random(SEED)
    kills = chance.choices([place for place, _, _ in places], k=N_KILLS)
    killed: list[str] = []
    with pipeline(tmp_path / "killed", records) as struck:
        for place, checkpoint, step in places:
            struck.advance_to(checkpoint)
            killed += struck.run_killing(step, calm.seconds[place], kills.count(place), chance)
        struck.send_what_waits()
        found, found_mails = contents(), _mails(struck.systems.mailbox)

    assert len(killed) == N_KILLS
    differing = differences(expected, found)
    assert not differing, "\n".join([f"after killing {killed}:", *differing])
    assert found_mails == expected_mails, f"after killing {killed}"


def _mails(mailbox: Path) -> set[str]:
    """Names of the mails, which follow from their Message-ID: a mail lost or invented changes the set."""
    return {path.name for path in mailbox.glob("*.eml")}
