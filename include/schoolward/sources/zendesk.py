"""Zendesk Support: tickets and their events, the people, organizations and groups they name, SLA policies and schedules.

Facts about the API: what changed is told by exports in the order of a time of the system's own, never by ``updated_at``; the last minute
is left out; pages break between whole seconds and repeat what came last; an export may be asked ten times a minute; addresses in answers may
point to another host. The ids of custom fields are each account's own, so the district file maps them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from schoolward.errors import SchoolwardError
from schoolward.ingest.decode import Decoder
from schoolward.ingest.http import DEFAULT_LIMITS, LOOPBACK, Client, Limits, SignIn
from schoolward.ingest.sign_in import Basic, Bearer, ClientCredentials
from schoolward.ingest.wire import Path
from schoolward.sources.base import Pull, Source, Stream, stream_findings
from schoolward.sources.options import (
    count_mistakes,
    share_mistakes,
    stream_mistakes,
    unknown_mistakes,
)
from schoolward.sources.zendesk_api import Api, Pace
from schoolward.sources.zendesk_export import BEGINNING, CursorExport, TimeExport
from schoolward.sources.zendesk_list import LIST_SIZE, HolidayPull, ListPull
from schoolward.sources.zendesk_places import PLACES, Place
from schoolward.sources.zendesk_pull import Collection
from schoolward.sources.zendesk_records import STREAMS
from schoolward.sources.zendesk_shape import MERGED_TAG, OWN_TAG, Choices, Shaper, decoded

__all__ = ["SOURCE", "STREAMS", "Zendesk", "check_options"]

PAGE_SIZE = 1000
REQUESTS_PER_MINUTE = 10
"""What an account lets the exports be asked without the high-volume add-on."""
OVERLAP = timedelta(minutes=5)
METRIC_OVERLAP = timedelta(hours=24)
"""Steps of the vendor's clocks are dated by when they count, and may be entered, or taken back, later."""
TICKET_COLUMNS = ("category", "subcategory", "school_code")
"""Columns of a ticket that are read from custom fields."""
TOKEN_PATH = "/oauth/tokens"  # noqa: S105 - a path
_AUTHS = ("api_token", "oauth_token", "oauth_client_credentials")
_OPTIONS = (
    "ticket_fields", "organization_code_field", "staff_id_pattern", "kept_tags", "requests_per_minute", "overlap_minutes",
    "log_sweep_days", "page_size", "streams", "max_deleted_share",
)  # fmt: skip


@dataclass
class Zendesk(Source):
    """A Zendesk Support account."""

    limits: Limits = DEFAULT_LIMITS

    @cached_property
    def client(self) -> Client:
        """Signed in as the connection says (``extra.auth``)."""
        return Client(self.connection, self._sign_in(), self.limits)

    @cached_property
    def api(self) -> Api:
        """A server on this machine is no vendor's account: it is asked as fast as it answers, unless the options say otherwise."""
        default = 0 if self.connection.host in LOOPBACK else REQUESTS_PER_MINUTE
        per_minute = int(self.config.options.get("requests_per_minute", default))
        return Api(self.client, self.connection.path, Pace(per_minute or None))

    def streams(self) -> tuple[Stream, ...]:
        wanted = self.config.options.get("streams")
        return tuple(s for s in STREAMS if wanted is None or s.name in wanted)

    def pull(
        self,
        stream: Stream,
        *,
        cursor: Mapping[str, Any] | None = None,
        since: datetime | None = None,
        full: bool = False,
    ) -> Pull:
        place, of = PLACES[stream.name], self._collection(stream)
        if stream.name == "holidays":
            return HolidayPull(of, self._collection(next(s for s in STREAMS if s.name == "schedules")))
        if place.style == "list":
            return ListPull(of)
        start, after = BEGINNING, None
        if since is not None:
            start = max(BEGINNING, int(since.astimezone(UTC).timestamp()))
        elif cursor is not None and not full:
            overlap = METRIC_OVERLAP if stream.name == "ticket_metric_events" else self._overlap
            start = max(BEGINNING, int(cursor["start_time"]) - int(overlap.total_seconds()))
            after = cursor.get("after")
        is_whole = not stream.is_log
        if place.style != "cursor":
            return TimeExport(of, start, is_whole=is_whole, may_list=place.style == "time_or_list")
        by_time = TimeExport(replace(of, path=f"incremental/{stream.name}.json"), start, is_whole=is_whole)
        return CursorExport(of, start, after=after, is_whole=is_whole, by_time=by_time)

    def check(self) -> Sequence[str]:
        """Sign in and ask each stream for a page; look for the custom fields that are mapped."""

        def ask(stream: Stream) -> None:
            params = {"per_page": "1"} if PLACES[stream.name].style == "list" else {"per_page": "1", "start_time": "0"}
            self._collection(stream).read(params)

        # Holidays stand behind each schedule, with the schedules' rights.
        findings = stream_findings((one for one in self.streams() if one.name != "holidays"), ask)
        return findings or tuple(dict.fromkeys(self._unknown_fields()))

    def close(self) -> None:
        if "client" in self.__dict__:
            self.client.close()

    def _sign_in(self) -> SignIn:
        extra = self.connection.extra
        match extra.get("auth", "api_token"):
            case "api_token":
                return Basic(self.connection, login_suffix="/token")
            case "oauth_token":
                return Bearer(self.connection)
            case "oauth_client_credentials":
                path = str(extra.get("token_path", TOKEN_PATH))
                return ClientCredentials(self.connection, path, scope=str(extra.get("scope", "read")), style="json")
            case other:
                raise SchoolwardError(
                    f"Connection {self.connection.id!r}: auth {other!r} is not known. Use one of {', '.join(_AUTHS)}."
                )

    def _collection(self, stream: Stream) -> Collection:
        place, options = PLACES[stream.name], self.config.options
        page_size = int(options.get("page_size", PAGE_SIZE))
        return Collection(
            self.api,
            place.path,
            place.rows_key,
            min(page_size, LIST_SIZE) if place.style == "list" else page_size,
            Shaper(stream.name, self._choices, place.dropped),
            Decoder(
                stream.record,
                stream.key,
                place.rows_key,
                self.hash_key,
                places=self._places(stream, place),
                known_fields=place.dropped,
            ),
            place.params,
            stream.is_optional,
        )

    @cached_property
    def _choices(self) -> Choices:
        options = self.config.options
        pattern = options.get("staff_id_pattern")
        return Choices(
            ticket_fields={str(field): column for column, field in options.get("ticket_fields", {}).items()},
            organization_code_field=options.get("organization_code_field"),
            staff_id=re.compile(pattern) if pattern else None,
            kept_tags=frozenset(options.get("kept_tags", ())) | {MERGED_TAG, OWN_TAG},
        )

    def _places(self, stream: Stream, place: Place) -> dict[str, Path | None]:
        """Columns that the district has not mapped are nowhere."""
        if stream.name == "tickets":
            mapped = self.config.options.get("ticket_fields", {})
            return {column: None for column in TICKET_COLUMNS if column not in mapped}
        if stream.name == "organizations" and self._choices.organization_code_field is None:
            return {"school_code": None}
        return {}

    def _unknown_fields(self) -> list[str]:
        """Mapped custom fields that the account does not have; nothing where it does not let us see its fields."""
        mapped = self._choices.ticket_fields
        if not mapped:
            return []
        try:
            rows = self.api.read("ticket_fields", {"page[size]": "100"}, "ticket_fields").value.rows
        except SchoolwardError:
            return []
        there = {str((decoded(row, dict[str, Any]) or {}).get("id")) for row in rows}
        if not 0 < len(there) < LIST_SIZE:
            return []  # no field to be seen, or more than a page of them: those not seen may be there
        return [
            f"{self.api.where('ticket_fields')} has no field {field}, which options.ticket_fields maps to {column}. Correct the id."
            for field, column in mapped.items()
            if field not in there
        ]

    @property
    def _overlap(self) -> timedelta:
        minutes = self.config.options.get("overlap_minutes")
        return OVERLAP if minutes is None else timedelta(minutes=minutes)


