"""A Zendesk Support account over ``<folder>/zendesk/<collection>.jsonl.gz``.

A line's instant is the time of the system's own by which exports are ordered; a ticket of status ``deleted`` is shown as its scrubbed
remains, one taken away by ``"deleted": true`` is purged for good.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schoolward.sample.replay.clock import ReplayClock
from schoolward.sample.replay.server import ReplayServer
from schoolward.sample.replay.table import Table
from schoolward.sample.replay.tokens import Credentials, basic
from schoolward.sample.replay.zendesk_pages import (
    NOT_YET_S,
    Cut,
    Entry,
    behind_cursor,
    cursor_at,
    end_of,
    entries_of,
    from_second,
    place_of,
)
from schoolward.sample.replay.zendesk_render import render

ROOT = "/api/v2"
_EXPORT_SIZE, _LIST_SIZE = 1000, 100
_OFFSET_DEPTH = 10_000
_BY_CURSOR = ("tickets", "users")
_BY_TIME = ("tickets", "users", "organizations", "ticket_events", "ticket_metric_events")
_LISTS: Mapping[str, str] = {
    "groups": "groups",
    "ticket_fields": "ticket_fields",
    "slas/policies": "sla_policies",
    "business_hours/schedules": "schedules",
}
_ACCOUNT_LIMIT = 700


class ZendeskBehaviour(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What differs between accounts, plans and endpoints; set by ``POST /_replay/behaviour``."""

    token_seconds: float | None = 7200
    """None: tokens that do not expire, as older clients have them."""
    exports_per_minute: int | None = None
    """How often the exports may be asked: 10 on most plans. None, so that a demonstration takes no minutes, is for ever."""
    limit_window_seconds: float = 60
    forbidden: list[str] = []
    """Collections that the plan or the account's rights do not give (403)."""
    missing: list[str] = []
    """Collections that are not there at all (404)."""
    mapped_host: str | None = None
    """The host that addresses in answers point to, where the account has a name of its own."""
    tells_end_of_stream: bool = True
    breaks_seconds: bool = False
    """Time-based exports end pages within a second, and for a crowded second name the same start for ever."""
    lists_by_cursor: tuple[str, ...] = ("groups", "ticket_metric_events")
    """Collections that take ``page[size]``; the others answer with numbered pages."""
    has_old_rate_headers: bool = False
    """``rate-limit-…`` in the place of ``ratelimit-…``."""
    refused_cursors: bool = False
    """Cursors are no longer known."""
    errors_as_objects: bool = False
    """``error`` is an object with title and message, as some endpoints have it, instead of a text."""


