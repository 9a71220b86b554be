"""``schoolward crosswalk …``: propose what unknown places may be, and take in what a person has accepted."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from schoolward.district import load_district

crosswalk_app = typer.Typer(no_args_is_help=True, help="Propose and accept names that other systems have for schools.")
out = Console(soft_wrap=True)

PROPOSALS = Path("crosswalk_proposals.csv")


@crosswalk_app.command("propose")
def propose(
    file: Annotated[Path, typer.Option(help="Where the proposals are written.")] = PROPOSALS,
) -> None:
    """Write a file of likely schools for the places that are no known school; review it, it changes nothing."""
    from schoolward import crosswalk_proposals as proposals

    found = proposals.propose()
    proposals.write(found, file)
    out.print(
        f"{len(found)} proposals in {file}. Put yes in the column accept where one is right, then run `schoolward crosswalk accept`.",
        markup=False,
    )


@crosswalk_app.command("accept")
def accept(
    file: Annotated[Path, typer.Option(help="The reviewed proposals.")] = PROPOSALS,
) -> None:
    """Append the accepted proposals to the district's crosswalk and make the warehouse know them."""
    from schoolward import crosswalk_proposals as proposals
    from schoolward.warehouse.setup import prepare

    district = load_district()
    n = proposals.accept(district, file)
    if n:
        prepare(load_district())
    out.print(f"{n} lines added to {district.crosswalk}. The next build uses them.", markup=False)
