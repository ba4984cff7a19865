"""`oaihub keys`: the keys by which programs ask in the name of a person."""

from typing import Final

import click

from harvester.errors import cut
from harvester.store.accounts.keys import MOST_REQUESTS, ApiKey, add_key, list_keys, revoke_key, set_quota
from harvester.store.accounts.roles import ROLES
from workers.commands.acting import actor
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table
from workers.commands.spans import read_life
from workers.errors import UsageError
from workers.words import utc

COLUMNS: Final = ("id", "user", "name", "role", "state", "made", "expires", "last used", "a minute")


@click.group()
def keys() -> None:
    """Keys of programs, sent as `Authorization: Bearer KEY`; each may do what both its role and its user may."""


@keys.command()
@click.argument("name")
@click.option("--user", required=True, help="In whose name the program asks.")
@click.option(
    "--role", type=click.Choice(tuple(ROLES)), required=True, help="What it may do, at most what its user may."
)
@click.option("--expires", required=True, metavar="SPAN", help="How long it is good: 12h, 90d, 4w, 1y, or never.")
@click.option(
    "--quota", type=click.IntRange(1, MOST_REQUESTS), help="Requests a minute, in place of those of its address."
)
@json_option
def add(*, name: str, user: str, role: str, expires: str, quota: int | None, as_json: bool) -> None:
    """Make a key, and show it this once: only its digest is kept."""
    life_s = read_life(expires)
    with opened_tools() as tools:
        now = tools.store.now()
        end = now + life_s if life_s else 0.0
        key, text = add_key(tools.store, name, user=user, role=role, expires=end, quota=quota, actor=actor(), now=now)
    if as_json:
        told = {"key": text, "id": key.id, "user": key.user, "name": key.name, "role": role, "expires": end}
        print_json(told | {"quota": quota})
        return
    click.echo(text)
    click.echo("This is shown once; keep it where only the program finds it.", err=True)


@keys.command("list")
@click.option("--user", help="Only those of this person.")
@json_option
def list_(*, user: str | None, as_json: bool) -> None:
    """List the keys, also those that are over."""
    with opened_tools() as tools:
        found, now = list_keys(tools.store, user), tools.store.now()
    if as_json:
        print_json({"keys": found})
        return
    rows = [
        (
            *(str(key.id), key.user, key.name, key.role, _state(key, now)),
            *(utc(key.created), utc(key.expires or None), utc(key.used or None)),
            "" if key.quota is None else f"{key.quota:,}",
        )
        for key in found
    ]
    print_table(COLUMNS, rows, right=("id", "a minute"))


@keys.command()
@click.argument("number", metavar="ID", type=int)
@click.argument("requests", metavar="REQUESTS|none")
@json_option
def quota(*, number: int, requests: str, as_json: bool) -> None:
    """Say how many requests a key may make in a minute; none is what the server gives every address."""
    if requests != "none" and not requests.isdecimal():
        raise UsageError(f"{cut(requests)!r} is no number of requests: give one, or none")
    limit = None if requests == "none" else int(requests)
    with opened_tools() as tools:
        key = set_quota(tools.store, number, limit, actor=actor(), now=tools.store.now())
    if as_json:
        print_json({"keys": [key]})
    else:
        said = "as many requests a minute as its address" if limit is None else f"{limit:,} requests a minute"
        click.echo(f"{key.name} of {key.user} may make {said}")


@keys.command()
@click.argument("number", metavar="ID", type=int)
@json_option
def revoke(*, number: int, as_json: bool) -> None:
    """End a key, by the id that `list` shows."""
    with opened_tools() as tools:
        key = revoke_key(tools.store, number, actor=actor(), now=tools.store.now())
    if as_json:
        print_json({"keys": [key]})
    else:
        click.echo(f"{key.name} of {key.user} is revoked")


def _state(key: ApiKey, now: float) -> str:
    if key.revoked:
        return f"revoked {utc(key.revoked)}"
    return "expired" if 0 < key.expires <= now else "valid"
