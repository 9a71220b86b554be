"""The addresses and the manners of one Ed-Fi ODS: where it says its data are, how it pages, which changes it can tell.

Hosts differ: a limit above the host's own is refused, not cut; change queries may be off; a year or a tenant may stand in the
address. What the ODS says of itself at its root is believed, as long as it stays on the configured host.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from schoolward.connections import Connection
from schoolward.errors import AccessRefusedError, SourceError
from schoolward.home import home
from schoolward.ingest.http import Answer, Client, Limits, StatusError
from schoolward.ingest.shared_tokens import SharedTokens
from schoolward.ingest.sign_in import ClientCredentials, Open

log = logging.getLogger(__name__)
T = TypeVar("T")

_BOUNDS = re.compile(rb"(?:between \d+ and|greater than) (\d+)")
_YEAR_PLACE = re.compile(r"\{[^}/]*year[^}/]*\}", re.IGNORECASE)
_TENANT_PLACE = re.compile(r"\{[^}/]*tenant[^}/]*\}", re.IGNORECASE)
_DATA = "/data/v3"
TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path


class _Urls(msgspec.Struct, rename="camel"):
    oauth: str | None = None
    data_management_api: str | None = None


class _Root(msgspec.Struct):
    """What the ODS says at its root."""

    version: str | None = None
    urls: _Urls = msgspec.field(default_factory=_Urls)


@dataclass(frozen=True, slots=True)
class Window:
    """Change versions, both ends inclusive."""

    first: int
    last: int

    @property
    def params(self) -> dict[str, str]:
        return {"minChangeVersion": str(self.first), "maxChangeVersion": str(self.last)}


class Ods:
    """One ODS; discovered when first asked for, signed in when first read."""

    def __init__(self, connection: Connection, limits: Limits, api_year: int | None) -> None:
        self._connection, self._limits, self._year = connection, limits, api_year
        self._root = connection.path.rstrip("/")
        self._client: Client | None = None
        self._data = ""
        self.asked_at: datetime | None = None
        """The source's clock when it was discovered."""

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    @property
    def client(self) -> Client:
        """Signed in by client credentials, with a token that all processes of this home share."""
        if self._client is None:
            root = self._discover()
            self._data = self._data_path(root)
            token_path = self._path_of(root.urls.oauth) or self._root + TOKEN_PATH
            sign_in = ClientCredentials(self._connection, token_path, shared=SharedTokens(home() / "tokens"))
            self._client = Client(self._connection, sign_in, self._limits)
        return self._client

    def path(self, resource: str) -> str:
        """The address of a resource, such as ``schools`` or ``sessions/deletes``."""
        return f"{self.data_path}/ed-fi/{resource}"

    @property
    def data_path(self) -> str:
        """Where the data are: what tells one ODS from another on the same host."""
        _ = self.client
        return self._data

    def newest_version(self) -> int | None:
        """The newest change version; None where the host has change queries switched off."""
        path = self.data_path.replace(_DATA, "/changeQueries/v1", 1) + "/availableChangeVersions"
        try:
            told = self.client.get(path, None, lambda body: msgspec.json.decode(body, type=dict[str, Any])).value
        except StatusError as error:
            if error.status == 404:
                return None
            raise
        except AccessRefusedError:
            return None
        by_name = {name.casefold(): value for name, value in told.items()}  # 5.x writes them with a capital
        newest = by_name.get("newestchangeversion")
        if not isinstance(newest, int):
            raise SourceError(
                f"{self.client.where(path)} does not tell its newest change version. Check that the address is an Ed-Fi ODS/API's."
            )
        return newest

    def get(
        self, resource: str, params: Mapping[str, str], size: "PageSize", decode: Callable[[bytes], T], size_name: str
    ) -> Answer[T]:
        """A page; asks for smaller ones where the host refuses the size by naming a lower bound."""
        while True:
            try:
                return self.client.get(self.path(resource), {size_name: str(size.rows), **params}, decode)
            except StatusError as error:
                bound = _BOUNDS.search(error.body) if error.status == 400 else None
                if bound is None or not 0 < int(bound[1]) < size.rows:
                    raise
                log.warning(
                    "%s allows %s rows at a time; asking for so many.",
                    self.client.where(self.path(resource)),
                    bound[1].decode(),
                )
                size.rows = int(bound[1])

    def count(self, resource: str, params: Mapping[str, str]) -> int | None:
        """How many rows the question has; None where the ODS does not say, or takes too long over it."""
        path = self.path(resource)
        try:
            answer = self.client.get(
                path,
                {"limit": "0", "totalCount": "true", **params},
                lambda _: None,
                no_retry=frozenset({500, 502, 504}),
            )
        except StatusError as error:
            if error.status in (500, 502, 504):
                log.warning("%s does not count its rows in time (%s).", self.client.where(path), error.status)
                return None
            raise
        return total_of(answer)

    def _discover(self) -> _Root:
        client = Client(self._connection, Open(), self._limits)
        try:
            answer = client.get(f"{self._root}/", None, _root_of)
        except StatusError as error:
            raise SourceError(
                f"{client.where(self._root + '/')} answers {error.status} where an Ed-Fi ODS/API describes itself. "
                f"Give its root, such as https://api.example.org/v7.3/api, in connection {self._connection.id!r}."
            ) from None
        finally:
            client.close()
        self.asked_at = answer.at
        return answer.value

    def _data_path(self, root: _Root) -> str:
        path = (self._path_of(root.urls.data_management_api) or self._root + _DATA).rstrip("/")
        if self._year is not None and str(self._year) not in path.split("/"):
            path += f"/{self._year}"
        return path

    def _path_of(self, url: str | None) -> str | None:
        """The path of an address the ODS names; behind a proxy it often does not know its own scheme and port."""
        if not url:
            return None
        if self._year is not None:
            url = _YEAR_PLACE.sub(str(self._year), url)
        url = _TENANT_PLACE.sub(str(self._connection.extra.get("tenant", "")), url)
        if "{" in url:
            raise SourceError(
                f"{self._connection.host} serves each school year apart, at {urlsplit(url).path}. Name the year in the option api_year."
            )
        parts = urlsplit(url)
        return parts.path if parts.hostname in (None, self._connection.host) else url


@dataclass
class PageSize:
    """Rows asked for at a time, as far as the host lets us."""

    rows: int


def total_of(answer: Answer[Any]) -> int | None:
    """The count a page's header tells."""
    told = answer.headers.get("Total-Count", "")
    return int(told) if told.isdigit() else None


def _root_of(body: bytes) -> _Root:
    try:
        return msgspec.json.decode(body, type=_Root)
    except msgspec.ValidationError:
        return _Root()
