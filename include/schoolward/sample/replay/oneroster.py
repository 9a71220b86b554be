"""A OneRoster 1.2 rostering provider over ``<folder>/oneroster/<collection>.jsonl.gz``."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schoolward.sample.replay.clock import ReplayClock
from schoolward.sample.replay.oneroster_filter import Filter, FilterError, parse
from schoolward.sample.replay.oneroster_model import COLLECTIONS, FIELDS, NESTED, RECORD_KEY, Collection
from schoolward.sample.replay.server import ReplayServer
from schoolward.sample.replay.table import Predicate, Table
from schoolward.sample.replay.tokens import Credentials, basic, unescaped

ROOT = "/ims/oneroster/rostering/v1p2"
_SCOPE_PREFIX = "https://purl.imsglobal.org/spec/or/v1p2/scope/"
CORE, ROSTER, DEMOGRAPHICS = (
    f"{_SCOPE_PREFIX}{name}.readonly" for name in ("roster-core", "roster", "roster-demographics")
)
_DEFAULT_LIMIT = 100
_GATEWAY_PATIENCE = 1000


class OneRosterBehaviour(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The free choices real providers differ in; set by ``POST /_replay/behaviour``."""

    token_seconds: float = 3600
    max_limit: int = 1000
    """A greater limit is cut to this without a word."""
    sends_total_count: bool = True
    sends_links: bool = True
    has_gateway_timeouts: bool = False
    """504 for every limit above 1000, before it is cut."""
    has_boolean_enabled_user: bool = False
    """enabledUser as true instead of "true", as 1.1 had it."""
    granted_scopes: tuple[str, ...] = (CORE, ROSTER, DEMOGRAPHICS)
    """What this client may be granted; of what it asks for, the rest is left out."""


