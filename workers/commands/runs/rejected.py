"""`oaihub rejected`: records that could not be used, with their reasons."""

import click
import msgspec

from harvester.store.ledger.rejected import Rejected, count_rejected, list_rejected
from harvester.store.operating.audit import audit
from harvester.store.replays import rejected_pages
from workers.commands.acting import actor
from workers.commands.endpoints.configured import existing_endpoint
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table
from workers.commands.replay import replay_pages
from workers.commands.runs.existing import existing_run
from workers.errors import UsageError


@click.group()
def rejected() -> None:
    """Look at the records that were set aside, or read them again."""


@rejected.command("list")
@click.option("--run", type=int, help="Only of this run.")
@click.option("--cause", help="Only with this cause.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@json_option
def list_them(run: int | None, cause: str | None, limit: int, as_json: bool) -> None:
    """List the records that were set aside, newest first; `--json` gives their XML, too."""
    with opened_tools() as tools:
        if run is not None:
            existing_run(tools.store, run)
        rows = list_rejected(tools.store, run=run, cause=cause, limit=limit)
        causes = count_rejected(tools.store)
    if as_json:
        print_json({"causes": causes, "rejected": [_with_text(row) for row in rows]})
        return
    print_table(
        ("run", "page", "record", "identifier", "cause", "reason"),
        [(str(row.run), str(row.number), str(row.position), row.identifier, row.cause, row.reason) for row in rows],
        right=("run", "page", "record"),
    )
    click.echo("in all: " + (", ".join(f"{count:,} {cause}" for cause, count in causes.items()) or "none"))


@rejected.command()
@click.option("--run", type=int, help="Only of this run.")
@click.option("--cause", help="Only with this cause.")
@click.option("--endpoint", metavar="KEY", help="Only of this endpoint.")
@click.option("--all", "everything", is_flag=True, help="All that were set aside.")
@json_option
def retry(*, run: int | None, cause: str | None, endpoint: str | None, everything: bool, as_json: bool) -> int:
    """Read the archived pages again that they came on, by the mapping of today; asks no repository.

    What can be used now becomes a record, unless a newer page has shown it. A record that the repository named and did
    not give has no page: the next full harvest asks for it again.
    """
    if everything == any(given is not None for given in (run, cause, endpoint)):
        raise UsageError("choose by --run, --cause and --endpoint, or take --all")
    with opened_tools() as tools:
        if endpoint is not None:
            existing_endpoint(tools.store, endpoint)
        if run is not None:
            existing_run(tools.store, run)
        pages = rejected_pages(tools.store, endpoint=endpoint, cause=cause, run=run)
        now = tools.store.now()
        chosen = {"run": run, "cause": cause, "endpoint": endpoint, "pages": len(pages)}
        told = {name: value for name, value in chosen.items() if value is not None}
        what = "records" if run is None else f"run:{run}"
        audit(tools.store, actor=actor(), action="retry rejected", object=what, details=told, now=now)
        return replay_pages(tools, "rejected", pages, as_json=as_json)


def _with_text(row: Rejected) -> dict[str, object]:
    """Give the row with its bytes as text; what is not UTF-8 in them is replaced."""
    return {**msgspec.structs.asdict(row), "raw": row.raw.decode(errors="replace")}
