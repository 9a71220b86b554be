"""``schoolward alerts …``: look at alerts and answer them."""

import getpass
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

alerts_app = typer.Typer(no_args_is_help=True, help="Look at alerts and answer them.")

Key = Annotated[str, typer.Argument(help="The alert's key, from `schoolward alerts list`.")]
Reason = Annotated[str, typer.Option(help="Why; a wrong one names those there are.")]
Actor = Annotated[
    str, typer.Option("--by", help="Who does it; the account's name by default.", default_factory=getpass.getuser)
]


@alerts_app.command("list")
def list_alerts(unit: Annotated[str | None, typer.Option(help="Only this service unit.")] = None) -> None:
    """Show what is open, most urgent first."""
    from schoolward.alerts.lifecycle import listing

    table = Table("key", "school", "unit", "owner", "state", "due", "since", "reason")
    for line in listing(unit_id=unit):
        state = line.state + (" (disputed)" if line.is_disputed else "")
        where = line.school_name or f"{line.n_schools} schools"
        table.add_row(
            line.alert_key, where, line.unit_name or "", line.owner_role, state, str(line.due_on), str(line.since_on or ""), line.reason
        )  # fmt: skip
    Console().print(table)


@alerts_app.command()
def show(key: Key) -> None:
    """Show everything about one alert: what was promised, the evidence, what it cannot see, and what was done."""
    from schoolward.alerts.account import lines
    from schoolward.alerts.lifecycle import account

    for line in lines(account(key)):
        typer.echo(line)


@alerts_app.command()
def acknowledge(key: Key, by: Actor) -> None:
    """Say that its owner has it; stops the escalation."""
    from schoolward.alerts import lifecycle

    _tell(key, lifecycle.acknowledge(key, by))


@alerts_app.command()
def act(key: Key, by: Actor) -> None:
    """Say that somebody works on the cause."""
    from schoolward.alerts import lifecycle

    _tell(key, lifecycle.act(key, by))


@alerts_app.command()
def snooze(key: Key, reason: Reason, until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])], by: Actor) -> None:
    """Let it rest until a day, for a reason."""
    from schoolward.alerts import lifecycle

    _tell(key, lifecycle.snooze(key, by, until.date(), reason))


@alerts_app.command()
def dismiss(key: Key, reason: Reason, by: Actor) -> None:
    """Close it for a reason; the same breach stays quiet until the data have recovered once."""
    from schoolward.alerts import lifecycle

    _tell(key, lifecycle.dismiss(key, by, reason))


@alerts_app.command()
def dispute(key: Key, reason: Reason, by: Actor) -> None:
    """Say that a record behind it is wrong; the alert stays and shows the doubt, and the data engineers are told."""
    from schoolward.alerts import lifecycle

    _tell(key, lifecycle.dispute(key, by, reason))


@alerts_app.command()
def answer(key: Key, reason: Reason, by: Actor) -> None:
    """Answer a question about a school that has gone quiet."""
    from schoolward.alerts import lifecycle

    _tell(key, lifecycle.answer(key, by, reason))


def _tell(key: str, state: str) -> None:
    typer.echo(f"{key} is now {state}.")
