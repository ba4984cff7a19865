"""`oaihub comments`: list, show and decide on what readers have written."""

from collections.abc import Callable
from typing import Final, TypeVar

import click

from harvester.errors import cut
from harvester.store.comments.comment import Case
from harvester.store.comments.letters import Letters
from harvester.store.comments.moderating import (
    QUEUES,
    Choice,
    Decision,
    Queue,
    count_cases,
    decide,
    get_case,
    list_cases,
    list_events,
)
from search_api.comments.letters import House, letters_of
from search_api.comments.shown import ShownCases, ShownDecided, ShownHistory, show_case
from search_api.hub_settings import KeptSettings
from search_api.settings import check_secret
from workers.commands.acting import actor
from workers.commands.failing import DONE, FAILED
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json, print_table
from workers.commands.serve import search_settings
from workers.errors import UsageError
from workers.tools import Tools
from workers.words import utc

FunctionT = TypeVar("FunctionT", bound=Callable[..., object])

COLUMNS: Final = ("id", "state", "item", "name", "at", "reports", "comment")


@click.group()
def comments() -> None:
    """What readers have written on items. Subscribers of an item are told by mail of what is approved."""


def deciding(command: FunctionT) -> FunctionT:
    """Give a command what says which comments are decided on, and why."""
    numbers = click.argument("numbers", metavar="ID...", nargs=-1, required=True, type=click.IntRange(1, 2**63 - 1))
    note = click.option("--note", default="", help="Why; it stands in the history, and the writer does not see it.")
    return numbers(note(json_option(command)))


@comments.command("list")
@click.option("--state", type=click.Choice(QUEUES), default="waiting", show_default=True, help="Which comments.")
@click.option("--before", type=int, metavar="ID", help="Only those before this one: the next page of a long list.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many.")
@json_option
def list_them(*, state: Queue, before: int | None, limit: int, as_json: bool) -> None:
    """List comments, the newest first: those that wait, or others by --state."""
    with opened_tools() as tools:
        found = list_cases(tools.store, state, limit=limit + 1, before=before)
        counts = count_cases(tools.store)
    older = found[limit - 1].comment.id if len(found) > limit else None
    if as_json:
        print_json(ShownCases(counts, [show_case(case) for case in found[:limit]], older))
        return
    _print(found[:limit])
    click.echo(
        f"in all: {counts.waiting:,} wait, {counts.flagged:,} were reported, {counts.spam:,} are spam, "
        f"{counts.deleted:,} are deleted"
    )
    if older is not None:
        click.echo(f"there are more: --before {older}")


@comments.command()
@click.argument("number", metavar="ID", type=click.IntRange(1, 2**63 - 1))
@json_option
def show(*, number: int, as_json: bool) -> None:
    """Show one comment, who wrote it, and all that was done to it."""
    with opened_tools() as tools:
        case = get_case(tools.store, number)
        events = list_events(tools.store, number)
    if case is None:
        raise UsageError(f"there is no comment {number}; `oaihub comments list` shows those that wait")
    if as_json:
        print_json(ShownHistory(show_case(case), events))
        return
    one = case.comment
    facts = (
        *(("comment", str(one.id)), ("state", one.state), ("item", one.item), ("name", one.name), ("mail", case.mail)),
        *(("answers", str(one.parent or "")), ("written", utc(one.created)), ("reports", str(case.flags or ""))),
        ("browser", case.agent),
    )
    print_table(("", ""), [fact for fact in facts if fact[1]])
    click.echo(f"\n{plain(one.body)}\n")
    rows = [(utc(one.at), one.actor, one.action, one.state, one.note, cut(one.body)) for one in events]
    print_table(("at", "actor", "action", "state before", "note", "text before"), rows)


@comments.command()
@deciding
def approve(*, numbers: tuple[int, ...], note: str, as_json: bool) -> int:
    """Have readers see comments; of one that was reported this ends the reports."""
    return _decide("approve", numbers, note, as_json=as_json)


@comments.command()
@deciding
def spam(*, numbers: tuple[int, ...], note: str, as_json: bool) -> int:
    """Put comments aside as spam."""
    return _decide("spam", numbers, note, as_json=as_json)


@comments.command()
@deciding
def delete(*, numbers: tuple[int, ...], note: str, as_json: bool) -> int:
    """Hide comments; they are kept, and `restore` shows them again."""
    return _decide("delete", numbers, note, as_json=as_json)


@comments.command()
@deciding
def restore(*, numbers: tuple[int, ...], note: str, as_json: bool) -> int:
    """Give deleted comments the state that they had before."""
    return _decide("restore", numbers, note, as_json=as_json)


def _decide(decision: Decision, numbers: tuple[int, ...], note: str, *, as_json: bool) -> int:
    with opened_tools() as tools:
        chosen = [Choice(number) for number in dict.fromkeys(numbers)]
        asked = {"actor": actor(), "note": note}
        decided = decide(tools.store, decision, chosen, **asked, letters=_letters(tools), now=tools.store.now())
    if as_json:
        print_json(ShownDecided([show_case(case) for case in decided.done], decided.left))
    else:
        for case in decided.done:
            click.echo(f"comment {case.comment.id} is {case.comment.state}")
        for reason in decided.left.values():
            click.echo(plain(f"{reason}: nothing was done"), err=True)
    return FAILED if decided.left else DONE


def _letters(tools: Tools) -> Letters:
    settings = search_settings(tools)
    hub = KeptSettings(tools.store, settings.hub_name)()
    return letters_of(House(hub, settings.public_url.rstrip("/"), check_secret(settings)))


def _print(found: list[Case]) -> None:
    rows = [
        (
            *(case.comment.id, case.comment.state, case.comment.item, case.comment.name, utc(case.comment.created)),
            *(case.flags or None, cut(" ".join(case.comment.body.split()))),
        )
        for case in found
    ]
    print_table(COLUMNS, rows, right=("id", "reports"))
