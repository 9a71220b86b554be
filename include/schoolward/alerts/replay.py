"""A past week's digest told again, to the digit: from what was published then, whatever the sources say of that week today.

Values of weeks that are over come from the published marts, alerts from their kept versions. Blind spot: names of units and of
recipients, and the length of a unit's day, are those of the district file as it is now, and an ILD's or a case manager's page, or a
question about records, that was never queued is of the marts as they are now.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from schoolward.alerts.digest_facts import Facts, Moment, read_facts
from schoolward.alerts.due import last_week_over
from schoolward.alerts.freshness import LateSource
from schoolward.alerts.outbox import Content
from schoolward.alerts.own import OwnWeek, as_kept, page_of, read_own
from schoolward.alerts.record_questions import RecordQuestion, read_record_questions
from schoolward.alerts.weekly import ROLES, digest_key, digest_recipients, render_digest
from schoolward.district import District, Recipient
from schoolward.errors import SchoolwardError
from schoolward.warehouse.connection import connect

REPLAYED_ROLES = tuple(role for role in ROLES if role != "engineer")
"""The engineers' page is about the pipeline of the day it was written, not about a week of the schools."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One digest told again."""

    week_start_on: date
    recipient: Recipient
    as_of: datetime
    content: Content
    is_as_queued: bool | None
    """Whether it is, to the letter, the digest that was queued then; None where none was."""

    def __str__(self) -> str:
        told = {
            True: "identical to the digest queued then",
            False: "DIFFERS from the digest queued then: a unit, a recipient or a text of the page has been changed since",
            None: "none was queued then",
        }[self.is_as_queued]
        return f"week of {self.week_start_on} for {self.recipient.name}, data as of {self.as_of:%Y-%m-%d %H:%M} UTC: {told}"

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write the page as HTML, its pictures within, and as text; gives both paths."""
        folder.mkdir(parents=True, exist_ok=True)
        receiver = "".join(c if c.isalnum() else "-" for c in self.recipient.to.removeprefix("mailto:"))
        stem = f"{self.week_start_on}-{self.recipient.role}-{receiver}"
        html = self.content.html
        for picture in self.content.pictures:
            html = html.replace(f"cid:{picture.cid}", f"data:image/png;base64,{b64encode(picture.png).decode()}")
        page, text = folder / f"{stem}.html", folder / f"{stem}.txt"
        page.write_text(html, encoding="utf-8")
        text.write_text(self.content.text, encoding="utf-8")
        return page, text


def replay(district: District, until: datetime, role: str | None = None) -> list[Replayed]:
    """The digests that were due last at an instant, as they were or would have been written then.

    Args:
        until: an instant of the data's clock, with its zone.
        role: only the digests of this role.
    Raises:
        SchoolwardError: when no week was over by then, or nothing had been published of it.
    """
    with connect("alerter") as connection:
        connection.read_only = True
        week = last_week_over(district, until, is_scheduled=False)
        if week is None:
            raise SchoolwardError(f"No week was over by {until:%Y-%m-%d %H:%M}. Name a later instant.")
        wanted = {
            (r.role, r.to): r
            for r in reversed(digest_recipients(district))
            if r.role in REPLAYED_ROLES and role in (None, r.role)
        }
        if not wanted:
            raise SchoolwardError(
                f"The district file has no recipient of role {role!r}. Use one of {', '.join(REPLAYED_ROLES)}."
            )
        queued = _queued(connection, week, until)
        return [_again(connection, district, week, until, r, queued.get(key)) for key, r in wanted.items()]


def _queued(
    connection: psycopg.Connection[Any], week: date, until: datetime
) -> Mapping[tuple[str, str], dict[str, Any]]:
    query = """
        select role, target, data_as_of, enqueued_at, alert_version_id, late, record_questions, own_schools
        from alerts.digest where week_start_on = %s and data_as_of <= %s
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        return {(row["role"], row["target"]): row for row in cursor.execute(query, (week, until)).fetchall()}


def _again(
    connection: psycopg.Connection[Any], district: District, week: date, until: datetime, recipient: Recipient,
    queued: dict[str, Any] | None,
) -> Replayed:  # fmt: skip
    if queued:
        moment = Moment(
            as_of=queued["data_as_of"],
            recorded_until=queued["enqueued_at"],
            alert_version_id=queued["alert_version_id"],
        )
        late = _late(queued["late"])
        asked = [RecordQuestion(**row) for row in queued["record_questions"]]
    else:
        moment, late = Moment(as_of=_known_until(connection, until), published_until=until), ()
        asked = read_record_questions(connection, week)
    try:
        facts = read_facts(connection, week, late, asked, moment)
    except SchoolwardError:
        raise SchoolwardError(
            f"Nothing had been published of the week of {week} by {until:%Y-%m-%d %H:%M}. Name a later instant; a week is published"
            " by the first build after its end."
        ) from None
    own = _own(connection, district, facts, recipient, queued)
    content = render_digest(page_of(district, facts, recipient, own))
    sent = _body(connection, digest_key(week, recipient)) if queued else None
    is_as_queued = (sent["text"], sent["html"]) == (content.text, content.html) if sent else None
    return Replayed(week, recipient, facts.as_of, content, is_as_queued)


def _own(
    connection: psycopg.Connection[Any], district: District, facts: Facts, recipient: Recipient,
    queued: Mapping[str, Any] | None,
) -> OwnWeek | None:  # fmt: skip
    """As the queued digest knew it; of one that was never queued, as the marts know it today."""
    if queued and queued["own_schools"] is not None:
        return as_kept(recipient.role, queued["own_schools"])
    return read_own(connection, facts.week_start_on, facts.as_of.astimezone(district.timezone).date(), recipient)


def _known_until(connection: psycopg.Connection[Any], until: datetime) -> datetime:
    """The data's "now" at that instant: the newest clock a source had shown."""
    row = connection.execute(
        "select max(source_at) from ops.load where status = 'done' and source_at <= %s", (until,)
    ).fetchone()
    return (row[0] if row else None) or until


def _late(rows: Sequence[Mapping[str, Any]]) -> tuple[LateSource, ...]:
    return tuple(LateSource(**{**row, "streams": tuple(row["streams"])}) for row in rows)


def _body(connection: psycopg.Connection[Any], key: str) -> dict[str, Any] | None:
    row = connection.execute("select body from alerts.outbox where idempotency_key = %s", (key,)).fetchone()
    return row[0] if row else None
