"""`oaihub endpoints`: what is harvested."""

import time

import click
import msgspec

from harvester.endpoint import Endpoint
from harvester.store.endpoints import get_endpoint, list_endpoints, remove_endpoint
from harvester.store.runs import Run, get_watermarks, list_runs
from workers.commands.balance import state_of
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table, utc
from workers.enrolling import DEFAULT_PREFIX, enrol, without_verb
from workers.errors import UsageError
from workers.tools import Tools


@click.group()
def endpoints() -> None:
    """Add, list, show or remove endpoints: a repository, a metadata format and a choice of sets, under a key."""


@endpoints.command("add")
@click.argument("key")
@click.argument("url")
@click.option("--prefix", default=DEFAULT_PREFIX, show_default=True, help="metadataPrefix to harvest.")
@click.option("--set", "sets", multiple=True, help="Set to harvest; may be repeated.  [default: everything]")
@click.option("--label", default="", help="Name to show.  [default: what the repository calls itself]")
@click.option("--pace", default=0.0, type=click.FloatRange(0), help="Least time between two requests, in seconds.")
@click.option("--allow-private", is_flag=True, help="The repository may be at a private or loopback address.")
@json_option
def add(
    *,
    key: str,
    url: str,
    prefix: str,
    sets: tuple[str, ...],
    label: str,
    pace: float,
    allow_private: bool,
    as_json: bool,
) -> None:
    """Ask the repository at URL what it is, and keep it as endpoint KEY."""
    with opened_tools() as tools:
        endpoint = enrol(
            tools.harvesting,
            without_verb(url),
            key=key,
            prefix=prefix,
            sets=sets,
            label=label,
            pace_s=pace,
            allow_private=allow_private,
        )
    if as_json:
        print_json(msgspec.structs.asdict(endpoint))
    else:
        click.echo(f"{endpoint.key}: {endpoint.label}; `oaihub harvest {endpoint.key}` harvests it")


@endpoints.command("list")
@json_option
def list_them(as_json: bool) -> None:
    """List the endpoints with their last run."""
    with opened_tools() as tools:
        rows = [(endpoint, *_last_run(tools, endpoint.key)) for endpoint in list_endpoints(tools.store)]
    if as_json:
        print_json({"endpoints": [_described(endpoint, run, state) for endpoint, run, state in rows]})
        return
    print_table(
        ("key", "label", "base URL", "prefix", "sets", "last run", "state"),
        [
            (
                endpoint.key,
                endpoint.label,
                endpoint.base_url,
                endpoint.metadata_prefix,
                ", ".join(endpoint.sets),
                "" if run is None else utc(run.started),
                state,
            )
            for endpoint, run, state in rows
        ],
    )


@endpoints.command("show")
@click.argument("key")
@json_option
def show(key: str, as_json: bool) -> None:
    """Show an endpoint with its watermarks: up to where it is harvested, by set."""
    with opened_tools() as tools:
        endpoint = _existing(tools, key)
        run, state = _last_run(tools, key)
        watermarks = get_watermarks(tools.store, key)
    if as_json:
        print_json({**_described(endpoint, run, state), "watermarks": watermarks})
        return
    rows = [
        ("key", endpoint.key),
        ("label", endpoint.label),
        ("base URL", endpoint.base_url),
        ("prefix", endpoint.metadata_prefix),
        ("sets", ", ".join(endpoint.sets) or "the whole repository"),
        ("pace", f"{endpoint.pace_s:g} s between requests"),
        ("private address", "allowed" if endpoint.allow_private else "refused"),
        ("last run", state if run is None else f"{run.id}, {state}, {utc(run.started)}"),
    ]
    rows += [(f"harvested up to {set_spec}".strip(), until) for set_spec, until in sorted(watermarks.items())]
    print_table(("", ""), rows)


@endpoints.command("remove")
@click.argument("key")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def remove(key: str, yes: bool, as_json: bool) -> None:
    """Remove an endpoint; items that only it knows are shown no more."""
    with opened_tools() as tools:
        endpoint = _existing(tools, key)
        if not yes:
            click.confirm(f"Remove {endpoint.key} ({endpoint.base_url}) and what only it knows?", abort=True, err=True)
        touched = remove_endpoint(tools.store, key, time.time())
    if as_json:
        print_json({"removed": key, "items": touched})
    else:
        click.echo(f"{key} is removed; {touched:,} items lose its records as soon as the index follows")


def _existing(tools: Tools, key: str) -> Endpoint:
    endpoint = get_endpoint(tools.store, key)
    if endpoint is None:
        raise UsageError(f"there is no endpoint {key!r}: `oaihub endpoints list` shows them")
    return endpoint


def _last_run(tools: Tools, key: str) -> tuple[Run | None, str]:
    """Give the last run of an endpoint, and its state in a word."""
    for run in list_runs(tools.store, key, limit=1):
        return run, state_of(tools.store, run)
    return None, "never harvested"


def _described(endpoint: Endpoint, run: Run | None, state: str) -> dict[str, object]:
    """Give an endpoint for JSON, every field of it by name."""
    last = None if run is None else {"run": run.id, "state": state, "started": run.started, "ended": run.ended}
    return {**msgspec.structs.asdict(endpoint), "last_run": last}
