"""`oaihub takedown`: an item is hidden for good, or shown again."""

import click

from harvester.store.works.naming import FORMS, find_work
from harvester.store.works.takedowns import Takedown, list_takedowns, take_down, told, undo_takedown
from workers.commands.acting import actor
from workers.commands.indexing import index_changes
from workers.commands.naming import named
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json, print_table
from workers.errors import UsageError
from workers.words import utc


@click.command(epilog=f"ITEM is {FORMS} (in quotes).")
@click.argument("item", metavar="ITEM|list")
@click.option("--reason", default="", help="Why; needed to take an item down.")
@click.option("--public-reason", is_flag=True, help="Tell readers the reason, too.")
@click.option("--undo", is_flag=True, help="Show the item again.")
@click.option("--all", "also_undone", is_flag=True, help="With list: those that were taken back, too.")
@json_option
def takedown(*, item: str, reason: str, public_reason: bool, undo: bool, also_undone: bool, as_json: bool) -> None:
    """Hide an item for good, with all parts of its work, through every later harvest, replay, edit and rebuild.

    Readers are answered 410, harvesters of this hub are told that it is deleted. Records, pages and edits are kept.
    """
    if item == "list":
        _list(also_undone=also_undone, as_json=as_json)
        return
    if not undo and not reason.strip():
        raise UsageError("say why with --reason: those who ask later will want to know")
    with opened_tools() as tools:
        item_id = named(lambda: find_work(tools.store, item))
        now = tools.store.now()
        if undo:
            done = undo_takedown(tools.store, item_id, actor=actor(), reason=reason, now=now)
        else:
            done = [take_down(tools.store, item_id, actor=actor(), reason=reason, public=public_reason, now=now)]
        index_changes(tools)
    if as_json:
        print_json(done)
    for one in () if as_json else done:
        click.echo(plain(f"taken back: {told(one)}" if undo else told(one)))


def _list(*, also_undone: bool, as_json: bool) -> None:
    with opened_tools() as tools:
        found = list_takedowns(tools.store, also_revoked=also_undone)
    if as_json:
        print_json(found)
        return
    columns = ("item", "parts", "reason", "told readers", "by", "at", "taken back")
    print_table(columns, [_row(one) for one in found], right=("parts",))
    if not found:
        click.echo("nothing is taken down")


def _row(one: Takedown) -> tuple[object, ...]:
    is_told = "yes" if one.public else ""
    return one.item, len(one.parts), one.reason, is_told, one.actor, utc(one.at), utc(one.revoked or None)
