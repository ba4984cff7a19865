"""`oaihub rejected`: records that could not be used, with their reasons."""

import click
import msgspec

from harvester.store.ledger.rejected import Rejected, count_rejected, list_rejected
from harvester.store.ledger.runs import get_run
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table
from workers.errors import UsageError


@click.group()
def rejected() -> None:
    """Look at the records that were set aside."""


@rejected.command("list")
@click.option("--run", type=int, help="Only of this run.")
@click.option("--cause", help="Only with this cause.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@json_option
def list_them(run: int | None, cause: str | None, limit: int, as_json: bool) -> None:
    """List the records that were set aside, newest first; `--json` gives their XML, too."""
    with opened_tools() as tools:
        if run is not None and get_run(tools.store, run) is None:
            raise UsageError(f"there is no run {run}: `oaihub runs` lists them")
        rows = list_rejected(tools.store, run=run, cause=cause, limit=limit)
        causes = count_rejected(tools.store)
    if as_json:
        print_json({"causes": causes, "rejected": [_with_text(row) for row in rows]})
        return
    print_table(
        ("run", "page", "record", "identifier", "cause", "reason"),
        [(row.run, row.number, row.position, row.identifier, row.cause, row.reason) for row in rows],
        right=("run", "page", "record"),
    )
    click.echo("in all: " + (", ".join(f"{count:,} {cause}" for cause, count in causes.items()) or "none"))


def _with_text(row: Rejected) -> dict[str, object]:
    """Give the row with its bytes as text; what is not UTF-8 in them is replaced."""
    return {**msgspec.structs.asdict(row), "raw": row.raw.decode(errors="replace")}
