"""Ways to prove who we are to a source: basic, a token that does not change, or one by OAuth 2 client credentials."""

import base64
import time
from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote

import msgspec

from schoolward.connections import Connection
from schoolward.errors import SourceError
from schoolward.ingest.http import Client, StatusError
from schoolward.ingest.shared_tokens import SharedToken, SharedTokens

AuthStyle = Literal["basic", "basic_encoded", "body", "json", "query"]
AUTH_STYLES: tuple[AuthStyle, ...] = ("basic", "basic_encoded", "body", "json", "query")
_RENEW_EARLY_SECONDS = 60.0
_TOO_MANY_TOKENS = "Wait until one expires (half an hour, as a rule), and give every other program that signs in there a client of its own."


class Basic:
    """Login and password with every request."""

    def __init__(self, connection: Connection, login_suffix: str = "") -> None:
        """
        Args:
            login_suffix: what the vendor wants behind the login to tell what kind of secret the password is.

        Raises:
            SourceError: when the connection lacks login or password.
        """
        login, self._password = credentials(connection)
        self._login = login.removesuffix(login_suffix) + login_suffix

    def headers(self, client: Client) -> Mapping[str, str]:
        return {"Authorization": basic_header(self._login, self._password)}

    def renew(self) -> bool:
        return False

    def secrets(self) -> tuple[str, ...]:
        return (self._password, basic_header(self._login, self._password).removeprefix("Basic "))


class Open:
    """No sign-in: what a source tells everybody."""

    def headers(self, client: Client) -> Mapping[str, str]:
        return {}

    def renew(self) -> bool:
        return False

    def secrets(self) -> tuple[str, ...]:
        return ()


class Bearer:
    """A token that was made by hand and does not change: the connection's password."""

    def __init__(self, connection: Connection) -> None:
        """
        Raises:
            SourceError: when the connection has no password.
        """
        if not connection.password:
            raise SourceError(f"Connection {connection.id!r} has no password. Put the access token there.")
        self._token = connection.password

    def headers(self, client: Client) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> bool:
        return False

    def secrets(self) -> tuple[str, ...]:
        return (self._token,)


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float | None = None


class ClientCredentials:
    """OAuth 2 client credentials; the token is renewed shortly before it ends, and once when it is refused.

    Vendors differ in where they want the credentials (``style``): ``basic`` in a Basic header, ``basic_encoded`` the same with
    id and secret percent-encoded first (RFC 6749, 2.3.1), ``body`` in the form, ``json`` in a JSON object, ``query`` a Basic header with the
    grant in the query.
    """

    def __init__(
        self,
        connection: Connection,
        token_path: str,
        *,
        scope: str = "",
        style: AuthStyle = "basic",
        shared: SharedTokens | None = None,
    ) -> None:
        """
        Args:
            shared: where processes share tokens, for vendors that count those alive.

        Raises:
            SourceError: when the connection lacks client id or secret.
        """
        self._id, self._secret = credentials(connection)
        self._token_path = token_path
        self._grant = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        self._style = style
        self._shared = shared
        self._token: str | None = None
        self._refused: str | None = None
        self._good_until = 0.0
        """Seconds since the epoch: processes that share a token share no other clock."""

    def headers(self, client: Client) -> Mapping[str, str]:
        if self._token is None or time.time() >= self._good_until:
            if self._shared is None:
                self._fetch(client)
            else:
                with self._shared.entry(client.where(self._token_path), self._id, self._secret) as entry:
                    self._take(client, entry)
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> bool:
        self._refused, self._token = self._token, None
        return True

    def _take(self, client: Client, entry: SharedToken) -> None:
        """The token others got, unless it has ended or was just refused; else a new one, for them too."""
        if entry.token is None or entry.token == self._refused or time.time() >= entry.good_until:
            self._fetch(client)
            entry.keep(self._token or "", self._good_until)
        self._token, self._good_until = entry.token, entry.good_until

    def secrets(self) -> tuple[str, ...]:
        header = basic_header(self._id, self._secret).removeprefix("Basic ")
        return (self._secret, quote(self._secret, safe=""), header, self._token or "")

    def _fetch(self, client: Client) -> None:
        in_body = {"client_id": self._id, "client_secret": self._secret}
        encoded = basic_header(quote(self._id, safe=""), quote(self._secret, safe=""))
        plain = basic_header(self._id, self._secret)
        full = self._grant | in_body
        form = {"basic": self._grant, "basic_encoded": self._grant, "body": full, "json": full, "query": {}}
        header = {"basic": plain, "basic_encoded": encoded, "query": plain}.get(self._style)
        try:
            answer = client.post_form(
                self._token_path,
                form[self._style],
                lambda body: _read_token(body, client.where(self._token_path)),
                params=self._grant if self._style == "query" else None,
                headers={"Authorization": header} if header else {},
                is_json=self._style == "json",
                no_retry=frozenset({429}) if self._shared else frozenset(),
            ).value
        except StatusError as error:
            if error.status != 429 or self._shared is None:
                raise
            raise SourceError(f"{str(error).removesuffix('Try again later.')}{_TOO_MANY_TOKENS}") from None
        lifetime = answer.expires_in if answer.expires_in is not None else 300.0
        self._token = answer.access_token
        self._good_until = time.time() + lifetime - min(_RENEW_EARLY_SECONDS, lifetime / 2)


def _read_token(body: bytes, where: str) -> _Token:
    try:
        return msgspec.json.decode(body, type=_Token, strict=False)
    except msgspec.ValidationError:
        raise SourceError(
            f"{where} answers without an access token. Check the token path in the connection's extras."
        ) from None


def basic_header(login: str, password: str) -> str:
    """The value of a Basic ``Authorization`` header."""
    return "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()


def credentials(connection: Connection) -> tuple[str, str]:
    """Login and password (client id and secret) of a connection.

    Raises:
        SourceError: when either is missing.
    """
    if not connection.login or not connection.password:
        raise SourceError(f"Connection {connection.id!r} has no login or no password. Add both.")
    return connection.login, connection.password
