"""`oaihub rebuild`: the index anew from the store, while everything else goes on."""

import os
import socket
import sys
import time

import click

from indexer.rebuilding import RebuildReport
from indexer.rebuilding import rebuild as rebuild_index
from workers.commands.failing import DONE, INTERRUPTED
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json
from workers.commands.progress import Bar, Lines
from workers.errors import UsageError
from workers.words import span, utc


@click.command()
@click.option("--back", is_flag=True, help="Go back to the former generation, brought up to what the store has now.")
@click.option(
    "--drop", is_flag=True, help="Only remove the former generation, which takes as much disk as the live one."
)
@json_option
def rebuild(*, back: bool, drop: bool, as_json: bool) -> int:
    """Build a new generation of the index from the store beside the live one, compare, and swap.

    Searches, harvests and workers go on meanwhile; whoever searches sees nothing of it. The former generation is kept
    until the next rebuild. Stopped or killed, it leaves the live one as it is. It also mends an index that is damaged
    or was made by another version of the field table.
    """
    if back and drop:
        raise UsageError("--back goes to the former generation, --drop removes it: give one of them")
    with opened_tools() as tools:
        index = tools.open_index()
        try:
            if drop:
                return _drop(dropped=index.drop_former(), as_json=as_json)
            title = "go back" if back else "rebuild"
            with (Bar if sys.stderr.isatty() else Lines)(title, "items") as progress:
                report = rebuild_index(tools.store, index, _name(), progress, back=back)
        except KeyboardInterrupt:
            click.echo("oaihub: stopped; the index is as it was before", err=True)
            return INTERRUPTED
        finally:
            index.close()
    if as_json:
        print_json(report)
    else:
        _print(report, back=back)
    return DONE


def _name() -> str:
    """Give what others are told who find a rebuild running."""
    return f"`oaihub rebuild`, process {os.getpid()} on {socket.gethostname()}, since {utc(time.time())},"


def _drop(*, dropped: bool, as_json: bool) -> int:
    if as_json:
        print_json({"dropped": dropped})
    else:
        click.echo("the former generation is removed" if dropped else "there is no former generation")
    return DONE


def _print(report: RebuildReport, *, back: bool) -> None:
    done = "went back" if back else f"{report.copied:,} items copied"
    click.echo(
        f"{done}, {report.caught_up:,} caught up; {report.documents:,} documents, as in the store "
        f"(checksum {report.checksum}); {span(report.seconds)}"
    )
    if report.refused:
        click.echo(f"{report.refused:,} items are refused by the index: `oaihub queues` counts them")
    click.echo("`oaihub rebuild --back` returns to the generation before")
