"""`oaihub export`: a whole result in any format, to standard output."""

import click

from search_api.exporting import DEFAULT_FORMAT, iter_result
from search_api.formats.table import FORMATS, write_all
from search_api.names import KnownNames
from search_api.params import SELECTION_PARAMETERS, parse_query
from search_api.settings import check_secret
from workers.commands.opening import opened_tools
from workers.commands.serve import search_settings


@click.command()
@click.argument("text", default="")
@click.option("--filter", "filters", multiple=True, metavar="NAME:VALUE", help="Filter as in the API; may be repeated.")
@click.option("--format", "name", type=click.Choice(list(FORMATS)), default=DEFAULT_FORMAT, show_default=True)
@click.option("--after", metavar="ID", help="Only items of a greater id: the last that arrived, to go on from there.")
def export(*, text: str, filters: tuple[str, ...], name: str, after: str | None) -> None:
    """Write all items of a search to standard output, in order of id; without TEXT and filters all that there are."""
    pairs = [("q", text)] if text else []
    pairs += [("filter", value) for value in filters]
    with opened_tools() as tools:
        settings = search_settings(tools)
        query = parse_query(
            pairs,
            is_known=KnownNames(tools.index).__contains__,
            secret=check_secret(settings),
            parameters=SELECTION_PARAMETERS,
        )
        items = iter_result(tools.index, query, after)
        for piece in write_all(FORMATS[name], items, settings.public_url):
            click.echo(piece, nl=False)
