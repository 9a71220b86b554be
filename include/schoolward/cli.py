"""``schoolward …``: what the DAGs do, for a person at a terminal."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from schoolward.alerts_cli import alerts_app
from schoolward.alerts_review_cli import effects, review
from schoolward.crosswalk_cli import crosswalk_app
from schoolward.district import load_district
from schoolward.errors import SchoolwardError
from schoolward.home import district_path

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Shows a district's central office whether it serves its schools.",
)
alerts_app.command()(review)
alerts_app.command()(effects)
app.add_typer(alerts_app, name="alerts")
app.add_typer(crosswalk_app, name="crosswalk")
out = Console(soft_wrap=True)

Since = Annotated[
    datetime | None, typer.Option(help="Ask again for everything changed since then (UTC unless it says).")
]


def main() -> None:
    """Run the command line; a mistake that a person can mend is one sentence and exit code 1."""
    try:
        app()
    except SchoolwardError as error:
        Console(stderr=True, soft_wrap=True).print(str(error), style="red", markup=False, highlight=False)
        sys.exit(1)


@app.command()
def doctor() -> None:
    """Check the district file, the warehouse, and every source's sign-in; tell what to mend."""
    from schoolward.doctor import examine

    healthy = True
    for finding in examine():
        healthy = healthy and finding.is_healthy
        out.print(f"{'ok  ' if finding.is_healthy else 'MEND'}  {finding.sentence}", markup=False, highlight=False)
    if not healthy:
        raise typer.Exit(1)


@app.command()
def init(
    registers: Annotated[
        Path | None, typer.Option(help="Only write the empty registers into this folder; files that are there stay.")
    ] = None,
) -> None:
    """Write a district file and empty registers to start from if there are none, and make the warehouse ready for them."""
    from schoolward.registers import write_templates
    from schoolward.warehouse.setup import prepare

    if registers is not None:
        written = write_templates(registers)
        out.print(
            f"Wrote {len(written)} empty registers to {registers}; docs/registers.md explains each.", markup=False
        )
        return
    path = district_path()
    if not path.exists():
        path.write_text((Path(__file__).parent / "district_template.toml").read_text())
        out.print(f"Wrote {path}. Describe your district in it, then run `schoolward init` again.", markup=False)
        write_templates(path.absolute().parent / "registers")
        out.print(
            f"Empty registers lie in {path.absolute().parent / 'registers'}; docs/registers.md explains each.",
            markup=False,
        )
        return
    prepare(load_district(path))
    out.print("The warehouse is ready for this district file.")


@app.command()
def ingest(
    source: str,
    stream: Annotated[str | None, typer.Option(help="Only this stream.")] = None,
    since: Since = None,
    full: Annotated[bool, typer.Option("--full", help="Everything, not only what changed.")] = False,
) -> None:
    """Pull a source into raw history."""
    from schoolward.ingest.run import ingest_stream

    district = load_district()
    since = since.replace(tzinfo=UTC) if since and since.tzinfo is None else since
    _each_stream(source, stream, lambda name: ingest_stream(district, source, name, since=since, full=full))


@app.command()
def reconcile(source: str, stream: Annotated[str | None, typer.Option(help="Only this stream.")] = None) -> None:
    """Sweep a source for deletions and for edits that did not move its cursor."""
    from schoolward.ingest.run import reconcile_stream

    district = load_district()
    _each_stream(source, stream, lambda name: reconcile_stream(district, source, name))


@app.command()
def transform(
    select: Annotated[str | None, typer.Option(help="A dbt selection; everything by default.")] = None,
    full_refresh: Annotated[bool, typer.Option("--full-refresh", help="Build incremental models anew.")] = False,
) -> None:
    """Build and test the models."""
    from schoolward.dbt_adapter import build

    out.print(str(build(select, full_refresh=full_refresh)), markup=False, highlight=False)


