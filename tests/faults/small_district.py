"""A small district out of Lakeside's records: every kind of record, but a fraction of them, so that a pipeline takes seconds."""

import gzip
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

N_DELIVERIES = 4
"""Batches of files kept from before the first checkpoint; all up to the second are kept."""

_decode = msgspec.json.Decoder().decode


def _one_in(n: int, key: str) -> bool:
    return zlib.crc32(key.encode()) % n == 0


def _request_is_kept(sys_id: str) -> bool:
    return _one_in(60, sys_id)


KEPT: dict[str, Callable[[dict[str, Any]], bool]] = {
    "servicenow/incident": lambda record: _request_is_kept(record["sys_id"]),
    "servicenow/task_sla": lambda record: "task" not in record or _request_is_kept(record["task"]),
    "servicenow/sys_audit": lambda record: "documentkey" not in record or _request_is_kept(record["documentkey"]),
    "zendesk/tickets": lambda record: _request_is_kept(str(record["id"])),
    "zendesk/ticket_events": lambda record: _request_is_kept(str(record["ticket_id"])),
    "zendesk/ticket_metric_events": lambda record: _request_is_kept(str(record["ticket_id"])),
    "oneroster/enrollments": lambda record: _one_in(40, record["sourcedId"]),
    "oneroster/demographics": lambda record: _one_in(40, record["sourcedId"]),
    "oneroster/users": lambda record: not record["sourcedId"].startswith("lk-stu-") or _one_in(40, record["sourcedId"]),
}
"""Collection and whether a record of it is kept; every other collection is kept whole."""


def thin_out(lakeside: Path, folder: Path) -> None:
    """Write the small district's records folder from Lakeside's."""
    folder.mkdir(parents=True)
    for name in ("folder.json", "lakeside_crosswalk.csv"):
        shutil.copy(lakeside / name, folder / name)
    for collection in sorted(lakeside.glob("*/*.jsonl.gz")):
        name = f"{collection.parent.name}/{collection.name.removesuffix('.jsonl.gz')}"
        (folder / collection.parent.name).mkdir(exist_ok=True)
        if name not in KEPT:
            shutil.copy(collection, folder / collection.parent.name)
            continue
        with gzip.open(collection) as lines, gzip.open(folder / f"{name}.jsonl.gz", "wb", 1) as kept:
            kept.writelines(line for line in lines if KEPT[name](_decode(line)["record"]))
    first, second = (_stamp(at) for at in _decode((lakeside / "folder.json").read_bytes())["checkpoints"][:2])
    batches = sorted(path.name for path in (lakeside / "files").iterdir())
    before = [name for name in batches if name <= first][-N_DELIVERIES:]
    for batch in [*before, *(name for name in batches if first < name <= second)]:
        shutil.copytree(lakeside / "files" / batch, folder / "files" / batch)


def _stamp(instant: str) -> str:
    return instant.replace("-", "").replace(":", "")
