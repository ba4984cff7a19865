"""`oaihub endpoints probe`: what a repository is, in one screen."""

import click
from msgspec import Struct
from msgspec.structs import asdict

from harvester.endpoint import Endpoint
from harvester.probe import Findings
from workers.commands.endpoints.configured import existing_endpoint
from workers.commands.endpoints.findings import print_findings
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json
from workers.enrolling import look_at
from workers.errors import UsageError
from workers.probing import keep_findings, probe_endpoint
from workers.surveying import Wanted
from workers.tools import Tools


class Seen(Struct, frozen=True):
    """A probe as it is told: the endpoint with its settings, what has changed, and what is said below the findings."""

    findings: Findings | None
    endpoint: Endpoint
    drift: tuple[str, ...]
    said: tuple[str, ...]


@click.command("probe")
@click.argument("key_or_url", metavar="KEY|URL")
@click.option("--prefix", help="metadataPrefix to look at.  [default: the richest that all records come in]")
@click.option("--post", is_flag=True, help="Ask an URL by POST.")
@click.option("--insecure-tls", is_flag=True, help="Take any certificate of an URL.")
@click.option("--allow-private", is_flag=True, help="An URL may be at a private or loopback address.")
@json_option
def probe(
    *, key_or_url: str, prefix: str | None, post: bool, insecure_tls: bool, allow_private: bool, as_json: bool
) -> None:
    """Find out what a repository is: formats, sets, what from and until do, how lists and tokens come.

    It takes about two dozen requests. The endpoint KEY gets its settings from it, but for those that were set by hand;
    of an URL nothing is kept.
    """
    with opened_tools() as tools:
        if "://" in key_or_url:
            wanted = Wanted(
                prefix=prefix,
                allow_private=allow_private,
                verify_tls=not insecure_tls,
                http_method="POST" if post else "GET",
            )
            seen = _of_url(tools, key_or_url, wanted)
        elif prefix or post or insecure_tls or allow_private:
            raise UsageError(
                f"--prefix, --post, --insecure-tls and --allow-private are for an URL; {key_or_url} has its own"
            )
        else:
            seen = _of_key(tools, key_or_url)
    if as_json:
        print_json({**asdict(seen), "endpoint": asdict(seen.endpoint)})
        return
    if seen.findings is not None:
        print_findings(seen.findings)
    for line in seen.said:
        click.echo(plain(line))


def _of_url(tools: Tools, url: str, wanted: Wanted) -> Seen:
    surveyed = look_at(tools.harvesting, url, wanted)
    base_url = surveyed.endpoint.base_url
    said = [f"nothing is kept; `oaihub endpoints add {base_url}` keeps it"]
    if surveyed.instead_of:
        said.insert(0, f"{surveyed.instead_of} is no OAI-PMH address; {base_url} is")
    return Seen(surveyed.findings, surveyed.endpoint, (), tuple(said))


def _of_key(tools: Tools, key: str) -> Seen:
    endpoint = existing_endpoint(tools.store, key)
    findings = probe_endpoint(tools.harvesting, endpoint)
    kept = keep_findings(tools.store, key, findings, now=tools.store.now(), by_person=True)
    if kept is None:
        raise UsageError(f"the endpoint {key!r} was removed meanwhile")
    was = asdict(endpoint)
    changes = [
        f"setting changed: {name}: {value}, was {was[name]}"
        for name, value in asdict(kept.endpoint).items()
        if value != was[name]
    ]
    drift = [f"changed since the probe before: {change}" for change in kept.drift]
    return Seen(findings, kept.endpoint, kept.drift, (*drift, *(changes or ["the settings stay as they were"])))
