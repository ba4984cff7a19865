"""`oaihub map`: how records become items: mapping files checked, tried and compared on what is archived."""

import os
import sys
from pathlib import Path
from typing import Final

import click
from msgspec import Struct

from harvester.crosswalk.checking import Mistake, check_mapping, told
from harvester.crosswalk.overlay import compile_overlay, overlay_digest, read_overlay
from harvester.endpoint import Endpoint
from harvester.errors import FatalError, cut
from harvester.store.ledger.archived import count_records
from harvester.toml_lines import find_lines, line_of
from workers.commands.endpoints.configured import existing_endpoint
from workers.commands.failing import DONE, FAILED
from workers.commands.mapping_files import NOW, read_file, read_side
from workers.commands.maps.shown import comparison_json, print_comparison, print_trials, trials_json
from workers.commands.maps.values import values
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json
from workers.commands.progress import Bar, Lines
from workers.errors import UsageError
from workers.maps.comparing import Compared, Comparison, compare_record, count
from workers.maps.fitting import find_misfit
from workers.maps.paths import unmatched_paths
from workers.maps.walking import compare_archived, sample_records
from workers.tools import Tools

MOST_LOOKED_AT: Final = 2_000
"""Records that `map check` looks at for something that a path matches."""
FITTED: Final = 20
"""Records that are looked at for whether a mapping is for any of them."""


class Checked(Struct):
    """A file, its mistakes, and the rules that nothing archived has anything for."""

    file: str
    mistakes: list[Mistake]
    unmatched: list[Mistake]
    looked_at: int = 0


@click.group("map")
def map() -> None:  # noqa: A001 - the command's name
    """How records become items: check a mapping file, try it, compare two, list values that no table knows."""


map.add_command(values)


@map.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--endpoint", "key", help="Name paths that match nothing in the archived records of this endpoint.")
@json_option
def check(files: tuple[str, ...], key: str | None, as_json: bool) -> int:
    """Check mapping files: every mistake with its line and field. Exit code 1 where there is one."""
    found = [Checked(name, check_mapping(read_file(name)), []) for name in files]
    if key is not None:
        with opened_tools() as tools:
            _archived(tools, key)
            for one in found:
                if not one.mistakes:
                    _look_for_paths(tools, key, one)
    if as_json:
        print_json({"files": found})
    else:
        _tell(found, key)
    return FAILED if any(one.mistakes for one in found) else DONE


@map.command("try")
@click.option("--endpoint", "key", required=True, help="Whose archived records are read.")
@click.option(
    "--mapping", metavar="FILE", help="The mapping to try, or a format.  [default: what the endpoint has, against none]"
)
@click.option("--n", "number", default=50, show_default=True, type=click.IntRange(1, 10_000), help="Records to read.")
@json_option
def try_(key: str, mapping: str | None, number: int, as_json: bool) -> int:
    """Show what a mapping makes of some archived records: what differs in each, and how often each field is filled.

    Nothing is written.
    """
    with opened_tools() as tools:
        endpoint = _archived(tools, key)
        before, after = ("", endpoint.mapping) if mapping is None else (endpoint.mapping, read_side(mapping, endpoint))
        _make_sure(before, after)
        _note_misfit(tools, key, mapping, after)
        shown: list[Compared] = []
        result = Comparison()
        for prefix, record in sample_records(tools.store, tools.harvesting.archive, key, number, result.damaged):
            compared = compare_record(record, prefix, before, after)
            result.records += 1
            if compared is None:
                result.unusable += 1
            else:
                count(result, compared)
                shown += [] if compared.before is compared.after else [compared]
    if as_json:
        print_json({"endpoint": key, **trials_json(shown, result)})
    else:
        print_trials(shown, result)
    return FAILED if result.damaged else DONE


@map.command()
@click.argument("old")
@click.argument("new")
@click.option("--endpoint", "key", required=True, help="Whose archived records are read.")
@click.option(
    "--processes",
    default=min(2, os.cpu_count() or 1),
    show_default=True,
    type=click.IntRange(1, 64),
    help="How many to read at once.",
)
@json_option
def diff(*, old: str, new: str, key: str, processes: int, as_json: bool) -> int:
    """Compare what two mappings make of all archived records of an endpoint: OLD and NEW, each a file or a format.

    `now` is what the endpoint has. Shown are the values gained, lost and changed by property, and the shift of facet
    counts. Nothing is written.
    """
    with opened_tools() as tools:
        endpoint = _archived(tools, key)
        texts = read_side(old, endpoint), read_side(new, endpoint)
        _make_sure(*texts)
        for name, text in zip((old, new), texts, strict=True):
            _note_misfit(tools, key, name, text)
        with (Bar if sys.stderr.isatty() else Lines)(key) as watcher:

            def tell(records: int, share: float) -> None:
                watcher.read(share)
                watcher.count(records)

            archive = tools.harvesting.archive
            result = compare_archived(tools.store, archive, key, texts, processes=processes, tell=tell)
    if as_json:
        print_json({"endpoint": key, "old": old, "new": new, **comparison_json(result)})
    else:
        print_comparison(result)
    return FAILED if result.damaged else DONE


def _archived(tools: Tools, key: str) -> Endpoint:
    """Give an endpoint that has archived records. Raises: UsageError."""
    endpoint = existing_endpoint(tools.store, key)
    if not count_records(tools.store, key):
        raise UsageError(f"nothing of {key} is archived yet: `oaihub harvest {key}` first")
    return endpoint


def _make_sure(*texts: str) -> None:
    """Raise OverlayError or MappingError where a mapping cannot be used."""
    for text in filter(None, texts):
        compile_overlay(read_overlay(text))


def _note_misfit(tools: Tools, key: str, name: str | None, text: str) -> None:
    """Say on standard error where a mapping is for none of an endpoint's records."""
    misfit = find_misfit(text, sample_records(tools.store, tools.harvesting.archive, key, FITTED))
    if misfit is not None:
        what = f"what {key} has" if name in {None, NOW} else cut(name or "")
        click.echo(plain(f"note: {what}: {misfit.key}: {misfit.reason}"), err=True)


def _look_for_paths(tools: Tools, key: str, one: Checked) -> None:
    text = read_file(one.file)
    lines = find_lines(text)
    damaged: list[str] = []
    misfit = find_misfit(text, sample_records(tools.store, tools.harvesting.archive, key, FITTED))
    if misfit is not None:
        one.looked_at = misfit.looked_at
        one.unmatched.append(Mistake(line_of(lines, (misfit.key,)), misfit.key, misfit.reason))
        return
    samples = sample_records(tools.store, tools.harvesting.archive, key, MOST_LOOKED_AT, damaged)
    archived = (record.metadata for _, record in samples if record.metadata is not None)
    one.looked_at, unmatched = unmatched_paths(read_overlay(text), archived)
    if not one.looked_at:
        raise FatalError(f"no archived page of {key} can be read: {next(iter(damaged), 'they have gone')}")
    for rule in unmatched:
        name, number, _ = rule.place
        field = f"{name}[{int(number) + 1}].path"
        one.unmatched.append(Mistake(line_of(lines, rule.place), field, f"{rule.path!r} matches nothing"))


def _tell(found: list[Checked], key: str | None) -> None:
    for one in found:
        for mistake in one.mistakes:
            click.echo(plain(told(one.file, mistake)))
        for mistake in one.unmatched:
            click.echo(plain(f"{told(one.file, mistake)} in {one.looked_at:,} archived records of {key}"))
        if not one.mistakes and not one.unmatched:
            version = overlay_digest(read_file(one.file))
            click.echo(f"{Path(one.file).name}: no mistakes (version {version})")
