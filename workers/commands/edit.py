"""`oaihub edit`: what people know better than the sources of an item."""

import time

import click

from harvester.store.edits import list_edits, put_edits, undo_edits
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table, utc
from workers.errors import UsageError


@click.command()
@click.argument("item_id", metavar="ITEM")
@click.argument("changes", nargs=-1, metavar="[PROPERTY=VALUE]...")
@click.option("--author", default="operator", show_default=True, help="Who says so.")
@click.option("--reason", default="", help="Why.")
@click.option("--undo", is_flag=True, help="Take the newest edit back, or that of each PROPERTY.")
@json_option
def edit(*, item_id: str, changes: tuple[str, ...], author: str, reason: str, undo: bool, as_json: bool) -> None:
    """Edit an item: PROPERTY=VALUE, several times for several values, PROPERTY= to clear it; without any, list edits.

    An edit wins over all sources, and stays through every harvest and replay until it is taken back.
    """
    with opened_tools() as tools:
        if undo:
            undone = undo_edits(tools.store, item_id, _properties(changes), now=time.time())
            click.echo(f"taken back: {', '.join(undone)}", err=as_json)
        elif changes:
            put_edits(tools.store, item_id, _read(changes), author=author, reason=reason, now=time.time())
        rows = list_edits(tools.store, item_id)
    if as_json:
        print_json(rows)
        return
    print_table(
        ("property", "values", "author", "reason", "at", "taken back"),
        [
            (
                *(row["property"], "; ".join(row["said"]), row["author"], row["reason"]),
                *(utc(row["at"]), utc(row["revoked"] or None)),
            )
            for row in rows
        ],
    )


def _read(changes: tuple[str, ...]) -> dict[str, list[str]]:
    """Give the values of each property, in their order."""
    found: dict[str, list[str]] = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"{change!r}: write PROPERTY=VALUE, or PROPERTY= to clear it")
        found.setdefault(name.strip(), []).append(value)
    return found


def _properties(changes: tuple[str, ...]) -> list[str]:
    if any("=" in change for change in changes):
        raise UsageError("--undo takes properties only, without a value")
    return list(changes)
