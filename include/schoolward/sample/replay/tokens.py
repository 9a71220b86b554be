"""Who may ask: Basic credentials and OAuth tokens with a lifetime."""

import base64
import binascii
import hmac
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import unquote_plus


@dataclass(frozen=True)
class Credentials:
    """What a client must show: an OAuth client's, and a user's for Basic sign-in."""

    client_id: str
    client_secret: str = field(repr=False)
    user: str
    password: str = field(repr=False)

    def is_client(self, client_id: str, client_secret: str) -> bool:
        return _same(client_id, self.client_id) and _same(client_secret, self.client_secret)

    def is_user(self, user: str, password: str) -> bool:
        return _same(user, self.user) and _same(password, self.password)


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def basic(header: str | None) -> tuple[str, str] | None:
    """Name and password of a Basic Authorization header, or None where it is none."""
    scheme, _, value = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, password) if colon else None


def unescaped(pair: tuple[str, str]) -> tuple[str, str]:
    """The pair as RFC 6749 section 2.3.1 sends it (form-encoded before Basic), decoded."""
    return unquote_plus(pair[0]), unquote_plus(pair[1])


@dataclass(frozen=True)
class Grant:
    """What a token allows, until when (seconds of the process's monotonic clock)."""

    scopes: frozenset[str]
    ends_at: float


class TokenStore:
    """The tokens given out. They age with real time, not with the replay clock, as a client's own reckoning does."""

    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}

    def issue(self, lifetime_s: float, scopes: frozenset[str] = frozenset()) -> str:
        token = secrets.token_urlsafe(32)
        self._grants[token] = Grant(scopes, time.monotonic() + lifetime_s)
        return token

    @property
    def n_live(self) -> int:
        """How many tokens have not expired."""
        now = time.monotonic()
        return sum(now < grant.ends_at for grant in self._grants.values())

    def grant(self, token: str) -> Grant | None:
        """The grant of a token that is known and has not expired."""
        grant = self._grants.get(token)
        return grant if grant and time.monotonic() < grant.ends_at else None

    def bearer(self, header: str | None) -> Grant | None:
        """The grant of a Bearer Authorization header."""
        scheme, _, token = (header or "").partition(" ")
        return self.grant(token.strip()) if scheme.lower() == "bearer" else None

    def revoke_all(self) -> None:
        self._grants.clear()
