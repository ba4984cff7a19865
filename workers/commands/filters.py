"""`oaihub filters`: filters that are kept by name; what each finds is a set of /oai."""

import re
from functools import partial
from typing import Final

import click

from harvester.errors import cut
from harvester.store.filters import SavedFilter, fill_filter, get_filter, list_filters, remove_filter, save_filter
from indexer.matching import encode_conditions, pick_matching
from search_api.names import KnownNames
from search_api.oai.asking import FILTER_SET
from search_api.params import SELECTION_PARAMETERS, parse_query
from search_api.settings import check_secret
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json, print_table
from workers.commands.serve import search_settings
from workers.errors import UsageError
from workers.words import utc

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
COLUMNS: Final = ("set", "filters", "items", "saved")


@click.group()
def filters() -> None:
    """Save filters by name. What one finds is the set filter:NAME of /oai, and stays so as items come and leave."""


@filters.command()
@click.argument("name")
@click.argument("said", metavar="FILTER...", nargs=-1, required=True)
@json_option
def add(*, name: str, said: tuple[str, ...], as_json: bool) -> None:
    """Save filters, written as in the API (-- goes before one with a minus), and look for the items that they find.

    Whoever harvests the set is told of all that comes into it later, and as deleted what leaves it. One that was broken
    off goes on when it is added again.
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"{cut(name)!r} cannot name a set: use letters, digits, _, . and -, at most 64")
    with opened_tools() as tools:
        secret = check_secret(search_settings(tools))
        is_known = KnownNames(tools.index).__contains__
        pairs = [("filter", text) for text in said]
        query = parse_query(pairs, is_known=is_known, secret=secret, parameters=SELECTION_PARAMETERS)
        conditions = encode_conditions(query.filters)
        saved = save_filter(tools.store, name, said, conditions, tools.store.now())
        if saved is None:
            raise UsageError(f"there is a filter {name} already, and another: `oaihub filters remove {name}` first")
        fill_filter(tools.store, saved, partial(pick_matching, conditions), now=tools.store.now)
        _print([get_filter(tools.store, name) or saved], as_json=as_json)


@filters.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List the saved filters, with the number of items that each has."""
    with opened_tools() as tools:
        _print(list_filters(tools.store), as_json=as_json)


@filters.command()
@click.argument("name")
@json_option
def show(*, name: str, as_json: bool) -> None:
    """Show one saved filter."""
    with opened_tools() as tools:
        saved = get_filter(tools.store, name)
    if saved is None:
        raise _unknown(name)
    _print([saved], as_json=as_json)


@filters.command()
@click.argument("name")
def remove(*, name: str) -> None:
    """Forget a saved filter, and its set; whoever harvested one of this name has to begin anew with the next."""
    with opened_tools() as tools:
        if not remove_filter(tools.store, name):
            raise _unknown(name)
    click.echo(f"{name} is removed")


def _print(found: list[SavedFilter], *, as_json: bool) -> None:
    if as_json:
        shown = [
            {"name": one.name, "set": f"{FILTER_SET}{one.name}", "filters": one.said, "items": one.has}
            | {"created": utc(one.created), "filled": one.is_filled}
            for one in found
        ]
        print_json({"filters": shown})
        return
    rows = [
        (
            FILTER_SET + one.name,
            plain(" ".join(one.said)),
            one.has if one.is_filled else "not filled yet: add it again",
            utc(one.created),
        )
        for one in found
    ]
    print_table(COLUMNS, rows, right=("items",))


def _unknown(name: str) -> UsageError:
    return UsageError(f"there is no filter {cut(name)!r}; `oaihub filters list` shows those that are")
