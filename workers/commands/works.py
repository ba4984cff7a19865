"""`oaihub works`: a curator's word on which items are one work."""

import time
import tomllib
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from harvester.store import Store
from harvester.store.items import find_items, get_item
from harvester.store.works import join_works, set_rules
from workers.commands.opening import opened_tools
from workers.errors import UsageError


class Rules(Struct, frozen=True, forbid_unknown_fields=True):
    """A curator's file: pairs of items, each by its id, or by its OAI identifier where only one item has that."""

    join: tuple[tuple[str, str], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()


@click.group()
def works() -> None:
    """Say which items are one work and which are not."""


@works.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(file: Path) -> None:
    """Load pairs from a TOML FILE: join = [["ITEM", "ITEM"]], apart = [["ITEM", "ITEM"]]; all or none."""
    try:
        rules = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Rules)
    except (ValueError, msgspec.ValidationError) as error:
        raise UsageError(f"{file}: {error}") from error
    _set(rules)
    click.echo(f"{len(rules.join)} pairs joined, {len(rules.apart)} kept apart")


@works.command()
@click.argument("one")
@click.argument("other")
def join(one: str, other: str) -> None:
    """Have two items be one work, whatever their keys say."""
    _set(Rules(join=((one, other),)))


@works.command()
@click.argument("one")
@click.argument("other")
def apart(one: str, other: str) -> None:
    """Have two items be two works, whatever their keys say."""
    _set(Rules(apart=((one, other),)))


def _set(rules: Rules) -> None:
    with opened_tools() as tools:
        said = [(pair, True) for pair in rules.join] + [(pair, False) for pair in rules.apart]
        pairs = [(_find(tools.store, one), _find(tools.store, other), joined) for (one, other), joined in said]
        if any(one == other for one, other, _ in pairs):
            raise UsageError("a pair names one item twice")
        set_rules(tools.store, pairs, now=time.time())
        while join_works(tools.store, now=time.time()):
            pass


def _find(store: Store, name: str) -> str:
    """Give the id of an item that is named by its id or its OAI identifier."""
    if get_item(store, name) is not None:
        return name
    found = find_items(store, name)
    if len(found) != 1:
        raise UsageError(f"{name!r} names {len(found)} items: give an item's id, as `oaihub search` shows it")
    return found[0]
