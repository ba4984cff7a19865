"""`oaihub endpoints add` and `edit`: an endpoint as a probe finds it, and as a person wants it."""

import sys
from typing import Final

import click
import msgspec

from harvester.item import Metadata
from harvester.store import Store
from harvester.store.endpoints import change_endpoint
from harvester.store.operating.schedules import Schedule
from harvester.timing import cron_of
from workers.commands.endpoints.configured import audit_endpoint, existing_endpoint, setting_rows
from workers.commands.endpoints.schedule import give_schedule, told_schedule
from workers.commands.mapping_files import read_good_file
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table
from workers.enrolling import find_endpoint, keep, look_at
from workers.errors import UsageError
from workers.surveying import Surveyed, Wanted

SHOWN_CREATORS: Final = 3


@click.command("add")
@click.argument("words", nargs=-1, required=True, metavar="[KEY] URL")
@click.option("--key", help="Key of the endpoint.  [default: from the host's name]")
@click.option("--prefix", help="metadataPrefix to harvest.  [default: the richest that all records come in]")
@click.option("--set", "sets", multiple=True, help="Set to harvest; may be repeated.  [default: everything]")
@click.option("--label", default="", help="Name to show.  [default: what the repository calls itself]")
@click.option("--pace", default=0.0, type=click.FloatRange(0), help="Least time between two requests, in seconds.")
@click.option("--parallel", type=click.IntRange(1, 64), help="Most requests at once.  [default: 1 to 4, by the probe]")
@click.option("--hold-deletions", type=click.IntRange(1), help="Vanished records from which on a person decides.")
@click.option("--mapping", metavar="FILE", help="Mapping of its own, or a few lines that change one.")
@click.option("--post", is_flag=True, help="Ask by POST.")
@click.option("--insecure-tls", is_flag=True, help="Take any certificate.")
@click.option("--allow-private", is_flag=True, help="The repository may be at a private or loopback address.")
@click.option("--schedule", "rule", metavar="RULE", help="When workers harvest it: 'daily 03:00'.  [default: never]")
@click.option("--no-probe", is_flag=True, help="Only ask for the repository's identity.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def add(
    *,
    words: tuple[str, ...],
    key: str | None,
    prefix: str | None,
    sets: tuple[str, ...],
    label: str,
    pace: float,
    parallel: int | None,
    hold_deletions: int | None,
    mapping: str | None,
    post: bool,
    insecure_tls: bool,
    allow_private: bool,
    rule: str | None,
    no_probe: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Find out what the repository at URL is, show it with three of its records, and keep it as an endpoint.

    Where URL is no OAI-PMH address, the usual places on its host are tried.
    """
    key, url = _key_and_url(words, key)
    if rule is not None:
        cron_of(rule)  # a wrong one is told before the repository is asked
    wanted = Wanted(
        key=key,
        prefix=prefix,
        sets=sets,
        label=label,
        pace_s=pace,
        parallel=parallel,
        allow_private=allow_private,
        verify_tls=not insecure_tls,
        http_method="POST" if post else "GET",
        hold_deletions=hold_deletions,
        mapping="" if mapping is None else read_good_file(mapping),
    )
    with opened_tools() as tools:
        surveyed = look_at(tools.harvesting, url, wanted, probe=not no_probe)
        if key is None:
            _refuse_second(tools.store, surveyed)
        if not as_json:
            _show(surveyed)
            if not yes and sys.stdin.isatty():
                click.confirm(f"Keep it as {surveyed.endpoint.key}?", default=True, abort=True, err=True)
        keep(tools.store, surveyed)
        audit_endpoint(tools.store, "add", surveyed.endpoint.key, url=surveyed.endpoint.base_url)
        made = None if rule is None else give_schedule(tools, surveyed.endpoint, rule)
    if as_json:
        seen = {"findings": surveyed.findings, "samples": surveyed.samples, "instead_of": surveyed.instead_of}
        print_json({**msgspec.structs.asdict(surveyed.endpoint), **seen, "schedule": made})
    else:
        click.echo(f"{surveyed.endpoint.key} is kept; `oaihub harvest {surveyed.endpoint.key}` harvests it")
        click.echo(_told_schedule(surveyed.endpoint.key, made))


@click.command("edit")
@click.argument("key")
@click.option("--label", help="Name to show.")
@click.option("--pace", "pace_s", type=click.FloatRange(0), help="Least time between two requests, in seconds.")
@click.option("--parallel", type=click.IntRange(1, 64), help="Most requests at once.")
@click.option("--selective/--not-selective", default=None, help="Whether its lists can be cut by dates.")
@click.option("--hold-deletions", type=click.IntRange(1), help="Vanished records from which on a person decides.")
@click.option("--mapping", metavar="FILE", help="Mapping of its own, or a few lines that change one.")
@click.option("--no-mapping", is_flag=True, help="Read its records as those of every other endpoint.")
@click.option("--post/--get", default=None, help="Ask by POST, or by GET.")
@click.option("--insecure-tls/--verify-tls", default=None, help="Take any certificate, or only good ones.")
@click.option("--allow-private/--refuse-private", default=None, help="Whether it may be at a private address.")
@click.option("--alert-mail", metavar="A@B,C@D", help="Addresses for its alerts, in place of OAIHUB_ALERT_MAIL.")
@click.option("--auto", is_flag=True, help="Leave all settings to probes again that were set by hand.")
@json_option
def edit(
    *,
    key: str,
    post: bool | None,
    insecure_tls: bool | None,
    mapping: str | None,
    no_mapping: bool,
    auto: bool,
    as_json: bool,
    **given: str | float | bool | None,
) -> None:
    """Change settings of the endpoint KEY by hand; no probe changes them after that."""
    changes: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    if post is not None:
        changes["http_method"] = "POST" if post else "GET"
    if insecure_tls is not None:
        changes["verify_tls"] = not insecure_tls
    if mapping is not None and no_mapping:
        raise UsageError("give --mapping FILE or --no-mapping, not both")
    own = {} if mapping is None and not no_mapping else {"mapping": read_good_file(mapping) if mapping else ""}
    if not changes and not own and not auto:
        raise UsageError("nothing is to be changed: `oaihub endpoints edit --help` lists what can be")
    with opened_tools() as tools:
        endpoint = existing_endpoint(tools.store, key)
        by_hand = () if auto else endpoint.by_hand
        changes["by_hand"] = tuple(sorted({*by_hand, *changes}))
        endpoint = change_endpoint(tools.store, key, **changes, **own) or endpoint
        audit_endpoint(tools.store, "edit", key, settings=sorted({*changes, *own} - {"by_hand"}), auto=auto)
    if as_json:
        print_json(msgspec.structs.asdict(endpoint))
    else:
        print_table(("", ""), list(setting_rows(endpoint)))
        if own:
            click.echo(f"`oaihub replay {key}` reads what is archived by it")


def _key_and_url(words: tuple[str, ...], key: str | None) -> tuple[str | None, str]:
    """Read `URL` or `KEY URL`. Raises: UsageError."""
    if len(words) > 2:
        raise UsageError(f"give [KEY] URL: {' '.join(words)!r} is more than that")
    first = words[0] if len(words) == 2 else None
    if key is not None and first not in {None, key}:
        raise UsageError(f"the key is given twice, as {first!r} and as {key!r}")
    return first or key, words[-1]


def _refuse_second(store: Store, surveyed: Surveyed) -> None:
    """Raise UsageError where the same is an endpoint already, and no key says that a second one is meant."""
    found = surveyed.endpoint
    known = find_endpoint(store, found.base_url, found.metadata_prefix, found.sets)
    if known is not None:
        raise UsageError(
            f"{found.base_url} ({found.metadata_prefix}) is the endpoint {known.key} already: "
            f"`oaihub endpoints probe {known.key}` probes it again, --key makes a second one"
        )


def _show(surveyed: Surveyed) -> None:
    if surveyed.instead_of:
        click.echo(f"{surveyed.instead_of} is no OAI-PMH address; {surveyed.endpoint.base_url} is\n")
    print_table(("", ""), list(setting_rows(surveyed.endpoint)))
    for trouble in surveyed.findings.troubles if surveyed.findings else ():
        click.echo(f"trouble: {trouble}")
    if surveyed.samples:
        click.echo()
        print_table(("title", "creator", "date", "type", "DOI"), [_sample(one) for one in surveyed.samples])
        click.echo()


def _told_schedule(key: str, made: Schedule | None) -> str:
    return f"no schedule: `oaihub schedule set {key} daily` gives it one" if made is None else told_schedule(made)


def _sample(item: Metadata) -> tuple[str, ...]:
    creators = [agent.name for agent in item.creator[:SHOWN_CREATORS]]
    if len(item.creator) > SHOWN_CREATORS:
        creators.append("et al.")
    return (
        item.title[0].value if item.title else "(without a title)",
        "; ".join(creators),
        "" if item.date is None else item.date.edtf or item.date.literal,
        ", ".join(term.label for term in item.resource_type),
        item.doi or "",
    )
