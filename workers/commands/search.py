"""`oaihub search` and `oaihub show`: the items, by the same parsing and the same JSON as the API."""

import click
from rich.text import Text

from harvester.item import Item
from harvester.store.items import get_item
from harvester.store.works.explaining import explain_item
from harvester.store.works.naming import FORMS, find_work
from harvester.store.works.takedowns import get_takedown, told
from search_api.names import KnownNames
from search_api.params import parse_query
from search_api.render import Facet, Result, encode, item_json, read_item, search_items
from search_api.settings import check_secret
from workers.commands.describing import properties_of, summary_of, title_of
from workers.commands.naming import named
from workers.commands.opening import opened_tools
from workers.commands.output import console, json_option, plain, print_table
from workers.commands.serve import search_settings
from workers.commands.works.explaining import print_explanation
from workers.errors import UsageError


@click.command()
@click.argument("text", default="")
@click.option("--filter", "filters", multiple=True, metavar="NAME:VALUE", help="Filter as in the API; may be repeated.")
@click.option("--facet", "facets", multiple=True, metavar="NAME[:SIZE]", help="Count values; may be repeated.")
@click.option("--sort", help="relevance, date, title, harvested or id; -date is descending.")
@click.option("--size", help="Items to show.  [default: 20]")
@click.option("--cursor", help="Go on with the next page: the `next` of the one before.")
@json_option
def search(
    *,
    text: str,
    filters: tuple[str, ...],
    facets: tuple[str, ...],
    sort: str | None,
    size: str | None,
    cursor: str | None,
    as_json: bool,
) -> None:
    """Search the items: all words of TEXT must occur, a "quoted phrase" as one; without TEXT all items are found.

    Filters are NAME:VALUE, -NAME:VALUE (not), NAME:* (has a value), NAME:! (has none), NAME:A..B (dates and years).
    """
    single = {"q": text or None, "sort": sort, "size": size, "cursor": cursor}
    pairs = [(name, value) for name, value in single.items() if value is not None]
    pairs += [("filter", value) for value in filters] + [("facet", value) for value in facets]
    with opened_tools() as tools:
        settings = search_settings(tools)
        secret = check_secret(settings)
        query = parse_query(pairs, is_known=KnownNames(tools.index).__contains__, secret=secret)
        result = search_items(tools.index, query, secret=secret, public_url=settings.public_url)
    if as_json:
        click.echo(encode(result))
    else:
        _print_result(result)


@click.command(epilog=f"ITEM is {FORMS} (in quotes).")
@click.argument("name", metavar="ITEM")
@click.option("--explain", is_flag=True, help="Say for each field who said it, by which rule, and who disagrees.")
@json_option
def show(*, name: str, explain: bool, as_json: bool) -> None:
    """Show an item as the store has it now."""
    with opened_tools() as tools:
        item_id = name
        item = get_item(tools.store, item_id)
        if item is None:
            item_id = named(lambda: find_work(tools.store, name))
            item = get_item(tools.store, item_id)
        if item is not None and item.merged_into is not None:
            click.echo(f"item {item_id} is a part of {item.merged_into}", err=True)
            item_id = item.merged_into
            item = get_item(tools.store, item_id)
        explained = explain_item(tools.store, item_id) if explain else None
        public_url = search_settings(tools).public_url
        taken_down = get_takedown(tools.store, item_id)
    if taken_down is not None and explained is None:
        raise UsageError(f"{told(taken_down)}; `oaihub show {item_id} --explain` shows what is hidden")
    if taken_down is not None:
        click.echo(plain(told(taken_down)), err=True)
    if item is None or (item.deleted and taken_down is None):
        raise UsageError(f"item {item_id} is deleted: `oaihub search` finds items and shows their ids")
    if explained is not None:
        print_explanation(explained, as_json=as_json)
    elif as_json:
        click.echo(item_json(item, public_url=public_url))
    else:
        _print_item(item)


def _print_result(result: Result) -> None:
    """Print the items, then a table for each facet, then how to go on."""
    out = console()
    out.print(Text(f"{result.total:,} {'item' if result.total == 1 else 'items'}"))
    for raw in result.items:
        item = read_item(raw)
        out.print(Text.assemble("\n", (plain(title_of(item)), "bold"), f"  [{item.id}]"))
        for line in summary_of(item):
            out.print(Text(f"  {plain(line)}"))
    for facet in result.facets.values():
        out.print()
        _print_facet(facet)
    for line in filter(None, (result.advice, f"next page: --cursor {result.next}" if result.next else "")):
        out.print()
        out.print(Text(line), soft_wrap=True)


def _print_facet(facet: Facet) -> None:
    rows: list[tuple[object, ...]] = [
        ("*" if value.selected else "", value.label, value.count, value.filter) for value in facet.values
    ]
    if facet.missing:
        rows.append(("*" if facet.missing_selected else "", "(without)", facet.missing, facet.missing_filter))
    if facet.other:
        rows.append(("", "(other values)", facet.other, ""))
    count = "items" if facet.exact else "items (about)"
    print_table(("", facet.label, count, "filter"), rows, right=(count,))


def _print_item(item: Item) -> None:
    console().print(Text(plain(title_of(item)), style="bold"))
    print_table(("", ""), [("id", item.id), ("version", item.version), *properties_of(item)])
    print_table(
        ("from", "prefix", "identifier", "datestamp", "page"),
        [
            (one.endpoint, one.metadata_prefix, one.identifier, one.datestamp + " deleted" * one.deleted, one.page)
            for one in item.provenance
        ],
    )