def check_options(options: Mapping[str, Any]) -> list[str]:
    """One sentence per mistake in a source's options."""
    mistakes = unknown_mistakes(options, _OPTIONS)
    mistakes += _ticket_field_mistakes(options)
    code_field = options.get("organization_code_field")
    if code_field is not None and not (isinstance(code_field, str) and code_field):
        mistakes.append(
            'organization_code_field must be "external_id" or a key of organization_fields, such as "school_code"'
        )
    mistakes += _pattern_mistakes(options)
    tags = options.get("kept_tags", [])
    if not (isinstance(tags, list) and all(isinstance(tag, str) and tag and " " not in tag for tag in tags)):
        mistakes.append(f"kept_tags must be a list of tags, not {tags!r}")
    mistakes += count_mistakes(options, "requests_per_minute", 0, 2500)
    mistakes += count_mistakes(options, "overlap_minutes", 0, 7 * 24 * 60)
    mistakes += count_mistakes(options, "log_sweep_days", 1, 3650)
    mistakes += count_mistakes(options, "page_size", 1, PAGE_SIZE)
    return mistakes + stream_mistakes(options, STREAMS) + share_mistakes(options, "max_deleted_share")


def _ticket_field_mistakes(options: Mapping[str, Any]) -> list[str]:
    """Ids of custom fields are numbers, which a district may write as such or as text."""
    mapping = options.get("ticket_fields", {})
    if not isinstance(mapping, Mapping):
        return ["ticket_fields must be a table of our column = the custom field's id"]
    mistakes = [
        f"ticket_fields: {column} is not a column; known are {', '.join(TICKET_COLUMNS)}"
        for column in mapping
        if column not in TICKET_COLUMNS
    ]
    mistakes += [
        f"ticket_fields: {column} must name a custom field's id, such as 360000000101, not {field!r}"
        for column, field in mapping.items()
        if not _is_id(field)
    ]
    if len({str(field) for field in mapping.values()}) < len(mapping):
        mistakes.append("ticket_fields maps one field to two columns; give each its own")
    return mistakes


def _is_id(field: Any) -> bool:
    return (isinstance(field, int) and not isinstance(field, bool)) or (isinstance(field, str) and field.isdigit())


def _pattern_mistakes(options: Mapping[str, Any]) -> list[str]:
    pattern = options.get("staff_id_pattern")
    if pattern is None:
        return []
    try:
        re.compile(pattern)
    except (re.error, TypeError):
        return [
            f'staff_id_pattern must be a regular expression of employee numbers, such as "E[0-9]{{5}}", not {pattern!r}'
        ]
    return []


SOURCE = Zendesk
