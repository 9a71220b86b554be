"""What all replay servers share: the clock in every answer, faults, and the two control addresses on the loopback."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from schoolward.errors import SchoolwardError
from schoolward.sample.replay.clock import ReplayClock, instant
from schoolward.sample.replay.faults import (
    HIBERNATION_PAGE,
    ROW_KINDS,
    Fault,
    FaultPlan,
    cancel_in_the_middle,
    shrink_count,
    spoil_rows,
)
from schoolward.sample.replay.table import Table
from schoolward.sample.replay.timeline import Timeline, read_timeline, timeline_of
from schoolward.sample.replay.tokens import Credentials, TokenStore

Endpoint = Callable[[Request], Response]
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_COUNTS = frozenset({"x-total-count", "total-count"})
"""Headers that tell how many rows a question has, as one vendor or another calls them."""


class CutResponse(Response):
    """Promises the whole body and closes the connection in its middle."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body[: len(self.body) // 2], "more_body": False})


class ReplayServer(ABC):
    """A vendor's server over a records folder; subclasses speak the vendor's protocol."""

    key_field: str
    """The field that identifies a record."""
    behaviour_type: type[msgspec.Struct]
    """The choices the vendor leaves to its customers, each with a default."""

    def __init__(self, folder: Path, clock: ReplayClock, credentials: Credentials) -> None:
        self.folder = folder
        self.clock = clock
        self.credentials = credentials
        self.behaviour: Any = self.behaviour_type()
        self.tokens = TokenStore()
        self.faults = FaultPlan()
        self._tables: dict[str, Table] = {}
        self._last_answers: dict[str, Response] = {}

    @abstractmethod
    def routes(self) -> Sequence[Route]:
        """The vendor's addresses; endpoints wrapped by :meth:`guarded`."""

    @abstractmethod
    def error(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
        """A failure in the vendor's envelope."""

    def table(self, path: Path) -> Table:
        """The table of a records file at the clock; read when first asked for. A file that is not there is an empty table."""
        if path.name not in self._tables:
            timeline = read_timeline(path, self.key_field) if path.exists() else timeline_of((), self.key_field)
            self._tables[path.name] = Table(timeline)
        table = self._tables[path.name]
        table.move_to(self.clock.stamp)
        return table

    def derived_table(self, name: str, make: Callable[[], Timeline]) -> Table:
        """A table made from others; made when first asked for."""
        if name not in self._tables:
            self._tables[name] = Table(make())
        self._tables[name].move_to(self.clock.stamp)
        return self._tables[name]

    def guarded(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint with the faults in force applied and the clock in its Date header."""

        async def answer(request: Request) -> Response:
            target = request.url.path + ("?" + request.url.query if request.url.query else "")
            faults = self.faults.strike(target)
            response = self._refusal(faults)
            if response is None:
                response = endpoint(request)
                if not faults:
                    self._last_answers[request.url.path] = response
            for fault in faults:
                response = await self._spoiled(request, response, fault)
            response.headers["Date"] = self.clock.http_date
            return response

        return answer

    def _refusal(self, faults: Sequence[Fault]) -> Response | None:
        for fault in faults:
            retry_after = {} if fault.seconds is None else {"Retry-After": f"{fault.seconds:.0f}"}
            match fault.kind:
                case "unauthorized":
                    self.tokens.revoke_all()
                    return self.error(401, "User Not Authenticated")
                case "forbidden":
                    return self.error(403, "Forbidden")
                case "rate_limited":
                    return self.error(429, "Rate limit exceeded", retry_after)
                case "error":
                    return self.error(fault.status, "The server failed", retry_after)
        return None

    async def _spoiled(self, request: Request, response: Response, fault: Fault) -> Response:
        if fault.kind == "slow":
            await asyncio.sleep(5 if fault.seconds is None else fault.seconds)
            return response
        if response.status_code not in (200, 201):
            return response
        body = bytes(response.body)
        if fault.kind in ROW_KINDS:
            return _with_body(response, spoil_rows(body, fault))
        match fault.kind:
            case "truncated":
                return _with_body(response, body[: len(body) // 2])
            case "cut":
                return _with_body(response, body, CutResponse)
            case "cancelled":
                return _with_body(response, cancel_in_the_middle(body))
            case "not_json":
                return Response(HIBERNATION_PAGE, media_type="text/html;charset=utf-8")
            case "repeated_page":
                return self._last_answers.get(request.url.path, response)
            case "shrinking_count" if counted := _COUNTS.intersection(response.headers.keys()):
                [header] = counted
                response.headers[header] = str(int(response.headers[header]) - fault.n)
            case "shrinking_count":
                return _with_body(response, shrink_count(body, fault.n))
        return response

    def application(self) -> Starlette:
        """The ASGI application: the vendor's addresses and the control addresses."""
        control = [
            Route("/_replay/clock", self._control_clock, methods=["GET", "POST"]),
            Route("/_replay/faults", self._control_faults, methods=["GET", "POST", "DELETE"]),
            Route("/_replay/behaviour", self._control_behaviour, methods=["GET", "POST"]),
        ]

        async def unknown(_request: Request, e: Exception) -> Response:
            response = self.error(e.status_code, e.detail) if isinstance(e, HTTPException) else self.error(500, str(e))
            response.headers["Date"] = self.clock.http_date
            return response

        return Starlette(
            routes=[*control, *self.routes()], exception_handlers={HTTPException: unknown, SchoolwardError: unknown}
        )

    async def _control_clock(self, request: Request) -> Response:
        if refusal := _only_from_here(request):
            return refusal
        if request.method == "POST":
            try:
                self.clock.set(instant(str(msgspec.json.decode(await request.body())["at"])))
            except (ValueError, KeyError, TypeError):
                return _json({"error": 'Send {"at": "<ISO 8601 instant>"}.'}, 400)
        return _json({"at": self.clock.stamp})

    async def _control_faults(self, request: Request) -> Response:
        if refusal := _only_from_here(request):
            return refusal
        if request.method == "DELETE":
            self.faults.clear()
        elif request.method == "POST":
            try:
                self.faults.replace(await request.body())
            except (ValueError, msgspec.MsgspecError) as e:
                return _json({"error": f"These are no faults: {e}."}, 400)
        return _json({"faults": msgspec.to_builtins(self.faults.faults)})

    async def _control_behaviour(self, request: Request) -> Response:
        if refusal := _only_from_here(request):
            return refusal
        if request.method == "POST":
            try:
                given = msgspec.json.decode(await request.body(), type=dict[str, Any])
                merged = {**msgspec.to_builtins(self.behaviour), **given}
                self.behaviour = msgspec.convert(merged, type(self.behaviour))
            except (ValueError, msgspec.MsgspecError) as e:
                return _json({"error": f"This is no behaviour: {e}."}, 400)
        return _json(msgspec.to_builtins(self.behaviour))


def _with_body(response: Response, body: bytes, kind: type[Response] = Response) -> Response:
    headers = {k: v for k, v in response.headers.items() if k.lower() != "content-length"}
    return kind(body, response.status_code, headers)


def _only_from_here(request: Request) -> Response | None:
    if request.client is not None and request.client.host not in _LOOPBACK:
        return _json({"error": "The replay's controls answer only on the loopback."}, 403)
    return None


def _json(body: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
