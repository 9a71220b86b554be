"""An Ed-Fi ODS/API over ``<folder>/edfi/<resource>.jsonl.gz``: paging, change queries and errors as versions 5.1 to 7.3 have them."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schoolward.sample.replay.clock import ReplayClock
from schoolward.sample.replay.edfi_changes import ChangeLog, Item, by_query
from schoolward.sample.replay.edfi_model import KEYS, key_of
from schoolward.sample.replay.server import ReplayServer
from schoolward.sample.replay.tokens import Credentials, basic

_PAGING = frozenset(
    {"limit", "offset", "totalcount", "pagetoken", "pagesize", "minchangeversion", "maxchangeversion", "number"}
)
_LAST = 2**63 - 1


class EdFiBehaviour(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What hosts and versions differ in; set by ``POST /_replay/behaviour``."""

    version: str = "7.3"
    """7.3 on: page tokens and at most ``max_tokens`` live access tokens. 7.2 on: problem details. Before 6.0: capital change versions."""
    token_seconds: float = 1800
    max_tokens: int = 15
    max_limit: int = 500
    default_limit: int = 25
    api_year: int | None = None
    """The year in the addresses of a year-specific ODS."""
    has_change_queries: bool = True
    forbidden: tuple[str, ...] = ()
    """Addresses below ``ed-fi/`` that the claim set does not cover, such as ``sessions`` or ``schools/deletes``."""
    seconds_a_page: float = 0
    """How far the clock goes on after each page of rows: what happens meanwhile happens between pages."""


class _BadRequestError(ValueError):
    """A parameter the API refuses, in its own words."""


