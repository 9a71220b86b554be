"""What the central office learns from its alerts: the quarterly review of the rules, and what followed from acting.

The marts judge (``rule_review_quarter``, ``alert_action_effect``); this module carries it to people. A proposal changes nothing
by itself: people answer it when they review the theory of action.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from schoolward.alerts.outbox import Content, enqueue
from schoolward.alerts.recipients import Recipients
from schoolward.alerts.rendering import count, lower_first, moment, render
from schoolward.district import District
from schoolward.errors import SchoolwardError
from schoolward.warehouse.connection import connect

MOST_EFFECTS_TOLD = 10
_PROPOSALS = {
    "retire": "Proposed for retirement",
    "keep": "Keep",
    "insufficient_data": "Too few alerts to judge",
    "not_due": "Not reviewed yet",
}
_HOW_TO_ANSWER = (
    "A proposal changes nothing by itself. Take each up in the next review of the theory of action (register toa_review);"
    " what you change then is a new version of it (register toa_version)."
)
_WHAT_EFFECTS_ARE = (
    "What followed is told beside schools that were about as badly off and for which nobody acted, since schools get better by"
    " themselves, too. It may be consistent with an action having helped; it does not show a cause."
)


@dataclass(frozen=True, slots=True)
class RuleReview:
    """A row of ``marts.rule_review_quarter``."""

    quarter_start_on: date
    rule_id: str
    rule_meaning: str
    n_fired: int
    n_answered: int
    n_acted_on: int
    n_dismissed: int
    dismissal_reasons: str | None
    n_disputed: int
    n_recovered: int
    n_tried: int
    n_held: int
    n_effects: int
    n_effects_better: int
    proposal: str
    proposal_text: str
    data_as_of: datetime


@dataclass(frozen=True, slots=True)
class Effect:
    """A row of ``marts.alert_action_effect``, as people read it."""

    alert_key: str
    school_name: str | None
    unit_name: str | None
    answered_on: date
    after_to_on: date
    status: str
    effect_text: str


def reviewed(quarter: date | None = None) -> list[RuleReview]:
    """The rules of a quarter (any day of it), those proposed for retirement first; by default of the newest one reviewed.

    Raises:
        SchoolwardError: when the marts have not been built or do not hold the quarter.
    """
    with connect("alerter") as connection:
        _check_built(connection)
        if quarter is None:
            quarter = _newest_reviewed(connection)
            if quarter is None:
                raise SchoolwardError(
                    "No quarter has been reviewed yet. Name one with --quarter to see what is counted so far."
                )
        rows = _read_rules(connection, quarter)
        if not rows:
            raise SchoolwardError(f"marts.rule_review_quarter holds no quarter with {quarter} in it. Name a later day.")
        return rows


def effects() -> list[Effect]:
    """What followed from every action on an alert, newest first.

    Raises:
        SchoolwardError: when the marts have not been built.
    """
    with connect("alerter") as connection:
        _check_built(connection)
        return _read_effects(connection, "true", ())


def enqueue_review(connection: psycopg.Connection[Any], district: District) -> int:
    """Queue the newest review that is due for everybody who hears of it and has not; gives how many messages that were.

    Works in its caller's transaction. Nothing is due while the marts are older than this release, or when no alert was told
    of in the quarter.
    """
    if not _is_built(connection):
        return 0
    quarter = _newest_reviewed(connection)
    rules = [] if quarter is None else _read_rules(connection, quarter)
    if quarter is None or not any(rule.n_fired for rule in rules):
        return 0
    followed = _read_effects(
        connection, "after_to_on >= %s and after_to_on < %s + interval '3 months'", (quarter, quarter)
    )
    content = review_message(district, rules, followed)
    keys = {f"rule_review:{quarter}:{r.to}": r for r in Recipients(district).of_role("superintendent")}
    sent = [enqueue(connection, key, "digest", r.to, r.name, content) for key, r in keys.items()]
    return sum(message is not None for message in sent)


def review_message(district: District, rules: Sequence[RuleReview], followed: Sequence[Effect]) -> Content:
    """The message to the cabinet: proposals first, then what followed from acting.

    Args:
        rules: all of one quarter, at least one.
        followed: effects whose weeks were over in that quarter.
    """
    start = rules[0].quarter_start_on
    name = f"{start.year}, quarter {(start.month + 2) // 3}"
    told = [rule for rule in rules if rule.n_fired]
    n_retire = sum(rule.proposal == "retire" for rule in told)
    n_fired, n_acted_on = sum(rule.n_fired for rule in told), sum(rule.n_acted_on for rule in told)
    measured = [effect for effect in followed if effect.status != "insufficient_data"]
    headline = (
        f"{count(n_retire, 'rule')} proposed for retirement" if n_retire else "No rule is proposed for retirement"
    )
    summary = f"{count(n_fired, 'alert')} in the quarter, {n_acted_on:,} of them acted on."
    rows = [(f"{_PROPOSALS[rule.proposal]}: {rule.rule_meaning}", _detail(rule)) for rule in told]
    rows += [
        (f"What followed: {effect.school_name or 'all schools'}", effect.effect_text)
        for effect in measured[:MOST_EFFECTS_TOLD]
    ]
    paragraphs = [summary, _HOW_TO_ANSWER]
    if followed:
        n_untold = len(followed) - min(len(measured), MOST_EFFECTS_TOLD)
        rest = f" {count(n_untold, 'more action')}: `schoolward alerts effects` shows them all." if n_untold else ""
        paragraphs.append(_WHAT_EFFECTS_ARE + rest)
    subject = f"Review of the alert rules, {name}: {lower_first(headline)}"
    values = {
        "subject": subject,
        "preheader": summary,
        "headline": subject,
        "paragraphs": paragraphs,
        "rows": rows,
        "closing": f"{district.name}. Data as of {moment(rules[0].data_as_of, district.timezone)}.",
    }
    return Content(subject, render("notice.txt.j2", values), render("notice.html.j2", values))


def _detail(rule: RuleReview) -> str:
    parts = [rule.proposal_text]
    if rule.n_dismissed:
        parts.append(f"Dismissed: {rule.dismissal_reasons}.")
    if rule.n_disputed:
        parts.append(f"Disputed: {rule.n_disputed}.")
    if rule.n_effects:
        parts.append(
            f"Of {count(rule.n_effects, 'action')} that could be compared, {rule.n_effects_better} were followed by more"
            " improvement than at like schools."
        )
    return " ".join(parts)


def _is_built(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute(
        "select to_regclass('marts.rule_review_quarter') is not null and to_regclass('marts.alert_action_effect') is not null"
    ).fetchone()
    return bool(row and row[0])


def _check_built(connection: psycopg.Connection[Any]) -> None:
    if not _is_built(connection):
        raise SchoolwardError(
            "marts.rule_review_quarter and marts.alert_action_effect do not exist yet. Build the marts first: `schoolward transform`."
        )


def _newest_reviewed(connection: psycopg.Connection[Any]) -> date | None:
    query = "select max(quarter_start_on) from marts.rule_review_quarter where proposal <> 'not_due'"
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def _read_rules(connection: psycopg.Connection[Any], quarter: date) -> list[RuleReview]:
    columns = ", ".join(f.name for f in fields(RuleReview))
    query = f"""
        select {columns} from marts.rule_review_quarter
        where quarter_start_on = date_trunc('quarter', %s::date)::date
        order by array_position(array['retire', 'keep', 'insufficient_data', 'not_due'], proposal), n_fired desc, rule_id
    """
    with connection.cursor(row_factory=class_row(RuleReview)) as cursor:
        return cursor.execute(query, (quarter,)).fetchall()


def _read_effects(connection: psycopg.Connection[Any], where: str, values: Sequence[Any]) -> list[Effect]:
    columns = ", ".join(f.name for f in fields(Effect))
    query = f"select {columns} from marts.alert_action_effect where {where} order by answered_on desc, alert_key"
    with connection.cursor(row_factory=class_row(Effect)) as cursor:
        return cursor.execute(query, values).fetchall()
