"""A web server over a drop folder, as nginx is set up for one: Basic sign-in, ``autoindex_format json``, plain downloads.

``<folder>/files/<instant>/<register>/<name>`` is served as ``/<register>/<name>`` once the clock has passed the instant; a name
delivered again replaces the one before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from schoolward.sample.replay.server import ReplayServer
from schoolward.sample.replay.tokens import basic


class FilesBehaviour(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Nothing to choose so far."""


@dataclass(frozen=True)
class Delivery:
    """A file and when it was delivered."""

    path: Path
    at: datetime


class FileServer(ReplayServer):
    """Lists and gives the files delivered by the clock."""

    key_field = ""
    behaviour_type = FilesBehaviour

    def routes(self) -> Sequence[Route]:
        return [Route("/{path:path}", self.guarded(self._get), methods=["GET"])]

    def error(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
        page = f"<html>\r\n<head><title>{status} {message}</title></head>\r\n<body>\r\n<center><h1>{status} {message}</h1></center>\r\n"
        extra = dict(headers or {})
        if status == 401:
            extra["WWW-Authenticate"] = 'Basic realm="files"'
        return Response(page + "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n", status, extra, "text/html")

    def _get(self, request: Request) -> Response:
        user = basic(request.headers.get("authorization"))
        if user is None or not self.credentials.is_user(*user):
            return self.error(401, "Authorization Required")
        path = request.path_params["path"]
        registers, delivered = self._delivered()
        if path == "":
            return _listing(
                [{"name": name, "type": "directory", "mtime": _http_date(at)} for name, at in sorted(registers.items())]
            )
        if path in registers:
            return RedirectResponse(f"/{path}/", 301)
        if path.removesuffix("/") in registers and path.endswith("/"):
            files = [(name, d) for name, d in sorted(delivered.items()) if name.startswith(path)]
            return _listing(
                [
                    {
                        "name": name.removeprefix(path),
                        "type": "file",
                        "mtime": _http_date(d.at),
                        "size": d.path.stat().st_size,
                    }
                    for name, d in files
                ]
            )
        if path not in delivered:
            return self.error(404, "Not Found")
        return _file(request, delivered[path])

    def _delivered(self) -> tuple[dict[str, datetime], dict[str, Delivery]]:
        """The registers (also those whose first file is still to come) with their time, and the files by their path."""
        registers: dict[str, datetime] = {}
        files: dict[str, Delivery] = {}
        for batch in sorted((self.folder / "files").glob("*T*Z")):
            at = datetime.strptime(batch.name, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            for file in sorted(batch.rglob("*")):
                if not file.is_file():
                    continue
                name = file.relative_to(batch).as_posix()
                registers.setdefault(name.rpartition("/")[0], at)
                if at <= self.clock.at:
                    registers[name.rpartition("/")[0]] = at
                    files[name] = Delivery(file, at)
        return registers, files


def _listing(entries: Sequence[Mapping[str, Any]]) -> Response:
    return Response(msgspec.json.encode(entries), media_type="application/json")


def _file(request: Request, delivery: Delivery) -> Response:
    body = delivery.path.read_bytes()
    headers = {"Last-Modified": _http_date(delivery.at), "ETag": f'"{int(delivery.at.timestamp()):x}-{len(body):x}"'}
    since = request.headers.get("if-modified-since")
    if since and parsedate_to_datetime(since) >= delivery.at:
        return Response(b"", 304, headers)
    # the type is a header of its own: Starlette would add a charset to text, which the file may contradict
    kind = "text/csv" if delivery.path.suffix == ".csv" else "application/octet-stream"
    return Response(body, 200, {**headers, "Content-Type": kind})


def _http_date(at: datetime) -> str:
    return format_datetime(at, usegmt=True)
