"""The small registers as a district starts them: an empty file each, and the page that explains them.

``python -m schoolward.registers`` writes ``docs/registers.md``; a test compares the page with the records.
"""

import csv
import io
from datetime import date, datetime
from pathlib import Path

from schoolward.errors import SchoolwardError
from schoolward.register_examples import REGISTERS
from schoolward.sources.base import Stream
from schoolward.sources.csv_records import COMPUTED, STREAMS
from schoolward.sources.csv_words import VOCABULARY
from schoolward.sources.documented import field_docs

PAGE = Path(__file__).parents[2] / "docs" / "registers.md"
_TYPES = {
    "text": "text",
    "bigint": "whole number",
    "double precision": "number",
    "boolean": "yes or no",
    "date": "date",
    "timestamptz": "date and time",
    "text[]": "list, separated by ;",
}
_HEAD = """# Registers

What no other system knows, an office keeps in small registers: files with a line of headings, written by hand, by a form or by an export.
`schoolward init --registers FOLDER` writes them empty, and never touches a file that is there. A source of the district file reads them:

    [[source]]
    name = "registers"
    system = "csv_drop"
    connection = "files"
    schedule = "0 5 * * *"
    [source.options]
    folder = "registers"
    [source.options.streams.central_ask]
    files = "central_ask.csv"                  # the whole register, kept in place; or "central_ask_{as_of}.csv", a file each time
    mode = "snapshot"                          # "delta" where a file holds only what is new or otherwise

A register that no source names is not asked for: its indicators say `insufficient_data`, never a bad value. Dates are ISO 8601 (2026-02-03), times
too; without an offset they are the district's own. Only the columns below are ever read. Codes and dates, hardly any text: no student, no
name, nothing that was said.

A field with allowed words takes no other: a row with another word waits in `ops.quarantine` with its line and the words there are (`schoolward status`
counts them), and the rest of the file lands. Where an office says it otherwise, the district file maps its words:

    [source.options.streams.touchpoint]
    files = "touchpoints_{as_of}.csv"
    words = { setting = { "On site" = "school" } }

The file of `schoolward init` for a register is the line of headings of its example. Bold columns are the key, columns marked ✓ may not be empty.
"""


def streams() -> tuple[Stream, ...]:
    """The streams that are registers, in the order of the page."""
    by_name = {stream.name: stream for stream in STREAMS}
    return tuple(by_name[name] for name in REGISTERS)


def write_templates(folder: Path) -> list[Path]:
    """Write the empty file of every register that has none yet; returns those written.

    Raises:
        SchoolwardError: when the folder cannot be written.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for stream in streams():
            path = folder / f"{stream.name}.csv"
            if not path.exists():
                path.write_text(_line(_columns(stream)), encoding="utf-8")
                written.append(path)
    except OSError as error:
        raise SchoolwardError(
            f"The registers cannot be written to {folder} ({error.strerror}). Name a folder that may be written to."
        ) from None
    return written


def page() -> str:
    """``docs/registers.md``."""
    return _HEAD + "".join(_section(stream) for stream in streams())


def example_file(stream: Stream) -> str:
    """A register with its example row, as a file."""
    row = REGISTERS[stream.name].example
    return _line(_columns(stream)) + _line([_cell(getattr(row, name)) for name in _columns(stream)])


def _columns(stream: Stream) -> list[str]:
    return [column.name for column in stream.columns if column.name not in COMPUTED]


def _section(stream: Stream) -> str:
    meanings = field_docs(stream.record)
    words = VOCABULARY.get(stream.name, {})
    lines = [
        f"\n## {stream.name}\n\n{stream.description}\nKept by: {REGISTERS[stream.name].by}\n\n| column | type | | meaning |\n|---|---|---|---|\n"
    ]
    for column in stream.columns:
        name = f"**{column.name}**" if column.name in stream.key else column.name
        meaning = _meaning(words.get(column.name, ()), meanings.get(column.name, ""))
        lines.append(f"| {name} | {_TYPES[column.sql_type]} | {'✓' if column.is_required else ''} | {meaning} |\n")
    example = "".join(f"    {line}\n" for line in example_file(stream).splitlines())
    return "".join(lines) + "\n" + example


def _meaning(words: tuple[str, ...], meaning: str) -> str:
    """The allowed words, unless the meaning names them all, and the meaning."""
    if all(word in meaning for word in words):
        return meaning
    return f"One of {', '.join(f'`{word}`' for word in words)}. {meaning}".strip()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ";".join(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _line(cells: list[str]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
