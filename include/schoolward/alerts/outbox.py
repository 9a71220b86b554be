"""The outbox: messages are written in the transaction that causes them and sent later, so a crash neither loses nor repeats one."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import psycopg
from psycopg.types.json import Jsonb

Kind = Literal["alert", "digest", "data_health"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG shown inline; ``alt`` says what it shows to whoever does not see it."""

    cid: str
    alt: str
    png: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Content:
    """A rendered message: the same matter as text and as HTML (which refers to its pictures as ``cid:<cid>``)."""

    subject: str
    text: str
    html: str
    pictures: tuple[Picture, ...] = ()

    def body(self) -> dict[str, Any]:
        """As the outbox keeps it."""
        pictures = [{"cid": p.cid, "alt": p.alt, "png": base64.b64encode(p.png).decode()} for p in self.pictures]
        return {"text": self.text, "html": self.html, "pictures": pictures}

    @classmethod
    def from_row(cls, subject: str, body: Mapping[str, Any]) -> "Content":
        pictures = tuple(Picture(p["cid"], p["alt"], base64.b64decode(p["png"])) for p in body["pictures"])
        return cls(subject, body["text"], body["html"], pictures)


def enqueue(
    connection: psycopg.Connection[Any], key: str, kind: Kind, target: str, recipient_name: str, content: Content,
    *, is_urgent: bool = False,
) -> int | None:  # fmt: skip
    """Queue a message in the caller's transaction; gives its id, or None when a message of that key is already there.

    An urgent one leaves before the others, and at any hour.
    """
    row = connection.execute(
        """
        insert into alerts.outbox (idempotency_key, kind, target, recipient_name, subject, body, is_urgent)
        values (%s, %s, %s, %s, %s, %s, %s)
        on conflict (idempotency_key) do nothing
        returning message_id
        """,
        (key, kind, target, recipient_name, content.subject, Jsonb(content.body()), is_urgent),
    ).fetchone()
    return None if row is None else int(row[0])
