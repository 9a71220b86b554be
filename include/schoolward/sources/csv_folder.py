"""Where dropped files lie: a folder of this machine, or one behind a web server with nginx's JSON listing."""

import io
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO
from urllib.parse import quote

import msgspec

from schoolward.connections import Connection
from schoolward.errors import SourceError
from schoolward.ingest.http import Client, StatusError
from schoolward.ingest.sign_in import Basic


@dataclass(frozen=True, slots=True)
class DroppedFile:
    """A file as the listing shows it; size in bytes, time in UTC."""

    name: str
    size: int | None
    modified_at: datetime | None


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a folder, and when it was looked at by its own clock."""

    files: tuple[DroppedFile, ...]
    at: datetime


class Folder(ABC):
    """A folder of dropped files."""

    @abstractmethod
    def listing(self) -> Listing:
        """The files that lie there now.

        Raises:
            SourceError: when the folder cannot be read.
        """

    @abstractmethod
    @contextmanager
    def opened(self, file: DroppedFile) -> Iterator[IO[bytes]]:
        """The file's bytes; on leaving, it is checked that it is still the file that was listed.

        Raises:
            SourceError: when it cannot be read, or has changed since it was listed.
        """

    def close(self) -> None:  # noqa: B027 - a local folder has nothing to close
        """Release pooled connections."""


class LocalFolder(Folder):
    """A folder of this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def listing(self) -> Listing:
        try:
            found = [self._entry(path) for path in self._path.iterdir() if path.is_file()]
        except OSError as error:
            raise SourceError(
                f"The folder {self._path} cannot be read ({error.strerror}). Correct the connection or the option folder."
            ) from None
        return Listing(tuple(found), datetime.now(UTC))

    @contextmanager
    def opened(self, file: DroppedFile) -> Iterator[IO[bytes]]:
        path = self._path / file.name
        try:
            with path.open("rb") as body:
                yield body
            now = self._entry(path)
        except OSError as error:
            raise SourceError(
                f"{path} cannot be read ({error.strerror}). Give the service the right to read it."
            ) from None
        if now != file:
            raise _still_written(file.name)

    @staticmethod
    def _entry(path: Path) -> DroppedFile:
        stat = path.stat()
        return DroppedFile(path.name, stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))


class _Entry(msgspec.Struct):
    name: str
    type: str
    mtime: str | None = None
    size: int | None = None


class _Nobody:
    """No sign-in, for a server that wants none."""

    def headers(self, client: Client) -> dict[str, str]:
        return {}

    def renew(self) -> bool:
        return False

    def secrets(self) -> tuple[str, ...]:
        return ()


class HttpFolder(Folder):
    """A folder behind a web server that lists it as JSON (nginx: ``autoindex on; autoindex_format json``)."""

    def __init__(self, connection: Connection, folder: str) -> None:
        parts = [quote(part) for part in (connection.path + "/" + folder).split("/") if part]
        self._path = "".join(f"/{part}" for part in parts) + "/"
        self._client = Client(connection, Basic(connection) if connection.login else _Nobody())
        self._decoder = msgspec.json.Decoder(list[_Entry])

    def listing(self) -> Listing:
        answer = self._client.get(self._path, None, self._decoder.decode)
        files = tuple(
            DroppedFile(entry.name, entry.size, _http_date(entry.mtime))
            for entry in answer.value
            if entry.type == "file"
        )
        return Listing(files, answer.at)

    @contextmanager
    def opened(self, file: DroppedFile) -> Iterator[IO[bytes]]:
        try:
            body = self._client.get(self._path + quote(file.name), None, bytes, is_json=False).value
        except StatusError as error:
            if error.status == 404:
                raise SourceError(f"{file.name} was listed and is gone. Run it again.") from None
            raise
        if file.size is not None and len(body) != file.size:
            raise _still_written(file.name)
        yield io.BytesIO(body)

    def close(self) -> None:
        self._client.close()


def folder_of(connection: Connection, folder: str) -> Folder:
    """The folder below a connection's address; local for scheme ``file``."""
    if connection.scheme == "file":
        return LocalFolder(Path(connection.path) / folder)
    return HttpFolder(connection, folder)


def _still_written(name: str) -> SourceError:
    return SourceError(
        f"{name} changed while it was read: it is still being written. It lands next time; let the writer rename it into place."
    )


def _http_date(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except ValueError:
        return None
