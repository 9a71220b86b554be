"""Zendesk's rows, brought to the one shape that the records declare.

Custom fields come as a list of ids and values of any type, child events carry the changed field as a key of their own, or as
``field_name`` and ``value`` where they are written like audits; ``via`` is a text or an object with people's addresses in it. What is wanted of
these is picked out here, before the typed decoding; what is not wanted is dropped still encoded, and so never decoded.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

Row = msgspec.Raw
Members = dict[str, msgspec.Raw]

EVENT_FIELDS = (
    "status", "custom_status_id", "group_id", "assignee_id", "priority", "organization_id", "requester_id", "type", "problem_id",
    "ticket_form_id", "brand_id", "is_public",
)  # fmt: skip
"""Ticket fields whose changes are kept: codes and references, never text. Mapped custom fields and kept tags come beside them."""
MERGED_TAG = "closed_by_merge"
"""The tag that Zendesk itself sets on a ticket merged into another."""
OWN_TAG = "schoolward"
"""The tag of tickets that alerts opened."""
_COMMENT_KINDS = {"comment": "Comment", "voicecomment": "VoiceComment", "commentprivacychange": "CommentPrivacyChange"}
_CHANGE_KINDS = {"create": "Create", "change": "Change"}
_NULL = msgspec.Raw(b"null")
_ANY_VALUE = str | int | float | bool | list[str | int | float | bool | None] | None
_CUSTOM_KEYS = ("custom_ticket_fields", "custom_fields")
_CUSTOM_PREFIXES = ("", "custom_field_", "custom_fields_")


class _Via(msgspec.Struct):
    channel: str | int | None = None


class _CustomField(msgspec.Struct):
    id: str | int
    value: msgspec.Raw = _NULL


@dataclass(frozen=True, slots=True)
class Choices:
    """What the district's options let through, beyond what is always read."""

    ticket_fields: Mapping[str, str]
    """Our column by the id of the custom field it is read from."""
    organization_code_field: str | None
    staff_id: re.Pattern[str] | None
    kept_tags: frozenset[str]


