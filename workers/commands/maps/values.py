"""`oaihub map values`: the values that no table knows, the most frequent first."""

from collections import Counter

import click

from harvester.store.ledger.archived import iter_metadata
from workers.commands.endpoints.configured import existing_endpoint
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table
from workers.maps.unmapped import PROPERTIES, Unmapped, count_values


@click.command()
@click.option("--endpoint", "key", help="Of one endpoint only.")
@click.option("--property", "names", type=click.Choice(list(PROPERTIES)), multiple=True, help="May be repeated.")
@click.option("--n", "number", default=20, show_default=True, type=click.IntRange(1), help="Values of each to show.")
@json_option
def values(*, key: str | None, names: tuple[str, ...], number: int, as_json: bool) -> None:
    """List the values that no table knows, the most frequent first: what to add to harvester/tables/*.toml.

    A value counts once for each record that has it.
    """
    with opened_tools() as tools:
        if key is not None:
            existing_endpoint(tools.store, key)
        found = count_values(iter_metadata(tools.store, key), names or tuple(PROPERTIES))
    if as_json:
        print_json({"properties": {name: _described(one, number) for name, one in found.items()}})
        return
    for name, one in found.items():
        distinct = len(one.values)
        click.echo(f"{name}: {one.known:,} of {one.known + one.unknown:,} values are known{_share(one)}")
        rows = [(count, value) for value, count in _first(one.values, number)]
        if rows:
            print_table(("records", "value"), rows, right=("records",))
        if distinct > number:
            click.echo(f"and {distinct - number:,} more: --n {distinct} shows all")
        click.echo()


def _first(values: Counter[str], number: int) -> list[tuple[str, int]]:
    return sorted(values.items(), key=lambda one: (-one[1], one[0]))[:number]


def _share(one: Unmapped) -> str:
    whole = one.known + one.unknown
    return f" ({one.known / whole:.1%})" if whole else ""


def _described(one: Unmapped, number: int) -> dict[str, object]:
    listed = [{"value": value, "records": count} for value, count in _first(one.values, number)]
    return {"known": one.known, "unknown": one.unknown, "distinct": len(one.values), "values": listed}
