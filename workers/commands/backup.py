"""`oaihub backup` and `oaihub restore`: the archive and the store in a folder, and a hub made of that."""

import sys
import time
from pathlib import Path

import click

from harvester.archive import open_archive
from harvester.backups.making import Made, make_backup
from harvester.backups.manifest import Manifest, read_manifest
from harvester.backups.restoring import Verified, restore_backup, verify_backup
from harvester.errors import HarvestError
from harvester.settings import environment
from harvester.store.copying.importing import check_empty
from harvester.store.operating.audit import audit
from workers.commands.acting import actor
from workers.commands.failing import DONE, FAILED
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json
from workers.commands.progress import Bar, Lines
from workers.errors import UsageError
from workers.foreground import drain_outbox
from workers.tools import Tools
from workers.words import span, utc


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--verify", is_flag=True, help="Make none: compare every file of the one that is there with its checksum."
)
@json_option
def backup(*, folder: Path, verify: bool, as_json: bool) -> int:
    """Write the archive and the store, as they are at one moment, into FOLDER; harvests and edits go on meanwhile.

    A folder that has a backup gets a new one in its place, and only what the archive has got since is copied. A backup
    of SQLite can be restored into PostgreSQL and the other way round.
    """
    if verify:
        return _verify(folder, as_json=as_json)
    began = time.monotonic()
    with opened_tools() as tools:
        now = tools.store.now()
        made = make_backup(tools.store, tools.harvesting.archive, folder, now=now)
        details = {"folder": str(folder), "items": made.manifest.items}
        audit(tools.store, actor=actor(), action="backup", object="hub", details=details, now=now)
    if as_json:
        print_json(made)
    else:
        _print(made, time.monotonic() - began)
    return FAILED if made.manifest.missing else DONE


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
def restore(*, folder: Path, as_json: bool) -> None:
    """Make a hub of the backup in FOLDER, in the place that the settings name, which must be empty; then index it.

    Killed, it leaves no store, and the same again goes on, or a whole one, and whatever works next indexes the rest.
    The hub harvests as soon as it runs: `oaihub pause` it before, where the one that was backed up still does.
    """
    read_manifest(folder)  # what is no backup is told first
    tools = Tools(environment())
    tools.harvester.data_dir.mkdir(parents=True, exist_ok=True)
    check_empty(tools.harvester.resolved_store_url())
    _check_index(tools)
    archive = open_archive(tools.harvester.resolved_archive_url(), tools.harvester.archive_access())
    manifest = restore_backup(folder, tools.harvester.resolved_store_url(), archive, now=time.time())
    with opened_tools() as restored:
        details = {"folder": str(folder), "made": utc(manifest.made), "items": manifest.items}
        audit(restored.store, actor=actor(), action="restore", object="hub", details=details, now=restored.store.now())
        waits = _index(restored)
    if as_json:
        print_json(manifest)
    else:
        end = "" if waits else ", and indexed"
        click.echo(f"{manifest.items:,} items restored, as they were at {utc(manifest.made)}{end}")
        _print_missing(manifest)
    if waits:
        click.echo(f"restored, but a search does not find all of it yet: {plain(waits)}", err=True)


def _index(tools: Tools) -> str:
    """Index what waits; gives why that is left to others: it was paused when it was backed up, or does not answer."""
    try:
        with (Bar if sys.stderr.isatty() else Lines)("index") as watcher:
            drain_outbox(tools.store, tools.index, watcher)
    except HarvestError as error:
        return str(error)
    return ""


def _check_index(tools: Tools) -> None:
    """Make sure that there is no index of another store. Raises: UsageError."""
    index = tools.open_index()
    try:
        if index.exists() and next(iter(index.versions()), None) is not None:
            raise UsageError(
                "there is an index of other items already: a backup is restored into an empty place only; choose "
                "another with OAIHUB_DATA_DIR or OAIHUB_INDEX_URL, or remove it"
            )
    finally:
        index.close()


def _verify(folder: Path, *, as_json: bool) -> int:
    found = verify_backup(folder)
    if as_json:
        print_json(found)
    else:
        _print_verified(found)
    return FAILED if found.wrong else DONE


def _print(made: Made, seconds: float) -> None:
    rows = sum(file.rows for file in made.manifest.tables)
    size = sum(file.bytes for file in made.manifest.tables)
    click.echo(f"{made.manifest.items:,} items, {rows:,} rows in {size:,} bytes, {span(seconds)}")
    click.echo(f"archive: {made.copied:,} files copied, {made.present:,} were there from before")
    click.echo(f"holds {made.manifest.secrets}: keep it where only the operator reads")
    _print_missing(made.manifest)


def _print_missing(manifest: Manifest) -> None:
    if manifest.missing:
        click.echo(f"{len(manifest.missing):,} files are missing in the archive or damaged: `oaihub check` names them")


def _print_verified(found: Verified) -> None:
    for reason in found.wrong:
        click.echo(plain(reason))
    state = "damaged" if found.wrong else "whole"
    tables = len(found.manifest.tables)
    click.echo(
        f"{state}: {found.manifest.items:,} items of {utc(found.manifest.made)}, {tables} tables, {found.files:,} files"
    )
