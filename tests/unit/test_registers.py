"""The registers' page, their empty files and their examples are what the records declare and landing reads."""

from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from schoolward import registers
from schoolward.register_examples import REGISTERS
from schoolward.sources.base import Stream
from schoolward.sources.csv_file import CsvFile
from schoolward.sources.csv_options import stream_options
from schoolward.sources.csv_records import STREAMS
from schoolward.sources.csv_words import VOCABULARY

ZONE = ZoneInfo("America/Chicago")


def _read(stream: Stream, text: str) -> list[object]:
    """Records and rejects of a file, as landing reads it."""
    options = stream_options({"streams": {stream.name: {"files": f"{stream.name}.csv"}}}, stream.name)
    pages = CsvFile(f"{stream.name}.csv", stream, options, ZONE).pages(BytesIO(text.encode()))
    return [row for page in pages for row in (*page.records, *page.rejects)]


def test_the_page_is_what_the_records_tell() -> None:
    told = registers.PAGE.read_text(encoding="utf-8")
    assert told == registers.page(), "docs/registers.md is behind; run `python -m schoolward.registers`."


def test_every_file_stream_but_those_of_human_resources_is_a_register() -> None:
    assert set(REGISTERS) == {stream.name for stream in STREAMS if not stream.name.startswith("hr_")}


@pytest.mark.parametrize("stream", registers.streams(), ids=lambda stream: stream.name)
def test_an_example_lands_as_the_record_it_shows(stream: Stream) -> None:
    assert _read(stream, registers.example_file(stream)) == [REGISTERS[stream.name].example]


def test_empty_registers_are_written_once_and_land_without_a_complaint(tmp_path: Path) -> None:
    filled = tmp_path / "decision.csv"
    filled.write_text("decision_id,made_on\nD1,2026-01-05\n")
    written = registers.write_templates(tmp_path)
    assert len(written) == len(REGISTERS) - 1
    assert filled.read_text() == "decision_id,made_on\nD1,2026-01-05\n"
    assert registers.write_templates(tmp_path) == []
    for stream in registers.streams():
        if stream.name != "decision":
            assert _read(stream, (tmp_path / f"{stream.name}.csv").read_text()) == []


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "registers").write_text("a file in the way")
    with pytest.raises(registers.SchoolwardError, match=r"registers cannot be written to .*Name a folder"):
        registers.write_templates(tmp_path / "registers")


def test_every_coded_field_is_a_text_of_its_record() -> None:
    by_name = {stream.name: stream for stream in STREAMS}
    for name, fields in VOCABULARY.items():
        types = {column.name: column.sql_type for column in by_name[name].columns}
        assert {types[field] for field in fields} <= {"text", "text[]"}
