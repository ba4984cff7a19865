"""What `oaihub map try` and `map diff` show, for people and for programs."""

from collections.abc import Sequence
from typing import Final

import click
import msgspec

from harvester.errors import cut
from workers.commands.output import plain, print_table
from workers.maps.comparing import Compared, Comparison, Values, facet_shifts

SHOWN_VALUES: Final = 10
SHOWN_DAMAGE: Final = 5
NUMBERS: Final = ("gained", "lost", "changed", "values_gained", "values_lost")


def trials_json(shown: Sequence[Compared], result: Comparison) -> dict[str, object]:
    """Give what a mapping makes of some records, for programs: only properties that differ."""
    items = [
        {
            "identifier": one.identifier,
            "title": _title(one),
            "differences": {name: {"before": had, "after": has} for name, had, has in _differences(one)},
        }
        for one in shown
    ]
    return {**_totals(result), "items": items, "fill_rates": _fill_rates(result)}


def print_trials(shown: Sequence[Compared], result: Comparison) -> None:
    """Print what a mapping makes of some records: `-` as it was, `+` as it is; then how often each field is filled."""
    for one in shown:
        click.echo(f"{plain(one.identifier)}  {plain(cut(_title(one)))}")
        for name, had, has in _differences(one):
            for mark, values in (("-", had), ("+", has)):
                for value in values:
                    click.echo(f"  {mark} {name}: {plain(cut(value))}")
        click.echo()
    _print_totals(result)
    if not result.records:
        return
    print_table(
        ("field", "before", "", "after", ""),
        [
            (rate["name"], rate["before"], _percent(rate["before"], result), rate["after"], _change(rate, result))
            for rate in _fill_rates(result)
        ],
        right=("before", "after"),
    )


def comparison_json(result: Comparison) -> dict[str, object]:
    """Give what two mappings make of all records, for programs."""
    properties = [
        {
            "name": name,
            **{number: getattr(shift, number) for number in ("before", "after", *NUMBERS)},
            "examples": [msgspec.structs.asdict(example) for example in shift.examples],
        }
        for name, shift in sorted(result.properties.items())
    ]
    facets = {
        name: [{"value": value, "before": before, "after": after} for value, before, after in shifts]
        for name, shifts in facet_shifts(result).items()
    }
    return {**_totals(result), "properties": properties, "facets": facets}


def print_comparison(result: Comparison) -> None:
    """Print what two mappings make of all records: each property that differs, and each facet value that shifts."""
    _print_totals(result)
    differing = [
        (name, shift)
        for name, shift in sorted(result.properties.items())
        if shift.gained or shift.lost or shift.changed
    ]
    if not differing:
        return
    columns = ("property", "before", "after", "gained", "lost", "changed", "values gained", "values lost")
    rows = [
        (name, shift.before, shift.after, *(getattr(shift, number) for number in NUMBERS)) for name, shift in differing
    ]
    print_table(columns, rows, right=columns[1:])
    for name, shift in differing:
        example = shift.examples[0]
        had, has = ("; ".join(values) or "nothing" for values in (example.before, example.after))
        click.echo(plain(f"  {name} of {example.identifier}: {cut(had)} -> {cut(has)}"))
    for name, shifts in facet_shifts(result).items():
        click.echo()
        shown = [(cut(value), before, after, f"{after - before:+,}") for value, before, after in shifts[:SHOWN_VALUES]]
        print_table((name, "before", "after", "shift"), shown, right=("before", "after", "shift"))
        if len(shifts) > SHOWN_VALUES:
            click.echo(f"  and {len(shifts) - SHOWN_VALUES:,} more values: --json lists all")


def _totals(result: Comparison) -> dict[str, object]:
    return {
        "records": result.records,
        "differing": result.differing,
        "in_detail": result.in_detail,
        "unusable": result.unusable,
        "damaged": result.damaged,
    }


def _print_totals(result: Comparison) -> None:
    click.echo(f"{result.records:,} records, {result.differing:,} of them differ in a property")
    if result.in_detail:
        click.echo(f"{result.in_detail:,} differ only in literals, kinds or languages of values")
    if result.unusable:
        click.echo(f"{result.unusable:,} have no value at all by one of both mappings")
    for reason in result.damaged[:SHOWN_DAMAGE]:
        click.echo(f"damaged: {plain(reason)}")
    if len(result.damaged) > SHOWN_DAMAGE:
        click.echo(f"damaged: and {len(result.damaged) - SHOWN_DAMAGE:,} more pages: --json lists all")
    click.echo()


def _differences(one: Compared) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Give the properties that differ, with the values that are only before and only after."""
    found = []
    for name in sorted(one.before.keys() | one.after.keys()):
        had, has = one.before.get(name, ()), one.after.get(name, ())
        if had != has:
            only_had = tuple(value for value in had if value not in has)
            only_has = tuple(value for value in has if value not in had)
            found.append((name, only_had, only_has) if only_had or only_has else (name, had, has))
    return found


def _title(one: Compared) -> str:
    def title(values: Values) -> str:
        return next(iter(values.get("title", ())), "")

    return title(one.after) or title(one.before) or "(without a title)"


def _fill_rates(result: Comparison) -> list[dict[str, object]]:
    whole = max(1, result.records)
    return [
        {
            "name": name,
            "before": shift.before,
            "after": shift.after,
            "before_rate": round(shift.before / whole, 4),
            "after_rate": round(shift.after / whole, 4),
        }
        for name, shift in sorted(result.properties.items())
    ]


def _percent(count: object, result: Comparison) -> str:
    return f"{int(str(count)) / max(1, result.records):.0%}"


def _change(rate: dict[str, object], result: Comparison) -> str:
    mark = "" if rate["before"] == rate["after"] else "  *"
    return _percent(rate["after"], result) + mark
