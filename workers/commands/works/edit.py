"""`oaihub edit`: what people know better than the sources of an item."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from harvester.store.items import get_item
from harvester.store.works.edits import list_edits, put_edits, undo_edits
from harvester.store.works.naming import FORMS, find_work
from workers.commands.describing import values_of
from workers.commands.indexing import index_changes
from workers.commands.naming import named
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table
from workers.errors import UsageError
from workers.tools import Tools
from workers.words import utc


@click.command(epilog=f"ITEM is {FORMS} (in quotes).")
@click.argument("item", metavar="ITEM")
@click.argument("changes", nargs=-1, metavar="[PROPERTY=VALUE]...")
@click.option("--author", default="operator", show_default=True, help="Who says so.")
@click.option("--reason", default="", help="Why.")
@click.option("--undo", is_flag=True, help="Take the newest edit back, or that of each PROPERTY.")
@json_option
def edit(*, item: str, changes: tuple[str, ...], author: str, reason: str, undo: bool, as_json: bool) -> None:
    """Edit an item: PROPERTY=VALUE, several times for several values, PROPERTY= to clear it; without any, list edits.

    An edit wins over all sources, and stays through every harvest and replay until it is taken back.
    """
    with opened_tools() as tools:
        item_id = item if get_item(tools.store, item) else named(lambda: find_work(tools.store, item))
        edited: Sequence[str] = ()
        if undo:
            edited = undo_edits(tools.store, item_id, _properties(changes), now=tools.store.now())
            click.echo(f"taken back: {', '.join(edited)}", err=as_json)
        elif changes:
            said = _read(changes)
            put_edits(tools.store, item_id, said, author=author, reason=reason, now=tools.store.now())
            edited = tuple(said)
        if edited:
            index_changes(tools)
        rows = list_edits(tools.store, item_id)
        now = _now(tools, item_id) if edited else {}
    if as_json:
        print_json(rows)
    elif edited:
        _print_values(edited, now)
    else:
        _print_edits(rows)


def _now(tools: Tools, item_id: str) -> Mapping[str, Sequence[str]]:
    """Give the values of all properties that the item has now."""
    item = get_item(tools.store, item_id)
    lead = get_item(tools.store, item.merged_into) if item and item.merged_into else item
    return values_of(lead) if lead else {}


def _print_values(names: Iterable[str], now: Mapping[str, Sequence[str]]) -> None:
    """Print what properties are now, as they were understood."""
    rows = [
        (name if place == 0 else "", value)
        for name in dict.fromkeys(names)
        for place, value in enumerate(now.get(name, ("(nothing)",)))
    ]
    print_table(("property", "is now"), rows)


def _print_edits(rows: Sequence[Mapping[str, Any]]) -> None:
    print_table(
        ("property", "values", "author", "reason", "at", "taken back"),
        [
            (
                *(row["property"], "; ".join(row["said"]) or "(cleared)", row["author"], row["reason"]),
                *(utc(row["at"]), utc(row["revoked"] or None)),
            )
            for row in rows
        ],
    )
    if not rows:
        click.echo("no edits: PROPERTY=VALUE makes one")


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
