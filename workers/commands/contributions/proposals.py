"""`oaihub proposals`: what others propose for items, decided at the command line."""

from typing import Final

import click

from harvester.store.contributions.deciding import Decision, decide, undo_decision
from harvester.store.contributions.errors import ContributionError
from harvester.store.contributions.proposals import OPEN, Proposal, change_of, get_proposal, list_proposals
from harvester.store.items import get_item
from harvester.store.works.naming import FORMS, find_work
from harvester.works.proposing import find_conflict
from search_api.contributions.letters import to_author
from workers.commands.acting import actor
from workers.commands.contributions.opened import house_of
from workers.commands.describing import title_of
from workers.commands.indexing import index_changes
from workers.commands.naming import named
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table
from workers.errors import UsageError
from workers.tools import Tools
from workers.words import utc

COLUMNS: Final = ("id", "item", "author", "properties", "state", "handed in", "reviewer")
VALUE_COLUMNS: Final = ("value", "property", "now", "proposed", "state", "remark")
REMARKS: Final = {
    "gone": "the item does not have the old value any more",
    "taken": "the item has another value meanwhile, which this would replace",
    "there": "the item says this already",
}


@click.group()
def proposals() -> None:
    """What others propose to change in items; what is accepted wins over all sources and stays."""


@proposals.command("list", epilog=f"ITEM is {FORMS} (in quotes).")
@click.option(
    "--state",
    type=click.Choice(("submitted", "decided", "withdrawn", "all")),
    default="submitted",
    show_default=True,
    help="Those that wait, are decided, or were taken back.",
)
@click.option("--item", metavar="ITEM", help="Only those for this item.")
@click.option("--before", type=int, metavar="ID", help="Only those before this one: the next page of a long list.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many.")
@json_option
def list_(*, state: str, item: str | None, before: int | None, limit: int, as_json: bool) -> None:
    """List proposals, the newest first."""
    with opened_tools() as tools:
        item_id = named(lambda: find_work(tools.store, item)) if item else None
        asked = None if state == "all" else state
        found = list_proposals(tools.store, state=asked, item_id=item_id, before=before, limit=limit)
    if as_json:
        print_json({"proposals": found})
        return
    rows = [
        (
            *(str(one.id), one.item, one.author, " ".join(dict.fromkeys(value.property for value in one.values))),
            *(one.state, utc(one.submitted or None), one.reviewer),
        )
        for one in found
    ]
    print_table(COLUMNS, rows, right=("id",))


@proposals.command()
@click.argument("number", metavar="ID", type=int)
@json_option
def show(*, number: int, as_json: bool) -> None:
    """Show a proposal: each value as it was and is to be, and what does not fit any more."""
    with opened_tools() as tools:
        _print(tools, _existing(tools, number), as_json=as_json)


@proposals.command("decide")
@click.argument("number", metavar="ID", type=int)
@click.option("--accept", multiple=True, metavar="VALUE", help="A value to accept, as `show` numbers it, or `all`.")
@click.option("--reject", multiple=True, metavar="VALUE", help="A value to reject, or `all`.")
@click.option("--note", default="", help="To the author.")
@json_option
def decide_(*, number: int, accept: tuple[str, ...], reject: tuple[str, ...], note: str, as_json: bool) -> None:
    """Accept or reject values; `all` are those that are open and not named otherwise."""
    with opened_tools() as tools:
        found = _existing(tools, number)
        chosen = _chosen(found, accept, reject, note)
        item = get_item(tools.store, found.item)
        letter = to_author(house_of(tools), title_of(item) if item else found.item)
        after = decide(tools.store, number, chosen, actor=actor(), letter=letter, now=tools.store.now())
        if chosen.accept:
            index_changes(tools)
        _print(tools, after, as_json=as_json)


@proposals.command()
@click.argument("number", metavar="ID", type=int)
@json_option
def undo(*, number: int, as_json: bool) -> None:
    """Take back all that was accepted of a proposal."""
    with opened_tools() as tools:
        after = undo_decision(tools.store, number, actor=actor(), now=tools.store.now())
        index_changes(tools)
        _print(tools, after, as_json=as_json)


def _existing(tools: Tools, number: int) -> Proposal:
    found = get_proposal(tools.store, number)
    if found is None or found.state == "draft":
        raise ContributionError(
            "no_proposal", f"there is no proposal {number}; `oaihub proposals list` shows those that are"
        )
    return found


def _chosen(found: Proposal, accept: tuple[str, ...], reject: tuple[str, ...], note: str) -> Decision:
    accepted, rejected = _numbers(accept), _numbers(reject)
    standing = frozenset(value.id for value in found.values if value.state == OPEN)
    if "all" in accept and "all" in reject:
        raise UsageError("all values cannot be accepted and rejected: give `all` once")
    if "all" in accept:
        accepted |= standing - rejected
    if "all" in reject:
        rejected |= standing - accepted
    return Decision(accept=accepted, reject=rejected, note=note)


def _numbers(given: tuple[str, ...]) -> frozenset[int]:
    wrong = next((text for text in given if text != "all" and not (text.isascii() and text.isdigit())), None)
    if wrong is not None:
        raise UsageError(f"{wrong!r} is no value: give its number, as `oaihub proposals show` has it, or all")
    return frozenset(int(text) for text in given if text != "all")


def _print(tools: Tools, proposal: Proposal, *, as_json: bool) -> None:
    if as_json:
        print_json(proposal)
        return
    item = get_item(tools.store, proposal.item)
    conflicts = {
        value.id: find_conflict(item, change_of(value)) if item and value.state == OPEN else None
        for value in proposal.values
    }
    facts = [
        ("item", proposal.item),
        ("author", proposal.author),
        ("state", proposal.state),
        ("handed in", utc(proposal.submitted or None)),
        ("reviewer", proposal.reviewer),
        ("message", proposal.message),
        ("note", proposal.note),
    ]
    print_table(("", ""), [fact for fact in facts if fact[1]])
    rows = [
        (
            *(str(value.id), value.property, value.original or "", value.proposed or ""),
            *(value.state, REMARKS.get(conflicts[value.id] or "", "")),
        )
        for value in proposal.values
    ]
    print_table(VALUE_COLUMNS, rows, right=("value",))
