"""`oaihub harvest FOLDER|FILE`: saved answers instead of a repository."""

import sys
from pathlib import Path
from typing import Final

import click

from harvester.dumps.documents import Dump
from harvester.store.ledger.imports import DocumentCounts, count_documents
from workers.commands.failing import INTERRUPTED
from workers.commands.indexing import indexed_after
from workers.commands.output import plain, print_json
from workers.commands.progress import Bar, Lines
from workers.commands.runs.balance import print_run, run_exit_code
from workers.commands.runs.commands import described
from workers.errors import UsageError
from workers.importing import endpoint_of_dump, import_dump
from workers.tools import Tools

SHOWN: Final = 20


def harvest_dump(
    tools: Tools, path: Path, *, key: str | None, prefix: str | None, into: str | None, as_json: bool
) -> int:
    """Import a dump in this process, print what became of it, and give the exit code."""
    if key is not None and into is not None:
        raise UsageError("--key names a new endpoint and --into one that there is: give one of them")
    dump = _open_dump(tools, path)
    endpoint = endpoint_of_dump(tools.store, dump, key=key, prefix=prefix, into=into)
    try:
        with (Bar if sys.stderr.isatty() else Lines)(endpoint.key) as watcher, indexed_after(tools, watcher):
            run = import_dump(tools.harvesting, endpoint, dump, lambda: tools.index, watcher, chosen=prefix)
    except KeyboardInterrupt:
        click.echo("oaihub: stopped; what was imported is kept, and the same command goes on from there", err=True)
        return INTERRUPTED
    counts = count_documents(tools.store, run.id)
    if as_json:
        print_json(described(tools.store, run) | {"source": path.as_uri(), "documents": _described(counts)})
    else:
        print_run(tools.store, run)
        _print_documents(counts)
    return run_exit_code(run)


def _open_dump(tools: Tools, path: Path) -> Dump:
    archive = tools.harvesting.archive.folder
    if path == archive:
        raise UsageError(f"{path} is the archive of this hub: `oaihub replay --all` reads it again")
    leave_out = tuple(place for place in (archive, tools.harvester.data_dir.resolve()) if place)
    return Dump(path, max_bytes=tools.harvester.max_page_bytes, leave_out=leave_out)


def _described(counts: DocumentCounts) -> dict[str, object]:
    refused = [{"name": name, "reason": reason} for name, reason in counts.refused]
    return {
        "imported": counts.imported,
        "skipped": counts.skipped,
        "refused": refused,
        "not_public": counts.not_public,
    }


def _print_documents(counts: DocumentCounts) -> None:
    skipped = sum(counts.skipped.values())
    kinds = f" ({', '.join(f'{count:,} {name}' for name, count in counts.skipped.items())})" if skipped else ""
    click.echo(f"files: {counts.imported:,} imported, {skipped:,} left out{kinds}, {len(counts.refused):,} refused")
    if counts.not_public:
        click.echo(f"not public: {counts.not_public:,} kept out and counted as deleted")
    for _, reason in counts.refused[:SHOWN]:
        click.echo(f"refused: {plain(reason)}")
    if len(counts.refused) > SHOWN:
        click.echo(f"refused: and {len(counts.refused) - SHOWN:,} more, which --json lists")
