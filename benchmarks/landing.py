"""How fast a source lands: 200,000 incidents of 25 fields over HTTP, a first load and 5,000 changed.

Against dlt's merge (as it comes, and with its faster file format: keys with ``csv``) and against the bare limit (download, typed decode, COPY, one
MERGE), in one run, on one PostgreSQL with the settings `make up` uses. Each run is a process of its own; the desk's pages are
rendered beforehand and served by another. Prints a table; the last line is JSON.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

PARTS = Path(__file__).parent / "landing_parts"
SAMPLE = Path(__file__).parent.parent / "include" / "schoolward" / "sample"
ROUNDS = 3
"""Runs of each quick contender; the median counts, the rounds of contenders alternate. dlt runs once a format."""

Run = dict[str, Any]


@contextlib.contextmanager
def help_desk(folder: Path) -> Iterator[str]:
    """The made-up desk in a process of its own; gives its address."""
    ready = folder / "desk.port"
    process = subprocess.Popen([sys.executable, str(PARTS / "desk.py"), str(ready)])
    try:
        while not ready.exists():
            if process.poll() is not None:
                raise SystemExit(f"The made-up help desk ended with exit code {process.returncode}.")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{ready.read_text()}"
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def warehouse(folder: Path) -> Iterator[None]:
    """An embedded PostgreSQL of this run's own, made ready as `make up` does."""
    os.environ["SCHOOLWARD_HOME"] = str(folder / "home")
    os.environ["DLT_PIPELINES"] = str(folder / "dlt")
    os.environ.pop("SCHOOLWARD_WAREHOUSE_URL", None)
    from schoolward.district import load_district
    from schoolward.platform import embedded
    from schoolward.warehouse.setup import prepare

    shutil.copy(SAMPLE / "lakeside.toml", folder)
    (folder / "lakeside_crosswalk.csv").write_text("school_id,system,kind,alias\n")
    embedded.start(say=lambda sentence: print(sentence, file=sys.stderr))
    try:
        prepare(load_district(folder / "lakeside.toml"))
        yield
    finally:
        embedded.stop()


def fresh_tables() -> None:
    """Empty tables for Schoolward and for the limit."""
    sys.path.insert(0, str(PARTS.parent.parent))
    from benchmarks.landing_parts.contenders import LIMIT_TABLE, STREAM

    from schoolward.ingest.raw_table import ddl, qualified
    from schoolward.warehouse.connection import url

    columns = ", ".join(f"{c.name} {c.sql_type}" for c in STREAM.columns)
    with psycopg.connect(url("owner")) as owner:
        owner.execute(f"drop table if exists {qualified(STREAM)}, {LIMIT_TABLE}".encode())
        owner.execute("delete from ops.watermark")
        owner.execute(ddl(STREAM).encode())
        owner.execute(f"create table {LIMIT_TABLE} ({columns}, primary key (sys_id))".encode())
        owner.execute(f"grant all on {LIMIT_TABLE} to schoolward_loader".encode())


def measured(contender: str, name: str, address: str) -> Run:
    """One run of one contender, in its own process."""
    done = subprocess.run(
        [sys.executable, str(PARTS / "contenders.py"), contender, name, address], capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{contender} failed on {name}:\n{done.stderr[-3000:]}")
    run: Run = json.loads(done.stdout.splitlines()[-1])
    print(f"  {contender:<12} {name:<8} {run['rows']:>8,} rows {run['seconds']:8.2f} s", file=sys.stderr)
    return run


def median(runs: list[Run]) -> Run:
    """The run with the median time."""
    return sorted(runs, key=lambda run: run["seconds"])[len(runs) // 2]


def all_runs(address: str) -> dict[tuple[str, str], Run]:
    """Every contender on every set, the median where there are rounds."""
    rounds: dict[tuple[str, str], list[Run]] = {}

    def add(contender: str, name: str) -> None:
        rounds.setdefault((contender, name), []).append(measured(contender, name, address))

    for _ in range(ROUNDS):
        fresh_tables()
        add("schoolward", "quarter")
        fresh_tables()
        add("limit", "first")
        add("limit", "changed")
        add("schoolward", "first")
        add("schoolward", "changed")
    for contender in ("dlt", "dlt-csv"):
        add(contender, "first")
        add(contender, "changed")
    return {key: median(runs) for key, runs in rounds.items()}


def report(runs: dict[tuple[str, str], Run]) -> dict[str, float]:
    """Print the table; give the figures."""
    table = Table(title=f"Landing incidents of 25 fields (median of {ROUNDS}; dlt once)")
    for heading in ("contender", "set", "rows", "seconds", "rows/s", "client CPU s", "peak MiB", "of which imports"):
        table.add_column(heading, justify="left" if heading in ("contender", "set") else "right")
    for (contender, name), run in sorted(
        runs.items(), key=lambda item: (item[0][1] != "first", item[0][1], item[1]["seconds"])
    ):
        table.add_row(
            contender, name, f"{run['rows']:,}", f"{run['seconds']:.2f}", f"{run['rows'] / run['seconds']:,.0f}",
            f"{run['cpu_seconds']:.2f}", f"{run['peak_mib']:.0f}", f"{run['baseline_mib']:.0f}",
        )  # fmt: skip
    Console(width=110).print(table)

    def seconds(contender: str, name: str) -> float:
        return float(runs[contender, name]["seconds"])

    return {
        "first_rows_per_s": round(200_000 / seconds("schoolward", "first")),
        "first_dlt_ratio": round(seconds("dlt", "first") / seconds("schoolward", "first"), 2),
        "first_limit_ratio": round(seconds("limit", "first") / seconds("schoolward", "first"), 3),
        "changed_rows_per_s": round(5_000 / seconds("schoolward", "changed")),
        "changed_dlt_ratio": round(seconds("dlt", "changed") / seconds("schoolward", "changed"), 2),
        "peak_mib_50k": round(runs["schoolward", "quarter"]["peak_mib"], 1),
        "peak_mib_200k": round(runs["schoolward", "first"]["peak_mib"], 1),
        "first_dlt_csv_ratio": round(seconds("dlt-csv", "first") / seconds("schoolward", "first"), 2),
        "changed_dlt_csv_ratio": round(seconds("dlt-csv", "changed") / seconds("schoolward", "changed"), 2),
        "changed_limit_ratio": round(seconds("limit", "changed") / seconds("schoolward", "changed"), 3),
    }


def main() -> None:
    """Run everything in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="schoolward-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the server may run as another user
        with help_desk(folder) as address, warehouse(folder):
            figures = report(all_runs(address))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
