"""A ServiceNow instance's Table API, Aggregate count and OAuth over ``<folder>/servicenow/<table>.jsonl.gz``."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schoolward.sample.replay.clock import ReplayClock
from schoolward.sample.replay.encoded_query import Condition, Query, parse
from schoolward.sample.replay.selection import ReadRow, select
from schoolward.sample.replay.server import ReplayServer
from schoolward.sample.replay.servicenow_render import Rendering, render
from schoolward.sample.replay.servicenow_tables import FIELDS, REFERENCES
from schoolward.sample.replay.table import Table
from schoolward.sample.replay.timeline import Timeline, timeline_of
from schoolward.sample.replay.tokens import Credentials, basic

_DEFAULT_LIMIT = 10_000
_TABLES_WITH_DELETIONS = ("incident", "sys_user_group", "sys_user", "cmn_location", "task_sla")
_RATE_RULE = "a1b2c3d4e5f60718293a4b5c6d7e8f90"


class ServiceNowBehaviour(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What an instance's administrator decides; set by ``POST /_replay/behaviour``."""

    token_seconds: float = 1799
    refresh_token_seconds: float = 8_640_000
    forbidden_tables: list[str] = []
    """Tables whose ACL refuses every read (403)."""
    hide_every: int = 0
    """Row ACLs hide about every n-th row, after the limit was applied: pages come back short. 0 hides none."""
    cancel_above_limit: int | None = None
    """A page of more rows than this runs into the 60 s quota: part of the rows, then an error object."""
    requests_per_hour: int | None = None
    """A rate limit rule; its headers are sent once it is set."""
    invalid_query_returns_no_rows: bool = False
    """glide.invalid_query.returns_no_rows: a condition that is not understood empties the answer instead of being dropped."""


