"""The reviewed crosswalk: what other systems call a school, confirmed by a person."""

import csv
from pathlib import Path

from schoolward.district_checks import Problems

ALIAS_KINDS = ("location", "name", "hr_code", "email_domain", "staff", "sis")


HEADER = ("school_id", "system", "kind", "alias")


def read_crosswalk(path: Path, problems: Problems) -> list[tuple[str, str, str, str]]:
    """Rows of the reviewed crosswalk file (school_id, system, kind, alias)."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError) as error:
        problems.add(
            "[district] crosswalk",
            f"{path.name} cannot be read ({error}). Put a UTF-8 file with the columns {','.join(HEADER)} beside the district file.",
        )
        return []
    if not rows or tuple(rows[0]) != HEADER:
        problems.add("[district] crosswalk", f"{path.name} must start with the line {','.join(HEADER)}.")
        return []
    first_line: dict[tuple[str, str, str], int] = {}
    good = []
    for number, row in enumerate(rows[1:], 2):
        place = f"{path.name} line {number}"
        if len(row) != 4 or not all(cell.strip() for cell in row) or row[2] not in ALIAS_KINDS:
            problems.add(place, f"needs four filled cells, the third one of {', '.join(ALIAS_KINDS)}.")
            continue
        school_id, system, kind, alias = row
        before = first_line.setdefault((system, kind, alias), number)
        if before != number:
            problems.add(
                place, f"gives the {kind} {alias!r} again, as line {before} did. An alias may mean one school only."
            )
            continue
        good.append((school_id, system, kind, alias))
    return good