@app.command()
def alert() -> None:
    """Open, update and resolve alerts from the marts, and send what is due."""
    from schoolward import alerts

    district = load_district()
    out.print(str(alerts.evaluate(district)), markup=False, highlight=False)
    out.print(str(alerts.deliver(district)), markup=False, highlight=False)


@app.command()
def digest(
    week: Annotated[
        datetime | None, typer.Option(help="The week's Monday; the latest by default.", formats=["%Y-%m-%d"])
    ] = None,
) -> None:
    """Write the weekly digest, once per week and recipient, and send it."""
    from schoolward import alerts

    district = load_district()
    out.print(str(alerts.digest(district, week.date() if week else None)), markup=False, highlight=False)
    out.print(str(alerts.deliver(district)), markup=False, highlight=False)


@app.command()
def replay(
    as_of: Annotated[
        datetime,
        typer.Option(
            "--as-of",
            help="A day (its end, the district's time) or an instant.",
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"],
        ),
    ],
    role: Annotated[str | None, typer.Option(help="Only the digests of this role.")] = None,
    folder: Annotated[Path, typer.Option(help="Where the pages are written.")] = Path("replay"),
) -> None:
    """Tell the digest of a past week again, to the digit, whatever the sources say of it today."""
    from schoolward.alerts.replay import replay as tell_again

    district = load_district()
    is_day = (as_of.hour, as_of.minute) == (0, 0)
    until = (as_of + timedelta(days=1) if is_day else as_of).replace(tzinfo=district.timezone)
    for told in tell_again(district, until, role):
        page, _ = told.write(folder)
        out.print(f"{told} ({page})", markup=False, highlight=False)


@app.command()
def maintain() -> None:
    """Purge what may not be kept, apply retention, and vacuum."""
    from schoolward.ingest.run import maintain as run_maintain

    out.print(str(run_maintain(load_district())), markup=False, highlight=False)


@app.command()
def status() -> None:
    """Show each stream's last good load, what is late, and what waits in quarantine."""
    from schoolward.warehouse.books import stream_states

    table = Table("source", "stream", "data as of", "rows", "last load", "quarantined", "")
    for state in stream_states():
        table.add_row(
            state.source, state.stream, _when(state.source_at), f"{state.n_current:,}", _when(state.finished_at),
            str(state.n_quarantined or ""), "LATE" if state.is_late else (state.message or ""),
        )  # fmt: skip
    out.print(table)


@app.command("warehouse-url")
def warehouse_url(
    role: Annotated[str, typer.Option(help="reader (for BI), loader, transformer, alerter or owner.")] = "reader",
) -> None:
    """Print the libpq URL of a role, password included, for a BI tool or psql."""
    from schoolward.warehouse.connection import ROLES, url

    if role not in ROLES:
        raise SchoolwardError(f"There is no role {role!r}; use one of {', '.join(ROLES)}.")
    print(url(role))  # type: ignore[arg-type]


@app.command()
def up() -> None:
    """Start PostgreSQL and Airflow, and leave them running."""
    from schoolward.platform.up import up as start

    start()


@app.command()
def down() -> None:
    """Stop what `up` started."""
    from schoolward.platform.up import down as stop

    stop()


@app.command()
def demo(district: Annotated[str, typer.Option(help="lakeside or chicago.")] = "lakeside") -> None:
    """Run a sample district through everything, from its source systems to delivered alerts."""
    from schoolward.platform.demo import run

    run(district)


def _each_stream(source: str, stream: str | None, work: Callable[[str], object]) -> None:
    from schoolward.sources.base import open_source

    opened = open_source(load_district(), source)
    names = [stream] if stream else [s.name for s in opened.streams()]
    opened.close()
    n_failed = 0
    for name in names:
        try:
            out.print(str(work(name)), markup=False, highlight=False)
        except SchoolwardError as error:
            n_failed += 1
            out.print(str(error), style="red", markup=False, highlight=False)
    if n_failed:
        rest = "nothing has landed" if n_failed == len(names) else "the others have landed"
        raise SchoolwardError(f"{n_failed} of {len(names)} streams of {source} failed; {rest}.")


def _when(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "never"