class ZendeskServer(ReplayServer):
    """Speaks as an account does: three styles of paging, whole seconds, and nothing of the last minute."""

    key_field = "id"
    behaviour_type = ZendeskBehaviour

    def __init__(self, folder: Path, clock: ReplayClock, credentials: Credentials) -> None:
        super().__init__(folder, clock, credentials)
        self._entries: dict[str, tuple[str, list[Entry]]] = {}
        self._asked: deque[float] = deque()
        self._n_requests = 0
        self._opened: dict[str, int] = {}

    def routes(self) -> Sequence[Route]:
        exports = [(f"incremental/{name}/cursor", name, self._cursor_export) for name in _BY_CURSOR]
        exports += [(f"incremental/{name}", name, self._time_export) for name in _BY_TIME]
        lists = [(path, name, self._list) for path, name in _LISTS.items()]
        lists.append(("business_hours/schedules/{schedule}/holidays", "holidays", self._list))
        return [
            Route("/oauth/tokens", self._token_route, methods=["POST"]),
            Route(f"{ROOT}/tickets", self.guarded(self._answering("tickets", self._by_external_id)), methods=["GET"]),
            Route(f"{ROOT}/tickets", self._create_route, methods=["POST"]),
            *(
                Route(f"{ROOT}/{path}{suffix}", self.guarded(self._answering(name, answer)), methods=["GET"])
                for path, name, answer in (*exports, *lists)
                for suffix in ("", ".json")
            ),
        ]

    def error(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
        if status == 429:
            return Response(message, status, {**self._rate_headers(), **(headers or {})}, "text/plain")
        code, description = _ERRORS.get(status, ("InternalError", None))
        told: Any = {"title": code, "message": message} if self.behaviour.errors_as_objects or status == 403 else code
        body = {"error": told} | (
            {"description": message if description is None else description} if status != 401 else {}
        )
        return Response(msgspec.json.encode(body), status, dict(headers or {}), "application/json")

    async def _token_route(self, request: Request) -> Response:
        body = await request.body()
        is_json = request.headers.get("content-type", "").startswith("application/json")
        try:
            given = msgspec.json.decode(body, type=dict[str, Any]) if is_json else dict(parse_qsl(body.decode()))
        except (ValueError, msgspec.MsgspecError):
            given = {}
        return await self.guarded(lambda _request: self._token(given))(request)

    def _token(self, given: Mapping[str, Any]) -> Response:
        pair = str(given.get("client_id", "")), str(given.get("client_secret", ""))
        if given.get("grant_type") != "client_credentials":
            return _json({"error": "unsupported_grant_type", "error_description": "Use client_credentials"}, 400)
        if not self.credentials.is_client(*pair):
            return _json({"error": "invalid_client", "error_description": "Client authentication failed"}, 401)
        scopes = frozenset(str(given.get("scope", "")).split())
        if not scopes & {"read", "tickets:read"}:
            return _json({"error": "invalid_scope", "error_description": "The requested scope is invalid"}, 400)
        seconds = self.behaviour.token_seconds
        token = self.tokens.issue(10**9 if seconds is None else seconds, scopes)
        body = {"access_token": token, "token_type": "bearer", "scope": " ".join(sorted(scopes))}
        return _json(body if seconds is None else body | {"expires_in": int(seconds)})

    def _answering(self, name: str, answer: Callable[[Request, str], Response]) -> Callable[[Request], Response]:
        def endpoint(request: Request) -> Response:
            refusal = self._refused(request, name)
            response = answer(request, name) if refusal is None else refusal
            for header, value in self._rate_headers().items():
                response.headers.setdefault(header, value)
            return response

        return endpoint

    def _refused(self, request: Request, name: str) -> Response | None:
        """Sign-in, limits, plan, in the order an account checks them."""
        header = request.headers.get("authorization", "")
        user, password = basic(header) or ("", "")
        is_user = user.endswith("/token") and self.credentials.is_user(user.removesuffix("/token"), password)
        is_static = header == f"Bearer {self.credentials.password}"
        if not (is_user or is_static or self.tokens.bearer(header)):
            return self.error(401, "Couldn't authenticate you")
        self._n_requests += 1
        if name in _BY_TIME and (wait := self._overdrawn()) is not None:
            words = "Number of allowed incremental export API requests per minute exceeded"
            return self.error(429, words, {"Retry-After": str(wait)})
        if name in self.behaviour.missing:
            return self.error(404, "Not found")
        if name in self.behaviour.forbidden:
            return self.error(
                403, "You do not have access to this page. Please contact the account owner of this help desk."
            )
        return None

    def _overdrawn(self) -> int | None:
        """Seconds to wait for the exports' limit, where it is used up."""
        limit, window = self.behaviour.exports_per_minute, self.behaviour.limit_window_seconds
        if limit is None:
            return None
        now = time.monotonic()
        while self._asked and self._asked[0] <= now - window:
            self._asked.popleft()
        if len(self._asked) >= limit:
            return max(1, int(self._asked[0] + window - now + 0.999))
        self._asked.append(now)
        return None

    def _rate_headers(self) -> dict[str, str]:
        remaining = str(max(0, _ACCOUNT_LIMIT - self._n_requests % _ACCOUNT_LIMIT))
        prefix = "rate-limit" if self.behaviour.has_old_rate_headers else "ratelimit"
        headers = {"x-rate-limit": str(_ACCOUNT_LIMIT), "x-rate-limit-remaining": remaining}
        headers |= {f"{prefix}-remaining": remaining, f"{prefix}-reset": str(60 - int(time.monotonic()) % 60)}
        limit_name = "rate-limit" if self.behaviour.has_old_rate_headers else "ratelimit-limit"
        return headers | {limit_name: str(_ACCOUNT_LIMIT)}

    def _collection(self, name: str) -> Table:
        return self.table(self.folder / "zendesk" / f"{name}.jsonl.gz")

    def _exported(self, name: str) -> list[Entry]:
        kept = self._entries.get(name)
        if kept is None or kept[0] != self.clock.stamp:
            until = int(self.clock.at.timestamp()) - NOT_YET_S
            kept = self._entries[name] = self.clock.stamp, entries_of(self._collection(name), until)
        return kept[1]

    def _start(self, request: Request) -> int | Response:
        given = request.query_params.get("start_time", "")
        if not given.isdigit():
            return _json({"error": "InvalidValue", "description": "Invalid start_time: give a Unix epoch time"}, 400)
        if int(given) > int(self.clock.at.timestamp()) - NOT_YET_S:
            words = "Too recent start_time. Use a start_time older than 60 seconds"
            return _json({"error": "InvalidValue", "description": words}, 422)
        return int(given)

    def _cursor_export(self, request: Request, name: str) -> Response:
        if "cursor" in request.query_params:
            place = None if self.behaviour.refused_cursors else place_of(request.query_params["cursor"])
            if place is None:
                return _json({"error": "InvalidValue", "description": "Invalid cursor"}, 422)
        else:
            start = self._start(request)
            if isinstance(start, Response):
                return start
            place = (start, -1)
        cut = behind_cursor(self._exported(name), place, _size(request, "per_page", _EXPORT_SIZE))
        after = cursor_at(cut.entries[-1]) if cut.entries else request.query_params.get("cursor")
        around = {
            "after_url": after and self._address(request, {"cursor": after}),
            "after_cursor": after,
            "before_url": None,
            "before_cursor": None,
            **({"end_of_stream": cut.is_last} if self.behaviour.tells_end_of_stream else {}),
        }
        return self._page(request, name, [entry[2] for entry in cut.entries], around)

    def _time_export(self, request: Request, name: str) -> Response:
        start = self._start(request)
        if isinstance(start, Response):
            return start
        if "page[size]" in request.query_params and name in self.behaviour.lists_by_cursor:
            return self._listed_export(request, name, start)
        breaks_seconds = self.behaviour.breaks_seconds
        size = _size(request, "per_page", _EXPORT_SIZE)
        cut = from_second(self._exported(name), start, size, breaks_seconds=breaks_seconds)
        end = end_of(cut, start, breaks_seconds=breaks_seconds)
        kept = {n: v for n, v in request.query_params.items() if n not in ("start_time", "page[size]")}
        around: dict[str, Any] = {
            "count": len(cut.entries),
            "next_page": self._address(request, {**kept, "start_time": str(end)}),
            "end_time": end,
            **({"end_of_stream": cut.is_last} if self.behaviour.tells_end_of_stream else {}),
        }
        return self._page(request, name, [entry[2] for entry in cut.entries], around)

    def _listed_export(self, request: Request, name: str, start: int) -> Response:
        after = request.query_params.get("page[after]")
        place = place_of(after) if after else (start, -1)
        if place is None:
            return _json({"error": "InvalidValue", "description": "Invalid cursor"}, 400)
        cut = behind_cursor(self._exported(name), place, _size(request, "page[size]", _EXPORT_SIZE))
        return self._page(request, name, [e[2] for e in cut.entries], self._cbp(request, cut))

    def _list(self, request: Request, name: str) -> Response:
        table = self._collection(name)
        versions = sorted(table.versions(), key=lambda v: int(table.timeline.keys[v]))
        if (schedule := request.path_params.get("schedule")) is not None:
            read = table.timeline.reader(("schedule_id",)).first
            versions = [v for v in versions if str(read(v)) == schedule]
        if "page[size]" in request.query_params and name in self.behaviour.lists_by_cursor:
            entries = [(0, int(table.timeline.keys[v]), v) for v in versions]
            after = request.query_params.get("page[after]")
            place = place_of(after) if after else (0, -1)
            if place is None:
                return _json({"error": "InvalidValue", "description": "Invalid cursor"}, 400)
            cut = behind_cursor(entries, place, _size(request, "page[size]", _LIST_SIZE))
            return self._page(request, name, [e[2] for e in cut.entries], self._cbp(request, cut))
        size, number = _size(request, "per_page", _LIST_SIZE), _size(request, "page", 10**9, default=1)
        if (number - 1) * size >= _OFFSET_DEPTH:
            words = f"Cannot go deeper than {_OFFSET_DEPTH} records with page and per_page"
            return _json({"error": {"title": "InvalidPaginationDepth", "message": words}}, 400)
        shown = versions[(number - 1) * size : number * size]
        pages = {"next_page": number + 1 if number * size < len(versions) else None}
        pages["previous_page"] = number - 1 if number > 1 else None
        around = {k: n and self._address(request, {"page": str(n), "per_page": str(size)}) for k, n in pages.items()}
        return self._page(request, name, shown, {**around, "count": len(versions)})

    def _by_external_id(self, request: Request, name: str) -> Response:
        table, wanted = self._collection(name), request.query_params.get("external_id", "")
        read = table.timeline.reader(("external_id",)).first
        found = [v for v in table.versions() if wanted and str(read(v)) == wanted]
        return self._page(request, name, found, {"count": len(found), "next_page": None, "previous_page": None})

    async def _create_route(self, request: Request) -> Response:
        body = await request.body()
        answer = self._answering("tickets", lambda request, _name: self._create(request, body))
        return await self.guarded(answer)(request)

    def _create(self, request: Request, body: bytes) -> Response:
        """A new ticket; a key already used gives the ticket it made."""
        try:
            given = msgspec.json.decode(body, type=dict[str, dict[str, Any]])["ticket"]
        except (msgspec.MsgspecError, KeyError):
            return _json({"error": "RecordInvalid", "description": "Record validation errors"}, 422)
        table, key = self._collection("tickets"), request.headers.get("idempotency-key", "")
        number, is_known = self._opened.get(key), key in self._opened
        if number is None:
            number = 1 + max((int(k) for k in table.timeline.keys), default=0)
            table.add(str(number), _new_ticket(number, given, self.clock))
            self._entries.pop("tickets", None)
            if key:
                self._opened[key] = number
        response = _json({"ticket": {"id": number, "external_id": given.get("external_id")}}, 201)
        if key:
            response.headers["x-idempotency-lookup"] = "hit" if is_known else "miss"
        return response

    def _cbp(self, request: Request, cut: Cut) -> dict[str, Any]:
        after = cursor_at(cut.entries[-1]) if cut.entries else None
        kept = {k: v for k, v in request.query_params.items() if k != "page[after]"}
        following = self._address(request, {**kept, "page[after]": after}) if after and not cut.is_last else None
        meta = {"has_more": not cut.is_last, "after_cursor": after, "before_cursor": None}
        return {"meta": meta, "links": {"prev": None, "next": following}}

    def _page(self, request: Request, name: str, versions: Sequence[int], around: Mapping[str, Any]) -> Response:
        table = self._collection(name)
        has_comments = "comment_events" in request.query_params.get("include", "").split(",")
        rows = [render(name, table.timeline, version, has_comments=has_comments) for version in versions]
        body = b'{"' + name.encode() + b'":[' + b",".join(rows) + b"]," + msgspec.json.encode(around)[1:]
        return Response(body, 200, media_type="application/json; charset=utf-8")

    def _address(self, request: Request, query: Mapping[str, str]) -> str:
        host = (
            f"https://{self.behaviour.mapped_host}" if self.behaviour.mapped_host else str(request.base_url).rstrip("/")
        )
        return f"{host}{request.url.path}?{urlencode(query)}"


def _new_ticket(number: int, given: Mapping[str, Any], clock: ReplayClock) -> dict[str, Any]:
    kept = {name: given[name] for name in ("external_id", "group_id", "tags", "priority", "subject") if name in given}
    stamps = {"created_at": clock.stamp, "updated_at": clock.stamp, "generated_timestamp": int(clock.at.timestamp())}
    return {"id": number, "status": "new", "via": {"channel": "api"}, "tags": [], "custom_fields": [], **stamps, **kept}


_ERRORS: Mapping[int, tuple[str, str | None]] = {
    400: ("BadRequest", None),
    401: ("Couldn't authenticate you", None),
    403: ("Forbidden", None),
    404: ("RecordNotFound", "Not found"),
    422: ("RecordInvalid", None),
    503: ("ServiceUnavailable", None),
}


def _size(request: Request, name: str, most: int, default: int | None = None) -> int:
    given = request.query_params.get(name, "")
    return min(max(1, int(given)), most) if given.isdigit() else default or most


def _json(body: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
