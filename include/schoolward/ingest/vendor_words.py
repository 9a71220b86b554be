"""What a vendor's error body says, made fit to be shown: short, one line, without secrets."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

_LONGEST = 160
_LOOKED_AT_BYTES = 64 * 1024
_TEXT_KEYS = ("error_description", "imsx_description", "message", "detail", "error", "description")


def vendor_words(body: bytes, secrets: Sequence[str] = ()) -> str:
    """``": <the vendor's own words>"`` from a JSON error body of any known shape, or nothing.

    Known shapes: ServiceNow ``error.message/detail``, OneRoster ``imsx_description``, OAuth ``error/error_description``,
    Zendesk ``error`` (a text, or an object with ``message``) and ``description``.
    """
    try:
        parsed = msgspec.json.decode(body[:_LOOKED_AT_BYTES])
    except msgspec.DecodeError:
        return ""
    words = "; ".join(dict.fromkeys(_texts(parsed)))
    for secret in secrets:
        if secret:
            words = words.replace(secret, "***")
    words = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in words)).strip(" .")
    if len(words) > _LONGEST:
        words = words[: _LONGEST - 1] + "…"
    return f": {words}" if words else ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key in _TEXT_KEYS:
            found = value.get(key)
            if isinstance(found, str):
                yield found
            else:
                yield from _texts(found)


def is_asleep(body: bytes) -> bool:
    """Whether a web page says that a ServiceNow developer instance hibernates."""
    return b"hibernat" in body[:_LOOKED_AT_BYTES].lower()
