"""`oaihub trace`: where did this come from, and where is it now?"""

import click

from harvester.errors import cut
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json, print_table
from workers.errors import UsageError
from workers.operator.facts.tracing import Trace, TracedState
from workers.operator.facts.tracing import trace as trace_name
from workers.words import utc


@click.command()
@click.argument("name", metavar="IDENTIFIER")
@json_option
def trace(name: str, as_json: bool) -> None:
    """Trace an item's id, a DOI, an OAI identifier, or "ENDPOINT IDENTIFIER".

    Tells the page and where its bytes lie, the run, the mapping, the DOI's answer, merge, version, the state of the
    index, and whether it shows or why not.
    """
    with opened_tools() as tools:
        found = trace_name(tools, name)
    if found is None:
        raise UsageError(
            f"nothing is known of {cut(name)!r}: give an item's id, a DOI, an OAI identifier, or ENDPOINT IDENTIFIER"
        )
    if as_json:
        print_json(found)
    else:
        _print(found)


def _print(found: Trace) -> None:
    for record in found.records:
        state = f"deleted{f' by plan {record.plan}' if record.plan else ''}" if record.deleted else "live"
        rows = [
            ("record", f"{record.endpoint} {record.identifier} ({record.metadata_prefix}), {state}"),
            ("page", f"{record.run}/{record.number}, stored {utc(record.fetched)}, datestamp {record.datestamp}"),
            ("bytes", found.places[record.location] if record.location else "none were kept"),
            ("last seen", f"run {record.seen_run}"),
            ("mapping", found.mappings[record.endpoint]),
        ]
        print_table(("", ""), rows)
    for row in found.dois:
        fetched = f", answered {utc(row.fetched)}" if row.fetched else ""
        click.echo(plain(f"DOI {row.doi}: {row.state}{fetched}{f', {row.error}' if row.error else ''}"))
    for one in found.items:
        click.echo(plain(_told(one)))
    for refusal in found.refused:
        click.echo(plain(f"set aside on page {refusal.run}/{refusal.number}: {refusal.cause}: {refusal.reason}"))
    click.echo(plain(f"next: `{found.next}`"))


def _told(one: TracedState) -> str:
    item = one.item
    index = "not in the index" if one.indexed_version is None else f"version {one.indexed_version} in the index"
    edits = f", {one.edits} edits" if one.edits else ""
    shows = "visible" if one.visible else "not visible"
    why = f": {one.why}" if one.why else ""
    return f"item {item.id}: version {item.version}{edits}, {index}, {shows}{why}"
