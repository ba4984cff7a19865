"""`oaihub audit`: who did what."""

from typing import Final

import click

from harvester.store.operating.audit import list_audit
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table
from workers.words import utc

COLUMNS: Final = ("at", "actor", "action", "object", "details")


@click.command()
@click.option("--object", "what", help="Only what was done to this, such as user:NAME or endpoint:KEY.")
@click.option("--actor", help="Only what was done by this one.")
@click.option("--before", type=int, metavar="ID", help="Only entries before this one: the next page of a long list.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many entries.")
@json_option
def audit(*, what: str | None, actor: str | None, before: int | None, limit: int, as_json: bool) -> None:
    """Show who did what, the newest first."""
    with opened_tools() as tools:
        found = list_audit(tools.store, object=what, actor=actor, before=before, limit=limit)
    if as_json:
        print_json({"audit": found})
        return
    rows = [
        (
            *(utc(entry.at), entry.actor, entry.action, entry.object),
            ", ".join(f"{name}={value}" for name, value in entry.details.items()),
        )
        for entry in found
    ]
    print_table(COLUMNS, rows)
