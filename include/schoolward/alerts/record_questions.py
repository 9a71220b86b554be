"""What is worth asking about how records are kept: of the last month that was over, in the sentences of the mart.

It opens no alert and changes no flag. Rows about one ILD are left where they are, for whoever supervises ILDs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
from psycopg.rows import class_row

from schoolward.alerts.digest_page import Questions

MOST_QUESTIONS = 5


@dataclass(frozen=True, slots=True)
class RecordQuestion:
    """A pattern of a unit's records, or of the contact log's, that is worth a look."""

    month: str
    """Such as ``March 2026``."""
    unit_id: str | None
    """None for the contact log as a whole."""
    text: str


_WORTH_ASKING = """
    select to_char(month_start_on, 'FMMonth YYYY') as month, case keeper_type when 'unit' then keeper_id end as unit_id,
           question_text as text
    from marts.record_pattern_month
    where status = 'worth_a_look' and keeper_type <> 'ild' and month_start_on = (
        select max(month_start_on) from marts.record_pattern_month where month_start_on + interval '1 month' <= %s
    )
    order by check_id, unit_name, keeper_id
"""


def read_record_questions(connection: psycopg.Connection[Any], week: date) -> list[RecordQuestion]:
    """What there is to ask at the end of a week, by check and unit."""
    with connection.cursor(row_factory=class_row(RecordQuestion)) as cursor:
        return cursor.execute(_WORTH_ASKING, (week + timedelta(weeks=1),)).fetchall()


def questions_for(asked: Sequence[RecordQuestion], role: str, units: frozenset[str] | None) -> Questions | None:
    """What a reader is told: a chief of their units, the ILDs' supervisor of the contact log, the engineers of both.

    Args:
        units: those a chief's page is about; None for all of them.
    """
    mine = [q for q in asked if _concerns(q, role, units)]
    if not mine:
        return None
    n_more = max(len(mine) - MOST_QUESTIONS, 0)
    return Questions(
        heading=f"Worth asking about the records of {mine[0].month}",
        lead="A question about how records are kept, to whoever keeps them: it opens no alert and changes no flag.",
        lines=tuple(q.text for q in mine[:MOST_QUESTIONS]),
        more=f"and {n_more} more" if n_more else "",
    )


def _concerns(question: RecordQuestion, role: str, units: frozenset[str] | None) -> bool:
    if role == "engineer":
        return True
    if role == "ild_supervisor":
        return question.unit_id is None
    return role == "unit_chief" and question.unit_id is not None and (units is None or question.unit_id in units)
