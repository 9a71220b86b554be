"""One measured run, in a process of its own: ``contenders.py <contender> <set> <server url>`` prints one line of JSON.

The clock starts when everything is imported; the peak is the whole process's, imports included.
"""

import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import psycopg
import requests

from schoolward.connections import Connection
from schoolward.district import SourceConfig
from schoolward.ingest.copy_text import RowEncoder
from schoolward.ingest.decode import Decoder
from schoolward.ingest.http import Client
from schoolward.ingest.run import load
from schoolward.ingest.sign_in import Basic
from schoolward.sources.base import Page, Pull, Record, Source, Stream
from schoolward.warehouse.connection import connect, url


class Incident(Record, kw_only=True, frozen=True):
    """The 25 fields of the made-up help desk, typed as we land them."""

    sys_id: str
    number: str
    state: int
    priority: int | None
    urgency: int | None
    impact: int | None
    category: str | None
    subcategory: str | None
    contact_type: str | None
    caller_id: str | None
    opened_by: str | None
    opened_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    sys_created_on: datetime
    sys_updated_on: datetime
    sys_mod_count: int | None
    assignment_group: str | None
    assigned_to: str | None
    location: str | None
    reassignment_count: int | None
    reopen_count: int | None
    active: bool | None
    made_sla: bool | None
    close_code: str | None


class _Answer(msgspec.Struct):
    result: list[Incident]


STREAM = Stream("servicenow", "landing_benchmark", Incident, ("sys_id",), "Made-up incidents of the benchmark.")
LIMIT_TABLE = "raw_servicenow.landing_limit"
_DECODER = msgspec.json.Decoder(_Answer, strict=False)


def _decoded(body: bytes) -> list[Incident]:
    """Typed records of an answer; the vendor's ``""`` is null."""
    return _DECODER.decode(body.replace(b':""', b":null")).result


def _answers(address: str, name: str) -> Iterator[requests.Response]:
    with requests.Session() as session:
        session.trust_env = False
        number = 0
        while len((answer := session.get(f"{address}/{name}/{number}", timeout=60)).content) > 100:
            yield answer
            number += 1


class _DeskPull(Pull):
    """Pages as a source module asks for them: the product's HTTP client, its decoder with drift and rejects."""

    def __init__(self, client: Client, name: str) -> None:
        self._client, self._name = client, name
        self._decoder = Decoder(Incident, STREAM.key, "result", b"")

    def __iter__(self) -> Iterator[Page]:
        for number in itertools.count():
            answer = self._client.get(f"/{self._name}/{number}", None, self._decoder.decode)
            self.source_at, found = answer.at, answer.value
            if not found.rows:
                return
            self.cursor = {"sys_id": found.records[-1].sys_id}
            yield Page(
                found.records, len(found.rows), found.rejects, found.new_fields, found.vanished_fields, self.cursor
            )


class _Desk(Source):
    """The made-up help desk as a source, so that what is measured is the loader as every source meets it."""

    def streams(self) -> tuple[Stream, ...]:
        return (STREAM,)

    def pull(
        self,
        stream: Stream,
        *,
        cursor: Mapping[str, Any] | None = None,
        since: datetime | None = None,
        full: bool = False,
    ) -> Pull:
        return _DeskPull(Client(self.connection, Basic(self.connection)), self.config.options["set"])

    def check(self) -> Sequence[str]:
        return ()


def land_with_schoolward(address: str, name: str) -> int:
    """The product: history, fingerprints, watermark, books, chunks."""
    config = SourceConfig("bench", "servicenow", "none", "@daily", {"set": name}, 60)
    where = urlsplit(address)
    connection = Connection("bench", "http", where.hostname or "", where.port, "desk", "desk")
    desk = _Desk(None, config, connection, b"")  # type: ignore[arg-type]
    with connect("loader", autocommit=True) as warehouse:
        summary = load(warehouse, desk, STREAM, "incremental")
    return summary.n_changed_rows


def land_at_the_limit(address: str, name: str) -> int:
    """The least that could be done: download, typed decode, COPY, one MERGE over the key; no history, no books."""
    encoder, n_rows = RowEncoder(STREAM), 0
    names = [column.name for column in STREAM.columns]
    sets = ", ".join(f"{n} = s.{n}" for n in names)
    with connect("loader") as warehouse:
        warehouse.execute(f"create temporary table stage (like {LIMIT_TABLE}) on commit drop".encode())
        with warehouse.cursor() as cursor, cursor.copy("copy stage from stdin") as copy:
            for answer in _answers(address, name):
                columns = list(zip(*map(msgspec.structs.astuple, _decoded(answer.content)), strict=True))
                copy.write("".join(f"{line}\n" for line in map("\t".join, zip(*encoder.texts(columns), strict=True))))
                n_rows += len(columns[0])
        warehouse.execute(
            f"merge into {LIMIT_TABLE} as t using stage as s on t.sys_id = s.sys_id when matched then update set {sets} "
            f"when not matched then insert values ({', '.join(f's.{n}' for n in names)})".encode()
        )
    return n_rows


def dlt_contender(file_format: str | None) -> Callable[[str, str], int]:
    """dlt's merge by primary key with the same types; ``file_format`` None is its default for PostgreSQL."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
    import dlt
    from dlt.common.schema.typing import TColumnSchema

    kinds: dict[str, Any] = {"text": "text", "bigint": "bigint", "boolean": "bool", "timestamptz": "timestamp"}
    hints: dict[str, TColumnSchema] = {
        c.name: {"name": c.name, "data_type": kinds[c.sql_type], "nullable": c.name not in STREAM.key}
        for c in STREAM.columns
    }

    def land(address: str, name: str) -> int:
        n_rows = 0

        @dlt.resource(  # type: ignore[untyped-decorator]
            name="incident", primary_key="sys_id", write_disposition="merge", columns=hints
        )
        def incidents() -> Iterator[list[dict[str, str | None]]]:
            nonlocal n_rows
            for answer in _answers(address, name):
                rows = json.loads(answer.content.replace(b':""', b":null"))["result"]
                n_rows += len(rows)
                yield rows

        pipeline = dlt.pipeline(
            "landing",
            pipelines_dir=os.environ.get("DLT_PIPELINES", tempfile.gettempdir()),
            destination=dlt.destinations.postgres(url("owner")),
            dataset_name=f"dlt_{file_format or 'default'}",
        )
        extra = {"loader_file_format": file_format} if file_format else {}
        pipeline.run(incidents(), **extra).raise_on_failed_jobs()
        return n_rows

    return land


def _peak_mib() -> float:
    """The process's highest resident size so far; ``getrusage`` would count its parent's too."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def main(contender: str, name: str, address: str) -> None:
    """Run one contender on one set and print what it took."""
    with psycopg.connect(url("owner"), autocommit=True) as owner:
        owner.execute("checkpoint")
    if contender.startswith("dlt"):
        land = dlt_contender(contender.partition("-")[2] or None)
    else:
        land = {"schoolward": land_with_schoolward, "limit": land_at_the_limit}[contender]
    baseline_mib = _peak_mib()
    started, cpu = time.perf_counter(), time.process_time()
    started_at = datetime.now(UTC)
    n_rows = land(address, name)
    seconds = time.perf_counter() - started
    print(
        json.dumps(
            {
                "contender": contender,
                "set": name,
                "rows": n_rows,
                "seconds": seconds,
                "cpu_seconds": time.process_time() - cpu,
                "started_at": started_at.isoformat(),
                "baseline_mib": baseline_mib,
                "peak_mib": _peak_mib(),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
