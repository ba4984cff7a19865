"""`oaihub endpoints`: what is harvested."""

import click
import msgspec

from harvester.endpoint import Endpoint
from harvester.store.endpoints import list_endpoints, remove_endpoint
from harvester.store.ledger.runs import Run, get_watermarks, list_runs
from harvester.store.probes import Probe, latest_probe
from harvester.transport.redaction import redact
from workers.commands.endpoints.adding import add, edit
from workers.commands.endpoints.configured import existing_endpoint, setting_rows
from workers.commands.endpoints.probing import probe
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table
from workers.commands.runs.balance import state_of
from workers.tools import Tools
from workers.words import utc


@click.group()
def endpoints() -> None:
    """What is harvested: a repository, a metadata format and a choice of sets, under a key."""


for command in (add, edit, probe):
    endpoints.add_command(command)


@endpoints.command("list")
@json_option
def list_them(as_json: bool) -> None:
    """List the endpoints with their last run."""
    with opened_tools() as tools:
        rows = [
            (endpoint, *_last_run(tools, endpoint.key), latest_probe(tools.store, endpoint.key))
            for endpoint in list_endpoints(tools.store)
        ]
    if as_json:
        print_json({"endpoints": [_described(endpoint, run, state, found) for endpoint, run, state, found in rows]})
        return
    print_table(
        ("key", "label", "base URL", "prefix", "sets", "last run", "state", "drift"),
        [
            (
                endpoint.key,
                endpoint.label,
                redact(endpoint.base_url),
                endpoint.metadata_prefix,
                ", ".join(endpoint.sets),
                "" if run is None else utc(run.started),
                state,
                "" if found is None or not found.findings.drift else f"{len(found.findings.drift)} changed",
            )
            for endpoint, run, state, found in rows
        ],
    )


@endpoints.command("show")
@click.argument("key")
@json_option
def show(key: str, as_json: bool) -> None:
    """Show an endpoint: its settings, its last run and probe, and up to where it is harvested, by set."""
    with opened_tools() as tools:
        endpoint = existing_endpoint(tools.store, key)
        run, state = _last_run(tools, key)
        watermarks = get_watermarks(tools.store, key)
        found = latest_probe(tools.store, key)
    if as_json:
        print_json({**_described(endpoint, run, state, found), "watermarks": watermarks})
        return
    rows = [
        *setting_rows(endpoint),
        ("last run", state if run is None else f"{run.id}, {state}, {utc(run.started)}"),
        *((f"harvested up to {set_spec}".strip(), until) for set_spec, until in sorted(watermarks.items())),
        ("last probe", "never" if found is None else utc(found.at)),
        *(("has changed", change) for change in (found.findings.drift if found else ())),
    ]
    print_table(("", ""), rows)


@endpoints.command("remove")
@click.argument("key")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def remove(key: str, yes: bool, as_json: bool) -> None:
    """Remove an endpoint; items that only it knows are shown no more."""
    with opened_tools() as tools:
        endpoint = existing_endpoint(tools.store, key)
        if not yes:
            click.confirm(
                f"Remove {endpoint.key} ({redact(endpoint.base_url)}) and what only it knows?", abort=True, err=True
            )
        touched = remove_endpoint(tools.store, key, tools.store.now())
    if as_json:
        print_json({"removed": key, "items": touched})
    else:
        click.echo(f"{key} is removed; {touched:,} items lose its records as soon as the index follows")


def _last_run(tools: Tools, key: str) -> tuple[Run | None, str]:
    """Give the last run of an endpoint, and its state in a word."""
    for run in list_runs(tools.store, key, limit=1):
        return run, state_of(tools.store, run)
    return None, "never harvested"


def _described(endpoint: Endpoint, run: Run | None, state: str, found: Probe | None) -> dict[str, object]:
    """Give an endpoint for JSON, every field of it by name."""
    last = None if run is None else {"run": run.id, "state": state, "started": run.started, "ended": run.ended}
    probed = None if found is None else {"at": found.at, "drift": found.findings.drift}
    settings = {**msgspec.structs.asdict(endpoint), "base_url": redact(endpoint.base_url)}
    return {**settings, "last_run": last, "last_probe": probed}
