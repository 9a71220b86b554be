"""The options of a ``csv_drop`` source: which files feed which stream, and how to read them.

::

    [source.options]
    folder = "hr"                              # below the connection's address
    max_deleted_share = 0.2                    # optional; see the loader's guard
    [source.options.streams.hr_position]
    files = "positions_{as_of}.csv"            # {as_of} = YYYYMMDD or YYYYMMDDTHHMMSSZ; without it the file's own time counts
    mode = "snapshot"                          # or "delta"
    encoding = "cp1252"                        # default utf-8, a byte order mark is tolerated
    delimiter = ","
    list_separator = ";"
    date_formats = ["%m/%d/%Y"]                # tried after ISO 8601; local times are the district's
    columns = { position_id = "Position" }     # our field = the file's heading; default: the field's own name
    words = { setting = { "On site" = "school" } }  # for a coded field: the file's word = ours (docs/registers.md)
"""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schoolward.sources.csv_records import COMPUTED, STREAMS
from schoolward.sources.csv_words import VOCABULARY

MODES = ("snapshot", "delta")
AS_OF = "{as_of}"
_STREAM_KEYS = ("files", "mode", "encoding", "delimiter", "list_separator", "date_formats", "columns", "words")
_SOURCE_KEYS = ("folder", "max_deleted_share", "streams")
_BY_NAME = {stream.name: stream for stream in STREAMS}


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """How one stream's files are found and read."""

    files: str
    mode: str
    encoding: str
    delimiter: str
    list_separator: str
    date_formats: tuple[str, ...]
    columns: Mapping[str, str]
    """Heading by field; every field of the record that is not computed stands in it."""
    words: Mapping[str, Mapping[str, str]]
    """For a coded field, our word by the file's."""

    @property
    def is_snapshot(self) -> bool:
        return self.mode == "snapshot"

    def matcher(self) -> re.Pattern[str]:
        """Matches a whole file name; group ``as_of`` where the pattern has it."""
        before, mark, after = self.files.partition(AS_OF)
        stamp = r"(?P<as_of>\d{8}(?:T\d{6}Z)?)" if mark else ""
        return re.compile(re.escape(before) + stamp + re.escape(after))


def stream_options(options: Mapping[str, Any], name: str) -> StreamOptions:
    """The checked options of one stream, defaults filled in."""
    given = options["streams"][name]
    fields = [column.name for column in _BY_NAME[name].columns if column.name not in COMPUTED]
    return StreamOptions(
        files=given["files"],
        mode=given.get("mode", "snapshot"),
        encoding=given.get("encoding", "utf-8"),
        delimiter=given.get("delimiter", ","),
        list_separator=given.get("list_separator", ";"),
        date_formats=tuple(given.get("date_formats", ())),
        columns={field: given.get("columns", {}).get(field, field) for field in fields},
        words=given.get("words", {}),
    )


def check_options(options: Mapping[str, Any]) -> list[str]:
    """Every mistake in the options of a source, a sentence each, without the place."""
    found = [
        f"has {key!r}, which is not known here. Remove it, or use one of {', '.join(_SOURCE_KEYS)}."
        for key in sorted(options.keys() - set(_SOURCE_KEYS))
    ]
    if not isinstance(options.get("folder", ""), str):
        found.append('folder is not a text. Write the folder below the connection\'s address, such as folder = "hr".')
    share = options.get("max_deleted_share", 0.2)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        found.append("max_deleted_share is no share. Write a number from 0 to 1, such as 0.2.")
    streams = options.get("streams")
    if not isinstance(streams, Mapping) or not streams:
        found.append(
            'has no streams. Add a table such as [source.options.streams.touchpoint] with files = "touchpoints_{as_of}.csv".'
        )
        return found
    for name, given in streams.items():
        if name not in _BY_NAME:
            found.append(f"streams.{name} is no stream. Use one of {', '.join(_BY_NAME)}.")
        elif not isinstance(given, Mapping):
            found.append(f"streams.{name} is not a table. Write it as [source.options.streams.{name}].")
        else:
            found += [f"streams.{name}: {sentence}" for sentence in _check_stream(name, given)]
    return found


def _check_stream(name: str, given: Mapping[str, Any]) -> list[str]:
    found = [
        f"has {key!r}, which is not known here. Remove it, or use one of {', '.join(_STREAM_KEYS)}."
        for key in sorted(given.keys() - set(_STREAM_KEYS))
    ]
    files = given.get("files")
    if not isinstance(files, str) or not files or "/" in files or files.count(AS_OF) > 1:
        found.append(
            f'files is missing or wrong. Write a file name with at most one {AS_OF}, such as files = "{name}_{AS_OF}.csv".'
        )
    if given.get("mode", "snapshot") not in MODES:
        found.append(
            f"mode is {given['mode']!r}. Use snapshot (each file is the whole truth) or delta (only what changed)."
        )
    if not _is_encoding(given.get("encoding", "utf-8")):
        found.append(
            f"encoding is {given['encoding']!r}, which Python does not know. Use a name such as utf-8, cp1252 or utf-16."
        )
    found += [
        f'{key} must be one character, such as {key} = ";".'
        for key in ("delimiter", "list_separator")
        if not isinstance(given.get(key, ","), str) or len(given.get(key, ",")) != 1
    ]
    formats = given.get("date_formats", [])
    if not isinstance(formats, list) or not all(_is_date_format(f) for f in formats):
        found.append('date_formats is no list of formats. Write them as in date_formats = ["%m/%d/%Y"].')
    return found + _check_columns(name, given.get("columns", {})) + _check_words(name, given.get("words", {}))


def _check_columns(name: str, columns: Any) -> list[str]:
    if not isinstance(columns, Mapping) or not all(isinstance(v, str) and v for v in columns.values()):
        return [
            'columns is no table of headings. Write our field = the file\'s heading, such as columns = { staff_id = "Employee" }.'
        ]
    fields = [column.name for column in _BY_NAME[name].columns if column.name not in COMPUTED]
    return [
        f"columns names {field!r}, which is no field of {name}. Use one of {', '.join(fields)}."
        for field in columns
        if field not in fields
    ]


def _check_words(name: str, words: Any) -> list[str]:
    example = 'words = { setting = { "On site" = "school" } }'
    if not isinstance(words, Mapping) or not all(isinstance(own, Mapping) for own in words.values()):
        return [f"words is no table of tables. Write our field and, in it, the file's word = ours, such as {example}."]
    coded = VOCABULARY.get(name, {})
    found = [
        f"words names {field!r}, which is no coded field of {name}. Use one of {', '.join(coded) or 'none: it has no such field'}."
        for field in words
        if field not in coded
    ]
    return found + [
        f"words.{field} gives {word!r} for {theirs!r}. Use one of {', '.join(coded[field])}."
        for field, own in words.items()
        for theirs, word in own.items()
        if field in coded and word not in coded[field]
    ]


def _is_encoding(name: Any) -> bool:
    try:
        codecs.lookup(name)
    except (LookupError, TypeError):
        return False
    return True


def _is_date_format(text: Any) -> bool:
    """Whether a format written by strftime can be read back by strptime."""
    if not isinstance(text, str) or "%" not in text:
        return False
    instant = datetime(2025, 8, 11, 13, 5, tzinfo=UTC)
    try:
        return datetime.strptime(instant.strftime(text), text).replace(tzinfo=UTC).year == instant.year
    except ValueError:
        return False