class Shaper:
    """Reshapes the rows of one stream; a row that cannot be read stays as it is, for the decoder to refuse."""

    def __init__(self, stream: str, choices: Choices, dropped: frozenset[str]) -> None:
        """
        Args:
            dropped: members left out on purpose; they are taken away still encoded.
        """
        self._choices, self._dropped = choices, dropped
        mapped = {
            f"{prefix}{id}": column for id, column in choices.ticket_fields.items() for prefix in _CUSTOM_PREFIXES
        }
        self._wanted = {**{field: field for field in (*EVENT_FIELDS, "tags")}, **mapped}
        """Our name of each field whose changes are kept, by the vendor's."""
        self._mend: Callable[[Members], None] = {
            "tickets": self._ticket,
            "users": self._user,
            "organizations": self._organization,
            "ticket_events": self._audit,
            "ticket_metric_events": self._metric_event,
            "sla_policies": self._policy,
        }.get(stream, _leave)

    def body(self, rows_key: str, rows: Sequence[Row]) -> bytes:
        """The rows as a page of their own."""
        return b'{"' + rows_key.encode() + b'":[' + b",".join(map(self._reshaped, rows)) + b"]}"

    def _reshaped(self, row: Row) -> bytes:
        members = decoded(row, Members)
        if members is None:
            return bytes(row)
        for name in self._dropped & members.keys():
            del members[name]
        self._mend(members)
        return msgspec.json.encode(members)

    def _ticket(self, members: Members) -> None:
        found = dict(_custom_fields(members.pop("custom_fields", _NULL)))
        columns = self._choices.ticket_fields
        members["custom_fields"] = _raw({columns[i]: text(value) for i, value in found.items() if i in columns})
        _mend_via(members)
        self._keep_tags(members)

    def _user(self, members: Members) -> None:
        address = decoded(members.get("email", _NULL), str)
        members["email_domain"] = _raw(address.rpartition("@")[2].strip().lower() or None if address else None)
        external_id, staff_id = text(members.get("external_id", _NULL)), self._choices.staff_id
        is_staff = external_id is not None and staff_id is not None and staff_id.fullmatch(external_id)
        members["external_id"] = _raw(external_id if is_staff else None)

    def _organization(self, members: Members) -> None:
        field = self._choices.organization_code_field
        code = None
        if field == "external_id":
            code = text(members.get("external_id", _NULL))
        elif field is not None:
            code = text((decoded(members.get("organization_fields", _NULL), Members) or {}).get(field, _NULL))
        members["organization_fields"] = _raw({"school_code": code})
        members["external_id"] = _raw(text(members.get("external_id", _NULL)))
        self._keep_tags(members)

    def _audit(self, members: Members) -> None:
        children = decoded(members.pop("child_events", members.pop("events", _NULL)), list[Members])
        members.setdefault("updater_id", members.pop("author_id", _NULL))
        stamp = members.pop("timestamp", _NULL)
        if _is_null(members.get("created_at", _NULL)):
            members["created_at"] = _raw(_instant(stamp))
        via = _channel(members.pop("via", _NULL))
        merged = decoded(members.pop("merged_ticket_ids", _NULL), list[str | int])
        events = [event for n, child in enumerate(children or (), 1) for event in self._events(child, n, via)]
        if merged:
            value = " ".join(map(str, merged))
            events.append(
                {"id": 0, "via": via, "event_type": "Merge", "field_name": "merged_ticket_ids", "value": value}
            )
        members["child_events"] = _raw(events)

    def _events(self, child: Members, number: int, via: str | None) -> Iterator[dict[str, Any]]:
        """What is kept of one child event: a row for each field, and one for a comment. Its own ``via`` goes before its audit's."""
        kind = (text(child.get("event_type", child.get("type", _NULL))) or "change").casefold()
        id = child.get("id", _NULL)
        own_via = _channel(child["via"]) if "via" in child else None
        head: dict[str, Any] = {"id": number if _is_null(id) else id, "via": own_via or via}
        is_told = decoded(child["comment_present"], bool) if "comment_present" in child else None
        if is_told or (kind in _COMMENT_KINDS and is_told is None):
            public = next((child[n] for n in ("public", "comment_public", "is_public") if n in child), _NULL)
            comment = {"event_type": _COMMENT_KINDS.get(kind, "Comment"), "field_name": "comment", "public": public}
            yield head | comment | {"author_id": child.get("author_id", _NULL)}
        if kind in _CHANGE_KINDS:
            head["event_type"] = _CHANGE_KINDS[kind]
            for field, value, previous in self._changes(child):
                if kind == "change" or value is not None:
                    yield {**head, "field_name": field, "value": value, "previous_value": previous}

    def _changes(self, child: Members) -> Iterator[tuple[str, str | None, str | None]]:
        """The wanted fields that a child event changed: name, value and the value before."""
        before = child.get("previous_value", _NULL)
        if "field_name" in child:
            found = [(text(child["field_name"]) or "", child.get("value", _NULL))]
        else:  # a type beside no event_type is that of the event, not of the ticket
            found = [(f, child[f]) for f in child if f != "type" or "event_type" in child]
            found += [pair for key in _CUSTOM_KEYS if key in child for pair in _custom_fields(child[key])]
        wanted = [(self._wanted[name], name, value) for name, value in found if name in self._wanted]
        # Where several fields change at once, each has its own value before.
        own: Members = (decoded(before, Members) if bytes(before).startswith(b"{") else None) or {}
        for field, name, value in wanted:
            if field != "tags":
                yield field, text(value), text(own.get(name, before))
                continue
            tags, tags_before = (" ".join(self._kept(raw)) or None for raw in (value, own.get(name, before)))
            if tags or tags_before:
                yield field, tags, tags_before

    @staticmethod
    def _metric_event(members: Members) -> None:
        sla = decoded(members.pop("sla", members.pop("group_sla", _NULL)), Members)
        if sla is None:
            return
        policy = decoded(sla.get("policy", _NULL), Members) or {}
        seconds = sla.get("target_in_seconds", _NULL)
        minutes = decoded(sla.get("target", _NULL), float)
        if _is_null(seconds) and minutes is not None:
            seconds = _raw(minutes * 60)
        hours = sla.get("business_hours", _NULL)
        members["sla"] = _raw(
            {"target_in_seconds": seconds, "business_hours": hours, "policy": {"id": policy.get("id", _NULL)}}
        )

    @staticmethod
    def _policy(members: Members) -> None:
        for metric in (metrics := decoded(members.get("policy_metrics", _NULL), list[Members]) or []):
            seconds = decoded(metric.get("target_in_seconds", _NULL), float)
            if _is_null(metric.get("target", _NULL)) and seconds is not None:
                metric["target"] = _raw(seconds / 60)
        if metrics:
            members["policy_metrics"] = _raw(metrics)

    def _keep_tags(self, members: Members) -> None:
        if "tags" in members:
            members["tags"] = _raw(self._kept(members["tags"]))

    def _kept(self, tags: msgspec.Raw) -> list[str]:
        """Of a list of tags, or of the text of one with blanks between, those that the district named."""
        found = decoded(tags, list[str])
        if found is None:
            found = (decoded(tags, str) or "").split()
        return [tag for tag in found if tag in self._choices.kept_tags]


@lru_cache
def _decoder(kind: Any, *, is_strict: bool) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, strict=is_strict)


def decoded(raw: msgspec.Raw, kind: Any, *, is_strict: bool = False) -> Any:
    """A value of the given type, or None where it is of another. Numbers and truth values may come as texts, unless strict."""
    try:
        return _decoder(kind, is_strict=is_strict).decode(raw)
    except msgspec.DecodeError:
        return None


def text(raw: msgspec.Raw) -> str | None:
    """A field's value as text, whatever its type has become; a list's elements are joined, an object tells nothing."""
    return None if _is_null(raw) else _text(decoded(raw, _ANY_VALUE, is_strict=True))


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(filter(None, map(_text, value))) or None
    return (
        f"{value:g}"
        if isinstance(value, float) and not value.is_integer()
        else str(int(value) if isinstance(value, float) else value)
    )


def _custom_fields(raw: msgspec.Raw) -> list[tuple[str, msgspec.Raw]]:
    """Id and value of custom fields, from a list of both or from an object."""
    found = decoded(raw, list[_CustomField])
    if found is not None:
        return [(str(field.id), field.value) for field in found]
    return list((decoded(raw, Members) or {}).items())


def _mend_via(members: Members) -> None:
    """How a ticket came in, without from whom."""
    if "via" in members:
        members["via"] = _raw({"channel": _channel(members["via"])})


def _channel(raw: msgspec.Raw) -> str | None:
    """How something came in, told as a text, a number or an object."""
    via = decoded(raw, _Via)
    channel = text(raw) if via is None else via.channel
    return None if channel is None else str(channel)


def _instant(raw: msgspec.Raw) -> str | None:
    seconds = decoded(raw, int)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def _is_null(raw: msgspec.Raw) -> bool:
    return raw is _NULL or bytes(raw) == b"null"


def _leave(members: Members) -> None:
    pass
