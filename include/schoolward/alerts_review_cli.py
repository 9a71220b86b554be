"""``schoolward alerts review`` and ``schoolward alerts effects``: what is learnt from alerts, for a person at a terminal."""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table


def review(
    quarter: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Any day of a quarter; the newest one reviewed by default."),
    ] = None,
) -> None:
    """Show how each rule fared in a quarter, and which are proposed for retirement."""
    from schoolward.alerts.review import reviewed

    rules = reviewed(quarter.date() if quarter else None)
    table = Table(
        "rule", "told", "taken on", "acted on", "dismissed", "disputed", "recovered", "held", "proposal", "why"
    )
    for rule in rules:
        table.add_row(
            rule.rule_id, str(rule.n_fired), str(rule.n_answered), str(rule.n_acted_on), rule.dismissal_reasons or "0",
            str(rule.n_disputed), str(rule.n_recovered), f"{rule.n_held} of {rule.n_tried}",
            rule.proposal.replace("_", " "), rule.proposal_text,
        )  # fmt: skip
    typer.echo(f"Quarter that began on {rules[0].quarter_start_on}")
    Console().print(table)


def effects() -> None:
    """Show what followed when somebody acted on an alert, beside schools for which nobody did."""
    from schoolward.alerts.review import effects as read

    found = read()
    if not found:
        typer.echo("Nobody has acted on an alert yet. `schoolward alerts list` shows what is open.")
        return
    table = Table("acted on", "finding", "what was measured")
    for effect in found:
        table.add_row(str(effect.answered_on), effect.status.replace("_", " "), effect.effect_text)
    Console().print(table)