class OneRosterServer(ReplayServer):
    """Speaks as the specification's strict providers do; rows asked for without a sort come in an order that changes."""

    key_field = "sourcedId"
    behaviour_type = OneRosterBehaviour

    def __init__(self, folder: Path, clock: ReplayClock, credentials: Credentials) -> None:
        super().__init__(folder, clock, credentials)
        self._n_requests = 0

    def routes(self) -> Sequence[Route]:
        return [
            Route("/oauth2/token", self._token_route, methods=["POST"]),
            Route(f"{ROOT}/{{collection}}", self.guarded(self._list), methods=["GET"]),
            Route(f"{ROOT}/{{collection}}/{{sourced_id}}", self.guarded(self._single), methods=["GET"]),
            Route(f"{ROOT}/{{parent}}/{{parent_id}}/{{collection}}", self.guarded(self._nested), methods=["GET"]),
        ]

    def error(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
        return _status_info(status, _MINOR.get(status, "internal_server_error"), message, headers)

    async def _token_route(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        return await self.guarded(lambda r: self._token(r, form))(request)

    def _token(self, request: Request, form: Mapping[str, str]) -> Response:
        pair = basic(request.headers.get("authorization")) or (form.get("client_id", ""), form.get("client_secret", ""))
        if not self.credentials.is_client(*pair) and not self.credentials.is_client(*unescaped(pair)):
            return _oauth_error(401, "invalid_client", {"WWW-Authenticate": 'Basic realm="oneroster"'})
        if form.get("grant_type") != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type")
        asked = form.get("scope", "").split()
        granted = [s for s in asked if s in self.behaviour.granted_scopes]
        if not granted:
            return _oauth_error(400, "invalid_scope")
        body = {
            "access_token": self.tokens.issue(self.behaviour.token_seconds, frozenset(granted)),
            "token_type": "bearer",
            "expires_in": int(self.behaviour.token_seconds),
            "scope": " ".join(granted),
        }
        return Response(msgspec.json.encode(body), 200, {"Cache-Control": "no-store"}, "application/json")

    def _refused(self, request: Request, scopes: frozenset[str]) -> Response | None:
        grant = self.tokens.bearer(request.headers.get("authorization"))
        if grant is None:
            refusal = self.error(401, "The access token is missing, unknown or expired")
            refusal.headers["WWW-Authenticate"] = "Bearer"
            return refusal
        if not grant.scopes & scopes:
            return self.error(403, "The token's scopes do not cover this resource")
        return None

    def _collection(self, name: str) -> tuple[Collection, Table] | None:
        collection = COLLECTIONS.get(name)
        if collection is None:
            return None
        return collection, self.table(self.folder / "oneroster" / f"{collection.file}.jsonl.gz")

    def _list(self, request: Request) -> Response:
        return self._answer_list(request, request.path_params["collection"], None)

    def _nested(self, request: Request) -> Response:
        p = request.path_params
        return self._answer_list(request, p["collection"], (p["parent"], p["parent_id"]))

    def _answer_list(self, request: Request, name: str, parent: tuple[str, str] | None) -> Response:
        path_field = "" if parent is None else NESTED.get((parent[0], name))
        found = self._collection(name)
        if found is None or path_field is None:
            return self.error(404, f"There is no collection {request.url.path}")
        collection, table = found
        if refusal := self._refused(request, _scopes(collection, is_nested=parent is not None)):
            return refusal
        if parent is not None:
            holder = self._collection(parent[0])
            if holder is None or holder[1].version(parent[1]) is None:
                return self.error(404, f"There is no {parent[0]} {parent[1]}")
        try:
            page = _Page.of(request, collection)
        except _BadRequestError as e:
            return _status_info(400, e.minor, str(e))
        if self.behaviour.has_gateway_timeouts and page.limit > _GATEWAY_PATIENCE:
            return Response("<html><body><h1>504 Gateway Time-out</h1></body></html>", 504, media_type="text/html")
        limit = min(page.limit, self.behaviour.max_limit)
        versions = self._versions(table, collection, page, (path_field, parent[1]) if parent and path_field else None)
        rows = [self._row(table, v, page.fields) for v in versions[page.offset : page.offset + limit]]
        headers: dict[str, str] = {}
        if self.behaviour.sends_total_count:
            headers["X-Total-Count"] = str(len(versions))
        if self.behaviour.sends_links and (links := _links(request, limit, page.offset, len(versions))):
            headers["Link"] = links
        body = b'{"' + collection.wrapper.encode() + b'":[' + b",".join(rows) + b"]}"
        return Response(body, 200, headers, "application/json")

    def _versions(
        self, table: Table, collection: Collection, page: "_Page", parent: tuple[str, str] | None
    ) -> list[int]:
        predicate = _predicate(collection, page.filter, parent)
        self._n_requests += 1
        if page.sort:
            versions = [entry[2] for entry in table.index("" if page.sort == "sourcedId" else page.sort, predicate)]
            return versions[::-1] if page.is_downwards else versions
        entries = table.index("", predicate)
        turn = self._n_requests * 7919 % len(entries) if entries else 0
        return [entry[2] for entry in (*entries[turn:], *entries[:turn])]

    def _row(self, table: Table, version: int, fields: tuple[str, ...]) -> bytes:
        if not fields and not self.behaviour.has_boolean_enabled_user:
            return table.timeline.encoded(version)
        record = table.timeline.record(version)
        if self.behaviour.has_boolean_enabled_user and "enabledUser" in record:
            record["enabledUser"] = record["enabledUser"] in ("true", True)
        return msgspec.json.encode({f: record[f] for f in fields if f in record} if fields else record)

    def _single(self, request: Request) -> Response:
        name = request.path_params["collection"]
        found = self._collection(name)
        if found is None:
            return self.error(404, f"There is no collection {name}")
        collection, table = found
        if refusal := self._refused(request, _scopes(collection, is_nested=False)):
            return refusal
        version = table.version(request.path_params["sourced_id"])
        if version is None or not collection.holds(table.timeline.record(version)):
            return self.error(404, f"There is no {RECORD_KEY[collection.wrapper]} of that sourcedId")
        key = RECORD_KEY[collection.wrapper].encode()
        return Response(b'{"' + key + b'":' + self._row(table, version, ()) + b"}", media_type="application/json")


class _BadRequestError(ValueError):
    def __init__(self, minor: str, text: str) -> None:
        super().__init__(text)
        self.minor = minor


class _Page(msgspec.Struct, frozen=True):
    """A request's checked parameters."""

    limit: int
    offset: int
    sort: str
    is_downwards: bool
    filter: tuple[str, Filter] | None
    fields: tuple[str, ...]

    @classmethod
    def of(cls, request: Request, collection: Collection) -> "_Page":
        known = FIELDS[collection.wrapper]

        def is_known(field: str) -> bool:
            return field.partition(".")[0] in known

        limit = _whole_number(request, "limit", _DEFAULT_LIMIT, at_least=1)
        offset = _whole_number(request, "offset", 0, at_least=0)
        sort = request.query_params.get("sort", "")
        order = request.query_params.get("orderBy", "asc").lower()
        if order not in ("asc", "desc"):
            raise _BadRequestError("invaliddata", "orderBy is asc or desc")
        text = request.query_params.get("filter", "")
        try:
            filter_ = (text, parse(text, is_known)) if text else None
        except FilterError as e:
            raise _BadRequestError("invalid_filter_field", str(e)) from None
        fields = tuple(f.strip() for f in request.query_params.get("fields", "").split(",") if f.strip())
        if unknown := [f for f in fields if f not in known]:
            raise _BadRequestError("invalid_selection_field", f"{', '.join(unknown)}: not a field of this collection")
        return cls(limit, offset, sort if sort in known else "", order == "desc", filter_, fields)


def _whole_number(request: Request, name: str, default: int, at_least: int) -> int:
    given = request.query_params.getlist(name)
    if not given:
        return default
    if len(given) > 1 or not re.fullmatch(r"\d{1,9}", given[0]) or int(given[0]) < at_least:
        raise _BadRequestError("invaliddata", f"{name} is one whole number of at least {at_least}")
    return int(given[0])


def _predicate(
    collection: Collection, filter_: tuple[str, Filter] | None, parent: tuple[str, str] | None
) -> Predicate | None:
    """What a row must be: of the collection's kind, under the parent, and satisfying the filter."""
    if collection.kind_field == "" and filter_ is None and parent is None:
        return None
    reference = parent[0] if parent else ""
    fields = {collection.kind_field, reference, *(filter_[1].fields if filter_ else ())} - {""}

    def test(row: Mapping[str, Any]) -> bool:
        return (
            collection.holds(row)
            and (parent is None or (row[reference] or {}).get("sourcedId") == parent[1])
            and (filter_ is None or filter_[1].test(row))
        )

    name = f"{collection.name}|{parent}|{filter_[0] if filter_ else ''}"
    return Predicate(name, tuple(sorted(fields)), test)


def _scopes(collection: Collection, *, is_nested: bool) -> frozenset[str]:
    if collection.wrapper == "demographics":
        return frozenset({DEMOGRAPHICS})
    return frozenset({ROSTER}) if is_nested else frozenset({CORE, ROSTER})


_MINOR = {
    400: "invaliddata",
    401: "unauthorisedrequest",
    403: "forbidden",
    404: "unknownobject",
    422: "invaliddata",
    429: "server_busy",
}


def _status_info(status: int, minor: str, text: str, headers: Mapping[str, str] | None = None) -> Response:
    body = {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": text,
        "imsx_CodeMinor": {
            "imsx_codeMinorField": [{"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor}]
        },
    }
    return Response(msgspec.json.encode(body), status, dict(headers or {}), "application/json")


def _oauth_error(status: int, code: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode({"error": code}), status, dict(headers or {}), "application/json")


def _links(request: Request, limit: int, offset: int, count: int) -> str:
    last = max(0, (count - 1) // limit * limit)
    offsets = {"first": 0, "last": last}
    if offset + limit < count:
        offsets["next"] = offset + limit
    if offset:
        offsets["prev"] = max(0, offset - limit)
    kept = [(k, v) for k, v in request.query_params.multi_items() if k not in ("limit", "offset")]
    base = f"{request.url.scheme}://{request.url.netloc}{request.url.path}"
    return ", ".join(
        f'<{base}?{urlencode([*kept, ("limit", limit), ("offset", at)])}>; rel="{rel}"' for rel, at in offsets.items()
    )