class EdFiServer(ReplayServer):
    """Speaks as the ODS/API of the version that ``behaviour`` names."""

    key_field = "id"
    behaviour_type = EdFiBehaviour

    def __init__(self, folder: Path, clock: ReplayClock, credentials: Credentials) -> None:
        super().__init__(folder, clock, credentials)
        self._log: ChangeLog | None = None

    @property
    def log(self) -> ChangeLog:
        if self._log is None:
            self._log = ChangeLog(self.folder / "edfi")
        return self._log

    def routes(self) -> Sequence[Route]:
        changes = [
            f"/{word}/v1{year}/availableChangeVersions"
            for word in ("changeQueries", "ChangeQueries")
            for year in ("", "/{year:int}")
        ]
        return [
            Route("/", self.guarded(self._describe), methods=["GET"]),
            Route("/oauth/token", self._token_route, methods=["POST"]),
            *(Route(path, self.guarded(self._available), methods=["GET"]) for path in changes),
            *(
                Route(f"/data/v3{year}/ed-fi/{{resource}}{below}", self.guarded(answer), methods=["GET"])
                for year in ("", "/{year:int}")
                for below, answer in (
                    ("", self._rows),
                    ("/deletes", self._deletes),
                    ("/keyChanges", self._key_changes),
                    ("/partitions", self._partitions),
                    ("/{id}", self._single),
                )
            ),
        ]

    @property
    def _version(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.behaviour.version.split("."))

    def error(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
        kind = _KINDS.get(status, "internal-server-error")
        return self._problem(status, kind, message, headers=headers)

    def _problem(
        self, status: int, kind: str, detail: str, errors: Sequence[str] = (), headers: Mapping[str, str] | None = None
    ) -> Response:
        if self._version < (7, 2):
            return _json({"message": errors[0] if errors else detail}, status, headers)
        body = {
            "detail": detail, "type": f"urn:ed-fi:api:{kind}", "title": kind.rpartition(":")[2].replace("-", " ").title(), "status": status,
            "correlationId": "00000000-0000-0000-0000-000000000000", "validationErrors": {}, "errors": list(errors),
        }  # fmt: skip
        return _json(body, status, headers, "application/problem+json")

    def _describe(self, request: Request) -> Response:
        base = f"{request.url.scheme}://{request.url.netloc}"
        year = "" if self.behaviour.api_year is None else f"/{self.behaviour.api_year}"
        body: dict[str, Any] = {
            "version": self.behaviour.version, "informationalVersion": self.behaviour.version, "suite": "3", "build": "0",
            "dataModels": [{"name": "Ed-Fi", "version": "5.2.0" if self._version >= (7, 3) else "4.0.0"}],
            "urls": {
                "dependencies": f"{base}/metadata/data/v3/dependencies", "openApiMetadata": f"{base}/metadata/",
                "oauth": f"{base}/oauth/token", "dataManagementApi": f"{base}/data/v3{year}/", "xsdMetadata": f"{base}/metadata/xsd",
            },
        }  # fmt: skip
        if self._version < (7,):
            body["apiMode"] = "Sandbox" if self.behaviour.api_year is None else "Year Specific"
        return _json(body)

    async def _token_route(self, request: Request) -> Response:
        sent = (await request.body()).decode("utf-8", "replace")
        is_json = "json" in request.headers.get("content-type", "")
        form: dict[str, Any] = msgspec.json.decode(sent) if is_json else dict(parse_qsl(sent))
        return await self.guarded(lambda r: self._token(r, form))(request)

    def _token(self, request: Request, form: Mapping[str, Any]) -> Response:
        in_header = basic(request.headers.get("authorization"))
        in_body = (str(form["client_id"]), str(form.get("client_secret", ""))) if "client_id" in form else None
        if in_header and in_body:
            return _json({"error": "invalid_client"}, 400)
        pair = in_header or in_body
        if pair is None or not self.credentials.is_client(*pair):
            return _json({"error": "invalid_client"}, 401)
        if form.get("grant_type") != "client_credentials":
            return _json({"error": "unsupported_grant_type"}, 400)
        if self._version >= (7, 3) and self.tokens.n_live >= self.behaviour.max_tokens:
            return self._problem(
                429,
                "security:authentication:too-many-tokens",
                "The caller has requested too many access tokens. Reuse a token until it expires.",
            )
        lifetime = self.behaviour.token_seconds
        return _json({"access_token": self.tokens.issue(lifetime), "expires_in": int(lifetime), "token_type": "bearer"})

    def _refused(self, request: Request, address: str) -> Response | None:
        if self.tokens.bearer(request.headers.get("authorization")) is None:
            return self._problem(401, "security:authentication", "The caller could not be authenticated.")
        if request.path_params.get("year") != self.behaviour.api_year:
            return self.error(404, "The specified resource could not be found.")
        if "use-snapshot" in request.headers:
            return self._problem(404, "not-found:snapshot", "Snapshots are not configured.")
        if address.partition("/")[0] not in KEYS:
            return self.error(404, "The specified resource could not be found.")
        if address in self.behaviour.forbidden:
            return self._problem(
                403,
                "security:authorization:access-denied:action",
                f"Access to the resource could not be authorized: {address}.",
            )
        return None

    def _available(self, request: Request) -> Response:
        if refusal := self._refused(request, "schools"):
            return refusal
        if not self.behaviour.has_change_queries:
            return self.error(404, "The specified resource could not be found.")
        names = ("oldestChangeVersion", "newestChangeVersion")
        if self._version < (6,):
            names = ("OldestChangeVersion", "NewestChangeVersion")
        return _json(dict(zip(names, (0, self.log.newest(self.clock.stamp)), strict=True)))

    def _rows(self, request: Request) -> Response:
        resource = request.path_params["resource"]
        if refusal := self._refused(request, resource):
            return refusal
        try:
            rows, headers = self._page(request, resource)
        except _BadRequestError as e:
            return self._bad(str(e))
        self._go_on()
        return _json(rows, headers=headers)

    def _page(self, request: Request, resource: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
        given = {name.casefold(): value for name, value in request.query_params.items()}
        selected = self._selected(request, resource)
        headers = {"Total-Count": str(len(selected))} if given.get("totalcount", "").casefold() == "true" else {}
        token = given.get("pagetoken")
        if token is not None and self._has_tokens:
            size = self._token_page_size(given)
            low, high = _token_bounds(token)
            page = [item for item in selected if low <= item.aggregate_id <= high][:size]
        else:
            if "pagesize" in given and "limit" not in given and self._has_tokens:
                raise _BadRequestError("PageToken is required when pageSize is specified.")
            offset = _number(given, "offset", 0)
            if offset is None or offset < 0:
                raise _BadRequestError("Offset cannot be a negative value.")
            limit = _number(given, "limit", self.behaviour.default_limit)
            if limit is None or not 0 <= limit <= self.behaviour.max_limit:
                raise _BadRequestError(f"Limit must be a value between 0 and {self.behaviour.max_limit}.")
            in_order = selected if self._has_tokens else sorted(selected, key=lambda item: item.id)
            page, high = in_order[offset : offset + limit], _LAST
        if page and self._has_tokens:
            headers["Next-Page-Token"] = _token(page[-1].aggregate_id + 1, high)
        return [self._shown(resource, item) for item in page], headers

    def _token_page_size(self, given: Mapping[str, str]) -> int:
        if "offset" in given:
            raise _BadRequestError(
                "Both offset and pageToken parameters were provided, but they support alternative paging approaches and cannot be "
                "used together."
            )
        if "limit" in given and "pagesize" not in given:
            raise _BadRequestError("Use pageSize instead of limit when using cursor paging with pageToken.")
        size = _number(given, "pagesize", self.behaviour.default_limit)
        if size is None or not 0 <= size <= self.behaviour.max_limit:
            raise _BadRequestError(f"PageSize must be a value between 0 and {self.behaviour.max_limit}.")
        return size

    @property
    def _has_tokens(self) -> bool:
        return self._version >= (7, 3)

    def _selected(self, request: Request, resource: str) -> list[Item]:
        low, high = self._window(request)
        items = [i for i in self.log.items(resource, self.clock.stamp) if low <= i.change_version <= high]
        wanted = {name: value for name, value in request.query_params.items() if name.casefold() not in _PAGING}
        if not wanted:
            return items

        def is_wanted(item: Item) -> bool:
            record = self.log.record(resource, item.version)
            return by_query(record, key_of(resource, record), wanted)

        return [item for item in items if is_wanted(item)]

    def _window(self, request: Request) -> tuple[int, int]:
        given = {name.casefold(): value for name, value in request.query_params.items()}
        if not self.behaviour.has_change_queries:
            return 0, _LAST
        low, high = _number(given, "minchangeversion", 0), _number(given, "maxchangeversion", _LAST)
        if low is None or high is None:
            raise _BadRequestError("The change version range supplied was invalid.")
        return low, high

    def _shown(self, resource: str, item: Item) -> dict[str, Any]:
        record = {**self.log.record(resource, item.version), "_etag": str(item.change_version)}
        if self._version >= (7,):
            record["_lastModifiedDate"] = self.log.stamp(resource, item.version).replace("Z", ".0000000Z")
        return record

    def _deletes(self, request: Request) -> Response:
        resource = request.path_params["resource"]
        low, high = self._window(request)
        entries = [
            entry for entry in self.log.deletes(resource, self.clock.stamp) if low <= entry["changeVersion"] <= high
        ] if resource in KEYS else []  # fmt: skip
        if self._version < (5, 3):
            entries = [{"Id": entry["id"], "ChangeVersion": entry["changeVersion"]} for entry in entries]
        return self._changes(request, "deletes", entries, has_count=self._version >= (6,))

    def _key_changes(self, request: Request) -> Response:
        resource = request.path_params["resource"]
        entries = self.log.key_changes(resource, self.clock.stamp, self._window(request)) if resource in KEYS else []
        return self._changes(request, "keyChanges", entries, has_count=True)

    def _changes(self, request: Request, what: str, entries: list[dict[str, Any]], *, has_count: bool) -> Response:
        if refusal := self._refused(request, f"{request.path_params['resource']}/{what}"):
            return refusal
        if not self.behaviour.has_change_queries:
            return self.error(404, "The specified resource could not be found.")
        given = {name.casefold(): value for name, value in request.query_params.items()}
        limit, offset = _number(given, "limit", self.behaviour.default_limit), _number(given, "offset", 0)
        if limit is None or not 0 <= limit <= self.behaviour.max_limit or "pagetoken" in given:
            return self._bad(f"Limit must be omitted or set to a value between 1 and {self.behaviour.max_limit}.")
        if offset is None or offset < 0:
            return self._bad("Offset cannot be a negative value.")
        is_counted = has_count and given.get("totalcount", "").casefold() == "true"
        return _json(entries[offset : offset + limit], headers={"Total-Count": str(len(entries))} if is_counted else {})

    def _partitions(self, request: Request) -> Response:
        resource = request.path_params["resource"]
        if refusal := self._refused(request, resource):
            return refusal
        if not self._has_tokens:
            return self.error(404, "The specified resource could not be found.")
        try:
            selected = self._selected(request, resource)
        except _BadRequestError as e:
            return self._bad(str(e))
        number = _number({k.casefold(): v for k, v in request.query_params.items()}, "number", 1) or 1
        size = max(-(-len(selected) // number), 5 * self.behaviour.max_limit)
        starts = [item.aggregate_id for item in selected[::size]]
        ends = [start - 1 for start in starts[1:]] + [_LAST]
        return _json({"pageTokens": [_token(low, high) for low, high in zip(starts, ends, strict=True)]})

    def _single(self, request: Request) -> Response:
        resource, id = request.path_params["resource"], request.path_params["id"]
        if refusal := self._refused(request, resource):
            return refusal
        found = next((item for item in self.log.items(resource, self.clock.stamp) if item.id == id), None)
        if found is None:
            return self.error(404, "The specified resource could not be found.")
        return _json(self._shown(resource, found))

    def _bad(self, text: str) -> Response:
        return self._problem(
            400, "bad-request:parameter-validation-failed", "Parameters supplied to the request were invalid.", [text]
        )

    def _go_on(self) -> None:
        if self.behaviour.seconds_a_page:
            self.clock.advance(self.behaviour.seconds_a_page)


_KINDS = {
    400: "bad-request",
    401: "security:authentication",
    403: "security:authorization",
    404: "not-found",
    405: "method-not-allowed",
    429: "too-many-requests",
}


def _json(
    body: Any, status: int = 200, headers: Mapping[str, str] | None = None, kind: str = "application/json"
) -> Response:
    return Response(msgspec.json.encode(body), status, dict(headers or {}), kind)


def _number(given: Mapping[str, str], name: str, default: int) -> int | None:
    """A whole number of the query; None where it is something else."""
    try:
        return int(given.get(name, default))
    except ValueError:
        return None


def _token(low: int, high: int) -> str:
    return base64.urlsafe_b64encode(f"{low},{high}".encode()).decode().rstrip("=")


def _token_bounds(token: str) -> tuple[int, int]:
    try:
        low, _, high = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().partition(",")
        return int(low), int(high)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise _BadRequestError("The page token provided was invalid.") from None
