"""`oaihub works`: which items are one work, why, and a curator's word on it."""

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from harvester.store.works.joining import join_works
from harvester.store.works.naming import FORMS, UnclearNameError, find_named, find_work
from harvester.store.works.ruling import ContradictionError, list_rules, remove_rules, set_rules
from harvester.store.works.showing import show_work
from harvester.works.ruling import Ruling
from workers.commands.failing import DONE, WRONG_USE
from workers.commands.indexing import index_changes
from workers.commands.naming import named
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json
from workers.commands.works.files import Pair, WrongLine, read_pairs
from workers.commands.works.shown import print_rules, print_rules_file, print_work
from workers.errors import UsageError
from workers.tools import Tools

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])
NAMES: Final = f"ITEM is {FORMS} (in quotes)."


def pair_arguments(command: FunctionT) -> FunctionT:
    """Give a command its two items."""
    return click.argument("one", metavar="ITEM")(click.argument("other", metavar="ITEM")(command))


@click.group()
def works() -> None:
    """Show which items are one work and why, and overrule that."""


@works.command(epilog=NAMES)
@click.argument("item", metavar="ITEM")
@json_option
def show(item: str, as_json: bool) -> None:
    """Show the work of an item: its parts, their keys, what joined them, and what is near but kept out."""
    with opened_tools() as tools:
        _join(tools)
        work = show_work(tools.store, named(lambda: find_work(tools.store, item)))
    if as_json:
        print_json(work)
    else:
        print_work(work)


@works.command()
@click.option("--toml", "as_file", is_flag=True, help="As a file for `oaihub works load`, here or on another store.")
@json_option
def rules(as_file: bool, as_json: bool) -> None:
    """List the rules in force, the oldest first."""
    with opened_tools() as tools:
        found = list_rules(tools.store)
    if as_json:
        print_json({"rules": found})
    elif as_file:
        print_rules_file(found)
    else:
        print_rules(found)


@works.command(epilog=NAMES)
@click.argument("file", metavar="FILE")
@json_option
def load(file: str, as_json: bool) -> int:
    """Load rules from a TOML FILE: join = [["ITEM", "ITEM"]], apart = [["ITEM", "ITEM"]]; all or none.

    They are added to those in force; of a pair that has a rule the new one counts.
    """
    pairs, wrong = read_pairs(_read(file))
    with opened_tools() as tools:
        wrong = sorted([*wrong, *_apply(tools, pairs, refused=bool(wrong))], key=lambda one: one.line)
    joined = 0 if wrong else sum(pair.joined for pair in pairs)
    apart = 0 if wrong else len(pairs) - joined
    if as_json:
        print_json({"file": file, "joined": joined, "apart": apart, "wrong": wrong})
    elif wrong:
        for one in wrong:
            click.echo(f"oaihub: {file}:{one.line}: {one.reason}", err=True)
        click.echo("oaihub: nothing was changed", err=True)
    else:
        click.echo(f"pairs joined: {joined:,}, kept apart: {apart:,}")
    return WRONG_USE if wrong else DONE


@works.command(epilog=NAMES)
@pair_arguments
@json_option
def join(one: str, other: str, as_json: bool) -> None:
    """Have two items be one work, whatever their keys say."""
    _rule(one, other, joined=True, as_json=as_json)


@works.command(epilog=NAMES)
@pair_arguments
@json_option
def apart(one: str, other: str, as_json: bool) -> None:
    """Have two items be two works, whatever their keys say."""
    _rule(one, other, joined=False, as_json=as_json)


@works.command(epilog=NAMES)
@pair_arguments
@json_option
def remove(one: str, other: str, as_json: bool) -> None:
    """Take the rule on two items back: their keys decide again."""
    with opened_tools() as tools:
        pairs = _pairs(_find(tools, one), _find(tools, other))
        count = remove_rules(tools.store, pairs)
        if not count:
            raise UsageError("there is no rule on these items: `oaihub works rules` lists them")
        _join(tools)
        index_changes(tools)
    if as_json:
        print_json({"removed": count})
    else:
        click.echo(f"{count:,} {'rule' if count == 1 else 'rules'} taken back")


def _read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}: give a file of rules") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: is no text in UTF-8 ({error.reason}): give a file of rules") from error


def _rule(one: str, other: str, *, joined: bool, as_json: bool) -> None:
    with opened_tools() as tools:
        for wrong in _apply(tools, [Pair((one, other), joined)]):
            raise UsageError(wrong.reason)
        work = named(lambda: find_named(tools.store, one))[0]
        shown = show_work(tools.store, find_work(tools.store, work))
    if as_json:
        print_json(shown)
    else:
        print_work(shown)


def _apply(tools: Tools, pairs: Sequence[Pair], *, refused: bool = False) -> list[WrongLine]:
    """Set rules, all or none; give what is wrong with them. Where `refused`, that alone is looked for."""
    _join(tools)  # so that a name of several items stands for one work
    wrong: list[WrongLine] = []
    rulings: list[tuple[Ruling, int]] = []
    for pair in pairs:
        try:
            found = _pairs(*(find_named(tools.store, name) for name in pair.names))
        except UnclearNameError as error:
            wrong.append(WrongLine(pair.line, str(error)))
            continue
        if not found:
            wrong.append(WrongLine(pair.line, "both names stand for one item: name two"))
        rulings += [((one, other, pair.joined), pair.line) for one, other in found]
    if wrong or refused:
        return wrong
    try:
        set_rules(tools.store, [ruling for ruling, _ in rulings], now=tools.store.now())
    except ContradictionError as error:
        lines = dict.fromkeys(rulings[place][1] for place in error.places)
        return [WrongLine(line, f"it cannot hold with the rules before it or in force: {error}") for line in lines]
    _join(tools)
    index_changes(tools)
    return []


def _pairs(ours: Iterable[str], theirs: Iterable[str]) -> list[tuple[str, str]]:
    """Give all pairs of two items of either side, each once."""
    pairs = {(min(pair), max(pair)) for pair in product(ours, theirs) if pair[0] != pair[1]}
    return sorted(pairs)


def _join(tools: Tools) -> None:
    while join_works(tools.store, now=tools.store.now(), only_urgent=True):
        pass


def _find(tools: Tools, name: str) -> tuple[str, ...]:
    return named(lambda: find_named(tools.store, name))
