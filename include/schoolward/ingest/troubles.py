"""Troubles on the way to a source: which of them pass, how long to wait, and how to tell them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from requests.exceptions import (
    ChunkedEncodingError,
    ConnectTimeout,
    ContentDecodingError,
    ProxyError,
    ReadTimeout,
    SSLError,
)
from urllib3.exceptions import NameResolutionError, ReadTimeoutError

from schoolward.errors import SourceError, UnreachableError

PATIENCE = "Try again later; if this stays, ask for smaller pages (page_size) or the source's administrator."


class PassingTroubleError(Exception):
    """Worth another try; ``error`` is what to say when no try helped."""

    def __init__(
        self, what: str, advice: str = PATIENCE, *, wait_seconds: float | None = None, error: SourceError | None = None
    ) -> None:
        self.what = what
        self.wait_seconds = wait_seconds
        self.error = error or SourceError(f"{what} {advice}")


def wire_trouble(
    error: requests.RequestException, where: str, connection_id: str, connect_seconds: float, read_seconds: float
) -> Exception:
    """What broke on the wire, without the exception's own text: that holds the whole address."""
    hint = f"Check host and port of connection {connection_id!r} and the network."
    reason = error.args[0] if error.args else None
    if isinstance(error, SSLError):
        return SourceError(
            f"{where}: its TLS certificate cannot be verified. "
            f"Correct the host, or name the district's CA in extra.ca_bundle of connection {connection_id!r}."
        )
    if isinstance(error, ProxyError):
        return _unreachable(
            f"{where} cannot be reached through the proxy.", "Check HTTPS_PROXY and NO_PROXY in the environment."
        )
    if isinstance(error, ConnectTimeout):
        return _unreachable(f"{where} cannot be reached within {connect_seconds:.0f} s.", hint)
    if isinstance(error, ReadTimeout) or isinstance(reason, ReadTimeoutError):
        return PassingTroubleError(f"{where} fell silent for {read_seconds:.0f} s.")
    if isinstance(error, ChunkedEncodingError | ContentDecodingError):
        return PassingTroubleError(f"{where} sent a truncated answer.")
    if isinstance(error, requests.ConnectionError):
        is_unknown = isinstance(getattr(reason, "reason", None), NameResolutionError)
        return _unreachable(f"{where} cannot be reached{' (host name unknown)' if is_unknown else ''}.", hint)
    return SourceError(f"{where} cannot be asked ({type(error).__name__}). {hint}")


def _unreachable(what: str, advice: str) -> PassingTroubleError:
    return PassingTroubleError(what, advice, error=UnreachableError(f"{what} {advice}"))


def source_clock(headers: Mapping[str, str]) -> datetime:
    """When the source says it answered (its ``Date`` header, UTC); our own clock where it does not say."""
    try:
        at = parsedate_to_datetime(headers["Date"])
    except (KeyError, ValueError):
        return datetime.now(UTC)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def told_wait(headers: Mapping[str, str], at: datetime) -> float | None:
    """Seconds the source asks us to wait: Retry-After (seconds or a date), else ServiceNow's X-RateLimit-Reset.

    Dates are measured from the source's own clock, which may differ from ours.
    """
    told = headers.get("Retry-After", "").strip()
    if told.isdigit():
        return float(told)
    if told:
        try:
            until = parsedate_to_datetime(told)
        except ValueError:
            return None
        until = until.replace(tzinfo=UTC) if until.tzinfo is None else until
        return max(0.0, (until - at).total_seconds())
    reset = headers.get("X-RateLimit-Reset", "").strip()
    return max(0.0, int(reset) - at.timestamp()) if reset.isdigit() else None
