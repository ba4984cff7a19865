"""`oaihub dead`: what was given up, and what a person does about it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import click
import msgspec

from harvester.errors import cut
from harvester.store.ledger.dead import KINDS, Chosen, DeadLetter, Kind, count_dead, drop_dead, list_dead
from harvester.store.ledger.reviving import retry_dead
from workers.commands.acting import actor
from workers.commands.failing import DONE, FAILED
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json, print_table
from workers.errors import UsageError
from workers.words import span, utc

FunctionT = TypeVar("FunctionT", bound=Callable[..., object])


@click.group()
def dead() -> None:
    """What was given up: pages, documents that the index refuses, and DOIs. Records are under `oaihub rejected`."""


def choosing(command: FunctionT) -> FunctionT:
    """Give a command the options by which dead letters are chosen."""
    kind = click.option("--kind", type=click.Choice(KINDS), help="Only these.")
    endpoint = click.option("--endpoint", metavar="KEY", help="Only what is of this endpoint.")
    cause = click.option("--cause", metavar="TEXT", help="Only where the error has this text.")
    return kind(endpoint(cause(command)))


def deciding(command: FunctionT) -> FunctionT:
    """Give a command what says which dead letters are decided on, and why."""
    what = click.argument("what", metavar="[RUN/PAGE|ITEM|DOI]", required=False)
    everything = click.option("--all", "everything", is_flag=True, help="All that was given up.")
    reason = click.option("--reason", default="", help="Why, for the audit.")
    return what(choosing(everything(reason(json_option(command)))))


@dead.command("list")
@choosing
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="At most so many of each.")
@json_option
def list_them(*, kind: Kind | None, endpoint: str | None, cause: str | None, limit: int, as_json: bool) -> None:
    """List what was given up, the newest first, with its age, its error, and what a retry does."""
    with opened_tools() as tools:
        letters = list_dead(tools.store, Chosen(kind=kind, endpoint=endpoint, cause=cause), limit=limit)
        counts, now = count_dead(tools.store), tools.store.now()
    if as_json:
        print_json({"counts": counts, "dead": letters})
        return
    print_table(
        ("kind", "what", "endpoint", "since", "error", "a retry"),
        [
            (
                *(letter.kind, letter.key, letter.endpoint, span(now - letter.since), cut(letter.error)),
                letter.retry or f"is of no use: {letter.instead}",
            )
            for letter in letters
        ],
    )
    click.echo("in all: " + ", ".join(f"{count:,} {name}s" for name, count in counts.items()))


@dead.command()
@click.argument("what", metavar="RUN/PAGE|ITEM|DOI")
@json_option
def show(what: str, as_json: bool) -> None:
    """Show one of them whole, and where the archive has its bytes."""
    with opened_tools() as tools:
        found = list_dead(tools.store, Chosen(key=what), limit=1)
        archive = tools.harvesting.archive
    if not found:
        raise UsageError(f"{cut(what)!r} was not given up: `oaihub dead list` shows what was")
    letter = found[0]
    if as_json:
        print_json(letter)
        return
    facts = [
        *((letter.kind, letter.key), ("endpoint", letter.endpoint or ""), ("since", utc(letter.since))),
        ("error", letter.error),
        ("bytes", archive.shown(letter.raw) if letter.raw else "none were kept"),
        ("a retry", letter.retry or f"is of no use: {letter.instead}"),
    ]
    print_table(("", ""), [(name, text) for name, text in facts if text])


@dead.command()
@deciding
def retry(
    *,
    what: str | None,
    kind: Kind | None,
    endpoint: str | None,
    cause: str | None,
    everything: bool,
    reason: str,
    as_json: bool,
) -> int:
    """Have it tried again from the start; a run that ended partial for it is open again, and can become complete."""
    chosen = _chosen(Chosen(key=what, kind=kind, endpoint=endpoint, cause=cause), everything=everything)
    with opened_tools() as tools:
        done = retry_dead(tools.store, chosen, actor=actor(), reason=reason, now=tools.store.now())
    if as_json:
        print_json(msgspec.structs.asdict(done))
    else:
        click.echo(f"{_told(done.letters)} tried again, by the workers or the next `oaihub harvest`")
        for run in done.reopened:
            click.echo(f"run {run} is open again: `oaihub runs {run}`")
        for letter in done.left:
            click.echo(plain(f"{letter.kind} {letter.key} stays: {letter.instead}"))
    return DONE if done.letters else FAILED


@dead.command()
@deciding
def drop(
    *,
    what: str | None,
    kind: Kind | None,
    endpoint: str | None,
    cause: str | None,
    everything: bool,
    reason: str,
    as_json: bool,
) -> int:
    """List it no more. Nothing else changes: a run stays partial, an item is not found before it changes."""
    chosen = _chosen(Chosen(key=what, kind=kind, endpoint=endpoint, cause=cause), everything=everything)
    with opened_tools() as tools:
        letters = drop_dead(tools.store, chosen, actor=actor(), reason=reason, now=tools.store.now())
    if as_json:
        print_json({"dropped": letters})
    else:
        click.echo(f"{_told(letters)} listed no more")
    return DONE if letters else FAILED


def _chosen(chosen: Chosen, *, everything: bool) -> Chosen:
    if everything == (chosen != Chosen()):
        raise UsageError("name one, or choose by --kind, --endpoint and --cause, or take --all")
    return chosen


def _told(letters: Sequence[DeadLetter]) -> str:
    return "1 is" if len(letters) == 1 else f"{len(letters):,} are"
