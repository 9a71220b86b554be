"""Access tokens that the processes of one home share: some vendors refuse a client that has too many alive at once."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec


class SharedToken(msgspec.Struct):
    """A token, if there is one, and until when it may be used (seconds since the epoch)."""

    token: str | None = None
    good_until: float = 0.0

    def keep(self, token: str, good_until: float) -> None:
        self.token, self.good_until = token, good_until


class SharedTokens:
    """Tokens in a folder that its owner alone may read, a file for each client of each host."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def entry(self, where: str, client_id: str, secret: str) -> Iterator[SharedToken]:
        """The token of a client, held alone until the block ends; what the block keeps is there for others.

        The file's name is a digest, in which a changed secret makes another name: a token got with the old one is not used on.
        """
        name = hashlib.sha256("\0".join((where, client_id, secret)).encode()).hexdigest()[:32]
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            before = file.read()
            entry = _read(before)
            yield entry
            after = msgspec.json.encode(entry)
            if after != before:
                file.seek(0)
                file.write(after)
                file.truncate()


def _read(text: bytes) -> SharedToken:
    try:
        return msgspec.json.decode(text, type=SharedToken)
    except msgspec.DecodeError:
        return SharedToken()