class ServiceNowServer(ReplayServer):
    """Speaks as an instance does: strings only, reference objects, silent dropping of unknown fields, counts before row ACLs."""

    key_field = "sys_id"
    behaviour_type = ServiceNowBehaviour

    def __init__(self, folder: Path, clock: ReplayClock, credentials: Credentials) -> None:
        super().__init__(folder, clock, credentials)
        self._n_requests = 0
        self._window_requests = 0
        self._window = ""
        self._known_fields: dict[str, frozenset[str]] = {}

    def routes(self) -> Sequence[Route]:
        versions = ("", "/v1", "/v2")
        return [
            Route("/oauth_token.do", self._token_route, methods=["POST"]),
            *(Route(f"/api/now{v}/table/{{table}}", self.guarded(self._list), methods=["GET"]) for v in versions),
            *(Route(f"/api/now{v}/table/{{table}}", self._create_route, methods=["POST"]) for v in versions),
            *(
                Route(f"/api/now{v}/table/{{table}}/{{sys_id}}", self.guarded(self._single), methods=["GET"])
                for v in versions
            ),
            *(Route(f"/api/now{v}/stats/{{table}}", self.guarded(self._stats), methods=["GET"]) for v in versions),
        ]

    def error(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
        detail: str | None = None
        extra = dict(headers or {})
        if status == 401:
            detail = "Required to provide Auth information"
            extra["WWW-Authenticate"] = 'BASIC realm="Service-now"'
        elif status == 429:
            limit = self.behaviour.requests_per_hour or 100
            detail = f"Rate limit of {limit} requests per hour for Table API exceeded"
            extra |= self._rate_headers(limit)
        body = {"error": {"message": message, "detail": detail}, "status": "failure"}
        return Response(msgspec.json.encode(body), status, extra, "application/json")

    async def _token_route(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        return await self.guarded(lambda _request: self._token(form))(request)

    def _token(self, form: Mapping[str, str]) -> Response:
        match form.get("grant_type"):
            case "client_credentials":
                is_allowed = True
            case "password":
                is_allowed = self.credentials.is_user(form.get("username", ""), form.get("password", ""))
            case "refresh_token":
                grant = self.tokens.grant(form.get("refresh_token", ""))
                is_allowed = grant is not None and "refresh" in grant.scopes
            case other:
                return _oauth_error(400, "unsupported_grant_type", f"grant_type {other!r} is not supported")
        if not self.credentials.is_client(form.get("client_id", ""), form.get("client_secret", "")):
            return _oauth_error(401, "invalid_client", "client credentials are wrong")
        if not is_allowed:
            return _oauth_error(401, "access_denied", "access_denied")
        body = {
            "access_token": self.tokens.issue(self.behaviour.token_seconds, frozenset({"useraccount"})),
            "refresh_token": self.tokens.issue(self.behaviour.refresh_token_seconds, frozenset({"refresh"})),
            "scope": "useraccount",
            "token_type": "Bearer",
            "expires_in": int(self.behaviour.token_seconds),
        }
        return Response(msgspec.json.encode(body), media_type="application/json;charset=UTF-8")

    def _refused(self, request: Request) -> Response | None:
        """Sign-in, rate limit, media type and table ACL, in the order an instance checks them."""
        header = request.headers.get("authorization")
        grant = self.tokens.bearer(header)
        user = basic(header)
        if not (grant and "useraccount" in grant.scopes) and not (user and self.credentials.is_user(*user)):
            return self.error(401, "User Not Authenticated")
        if (limit := self.behaviour.requests_per_hour) is not None:
            hour = self.clock.stamp[:13]
            self._window_requests = 1 if hour != self._window else self._window_requests + 1
            self._window = hour
            if self._window_requests > limit:
                seconds = self._window_end() - int(self.clock.at.timestamp())
                return self.error(429, "Rate limit exceeded", {"Retry-After": str(seconds)})
        accept = request.headers.get("accept", "*/*")
        if not any(kind in accept for kind in ("*/*", "application/json", "application/*")):
            return self.error(406, "Requested media type is not supported")
        table = request.path_params["table"]
        if table not in FIELDS and not (self.folder / "servicenow" / f"{table}.jsonl.gz").exists():
            return self.error(400, f"Invalid table {table}")
        if table in self.behaviour.forbidden_tables:
            return self.error(403, "User Not Authorized")
        return None

    def _window_end(self) -> int:
        return (int(self.clock.at.timestamp()) // 3600 + 1) * 3600

    def _rate_headers(self, limit: int) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Reset": str(self._window_end()),
            "X-RateLimit-Rule": _RATE_RULE,
        }

    def _list(self, request: Request) -> Response:
        if refusal := self._refused(request):
            return refusal
        params = request.query_params
        name = request.path_params["table"]
        table = self.table_named(name)
        query = self._query(name, params)
        limit, offset = _number(params.get("sysparm_limit"), _DEFAULT_LIMIT), _number(params.get("sysparm_offset"), 0)
        self._n_requests += 1
        selection = select(table, query, self.reader(name), self._n_requests * 7919)
        versions = selection.versions(offset, limit)
        headers: dict[str, str] = {}
        if params.get("sysparm_no_count") != "true":
            headers["X-Total-Count"] = str(selection.count)
        if params.get("sysparm_suppress_pagination_header") != "true" and (
            links := _links(request, limit, offset, selection.count)
        ):
            headers["Link"] = links
        if self.behaviour.requests_per_hour is not None:
            headers |= self._rate_headers(self.behaviour.requests_per_hour)
        if not versions and not selection.count and "/now/v1/" in request.url.path:
            return self.error(404, "No Record found", headers)
        visible = [v for v in versions if not self._is_hidden(table, v)]
        rendering = Rendering.of(params, self._base(request), self.fields(name))
        rows = [render(self, name, table, version, rendering) for version in visible]
        if self.behaviour.cancel_above_limit is not None and len(rows) > self.behaviour.cancel_above_limit:
            tail = b'],"error":{"message":"Transaction cancelled: maximum execution time exceeded","detail":null},"status":"failure"}'
            return Response(b'{"result":[' + b",".join(rows[: len(rows) // 2]) + tail, 200, headers, "application/json")
        return Response(b'{"result":[' + b",".join(rows) + b"]}", 200, headers, "application/json")

    async def _create_route(self, request: Request) -> Response:
        body = await request.body()
        return await self.guarded(lambda request: self._create(request, body))(request)

    def _create(self, request: Request, body: bytes) -> Response:
        """A new row: fields the table does not have are dropped in silence, as an instance does."""
        if refusal := self._refused(request):
            return refusal
        name = request.path_params["table"]
        try:
            given = msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.MsgspecError:
            return self.error(400, "Exception while reading request")
        table, when = self.table_named(name), f"{self.clock.at:%Y-%m-%d %H:%M:%S}"
        sys_id = hashlib.md5(f"{name}/{len(table.timeline)}".encode(), usedforsecurity=False).hexdigest()
        record = {field: str(value) for field, value in given.items() if field in self.fields(name)}
        stamps = dict.fromkeys(("sys_created_on", "sys_updated_on", "opened_at"), when)
        record |= stamps | {"sys_id": sys_id, "number": f"INC9{len(table.timeline):06}", "state": "1", "active": "true"}
        table.add(sys_id, record)
        rendering = Rendering.of(request.query_params, self._base(request), self.fields(name))
        version = table.version(sys_id)
        assert version is not None
        row = render(self, name, table, version, rendering)
        return Response(b'{"result":' + row + b"}", 201, media_type="application/json")

    def _single(self, request: Request) -> Response:
        if refusal := self._refused(request):
            return refusal
        name = request.path_params["table"]
        table = self.table_named(name)
        version = table.version(request.path_params["sys_id"])
        if version is None or self._is_hidden(table, version):
            return self.error(404, "No Record found")
        rendering = Rendering.of(request.query_params, self._base(request), self.fields(name))
        return Response(
            b'{"result":' + render(self, name, table, version, rendering) + b"}", media_type="application/json"
        )

    def _stats(self, request: Request) -> Response:
        if refusal := self._refused(request):
            return refusal
        name = request.path_params["table"]
        selection = select(self.table_named(name), self._query(name, request.query_params), self.reader(name))
        stats = {"count": str(selection.count)} if request.query_params.get("sysparm_count") == "true" else {}
        return Response(msgspec.json.encode({"result": {"stats": stats}}), media_type="application/json")

    def _is_hidden(self, table: Table, version: int) -> bool:
        every = self.behaviour.hide_every
        return (
            bool(every)
            and int(hashlib.md5(table.timeline.keys[version].encode(), usedforsecurity=False).hexdigest(), 16) % every
            == 0
        )

    def _query(self, name: str, params: Mapping[str, str]) -> Query:
        known = self.fields(name)

        def is_known(field: str) -> bool:
            first, _, rest = field.partition(".")
            if not rest:
                return field in known
            target = REFERENCES.get(name, {}).get(first)
            return target is not None and rest in self.fields(target)

        if "sysparm_query" in params:
            query = parse(params["sysparm_query"], is_known)
        else:
            plain = [Condition(f, "=", v) for f, v in params.items() if not f.startswith("sysparm_") and is_known(f)]
            query = Query((tuple((c,) for c in plain),), (), ())
        if query.dropped and self.behaviour.invalid_query_returns_no_rows:
            return Query((), query.order, query.dropped)
        return query

    def _base(self, request: Request) -> str:
        return f"{request.url.scheme}://{request.url.netloc}/api/now/table"

    def table_named(self, name: str) -> Table:
        """The table at the clock; ``sys_audit_delete`` is made from the deletions in the others."""
        if name == "sys_audit_delete":
            return self.derived_table(name, self._deletions)
        return self.table(self.folder / "servicenow" / f"{name}.jsonl.gz")

    def fields(self, name: str) -> frozenset[str]:
        """The dictionary's fields of a table and those its records bring."""
        if name not in self._known_fields:
            timeline = self.table_named(name).timeline
            sample = [*range(min(len(timeline), 50)), *range(max(0, len(timeline) - 50), len(timeline))]
            brought = {
                field for version in sample if not timeline.is_deleted[version] for field in timeline.record(version)
            }
            self._known_fields[name] = FIELDS.get(name, frozenset()) | brought
        return self._known_fields[name]

    def reader(self, name: str) -> ReadRow:
        """Reads fields of a table's version, walking references where a field has dots."""

        def read(version: int, fields: tuple[str, ...]) -> Mapping[str, Any]:
            record = self.table_named(name).timeline.record(version)
            return {field: self.value(name, record, field) for field in fields}

        return read

    def value(self, name: str, record: Mapping[str, Any], field: str) -> str:
        """A field's stored text, '' where there is none."""
        first, _, rest = field.partition(".")
        if not rest:
            return str(record.get(field, ""))
        target = REFERENCES.get(name, {}).get(first)
        if target is None or target not in FIELDS:
            return ""
        found = self.table_named(target).record(str(record.get(first, "")))
        return "" if found is None else self.value(target, found, rest)

    def _deletions(self) -> Timeline:
        rows = []
        for name in _TABLES_WITH_DELETIONS:
            timeline = self.table_named(name).timeline
            for version in range(len(timeline)):
                if timeline.is_deleted[version]:
                    at, key = timeline.at[version], timeline.keys[version]
                    when = at[:19].replace("T", " ")
                    rows.append((at, _deletion(name, key, when)))
        return timeline_of(sorted(rows, key=lambda row: row[0]), "sys_id")


def _deletion(table: str, key: str, when: str) -> dict[str, str]:
    sys_id = hashlib.md5(f"{table}/{key}/{when}".encode(), usedforsecurity=False).hexdigest()
    stamps = {"sys_created_on": when, "sys_updated_on": when, "sys_mod_count": "0"}
    return {"sys_id": sys_id, "tablename": table, "documentkey": key, "display_value": "", "payload": "", **stamps}


def _oauth_error(status: int, code: str, text: str) -> Response:
    return Response(
        msgspec.json.encode({"error": code, "error_description": text}), status, media_type="application/json"
    )


def _number(text: str | None, default: int) -> int:
    """A count from the address; what is no whole number is taken as not given, as an instance does."""
    return int(text) if text and text.isdecimal() else default


def _links(request: Request, limit: int, offset: int, count: int) -> str:
    if not limit:
        return ""
    last = max(0, (count - 1) // limit * limit)
    offsets = {"first": 0, "last": last}
    if offset + limit < count:
        offsets["next"] = offset + limit
    if offset:
        offsets["prev"] = max(0, offset - limit)
    params = [(k, v) for k, v in request.query_params.multi_items() if k not in ("sysparm_offset", "sysparm_limit")]
    base = f"{request.url.scheme}://{request.url.netloc}{request.url.path}"
    return ",".join(
        f'<{base}?{urlencode([*params, ("sysparm_limit", limit), ("sysparm_offset", o)])}>;rel="{rel}"'
        for rel, o in offsets.items()
    )
