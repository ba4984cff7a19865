"""`oaihub tokens`: links by which somebody without an account may propose changes."""

from typing import Final

import click

from harvester.store.contributions.errors import ContributionError
from harvester.store.contributions.tokens import (
    NewToken,
    Token,
    add_token,
    get_token,
    list_tokens,
    make_token,
    revoke_token,
    state_of,
)
from harvester.store.works.naming import FORMS, find_work
from search_api.contributions.letters import pass_path, to_holder
from search_api.contributions.offering import editable_names
from workers.commands.acting import actor
from workers.commands.contributions.opened import house_of
from workers.commands.naming import named
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table
from workers.commands.spans import read_life
from workers.errors import UsageError
from workers.words import utc

COLUMNS: Final = ("id", "for", "items", "properties", "left", "state", "expires", "last opened", "made by")
ALL: Final = "all"


@click.group()
def tokens() -> None:
    """Links by which somebody without an account may propose changes of items; an editor decides on each."""


@tokens.command(epilog=f"ITEM is {FORMS} (in quotes).")
@click.argument("label")
@click.option("--item", "items", multiple=True, metavar="ITEM", help="Good for this item; without any for all.")
@click.option("--property", "properties", multiple=True, help="Good for this property; without any for all offered.")
@click.option("--uses", type=click.IntRange(1), help="Good for so many proposals; without for any number.")
@click.option("--expires", default="30d", show_default=True, metavar="SPAN", help="Good for so long: 12h, 90d, 4w, 1y.")
@click.option("--mail", default="", help="The address of whom it is for: told what is decided.")
@click.option("--send", is_flag=True, help="Send the link to that address.")
@json_option
def add(
    *,
    label: str,
    items: tuple[str, ...],
    properties: tuple[str, ...],
    uses: int | None,
    expires: str,
    mail: str,
    send: bool,
    as_json: bool,
) -> None:
    """Make a token for LABEL, and show its link this once: only its digest is kept."""
    life_s = read_life(expires, may_be_never=False)
    with opened_tools() as tools:
        house = house_of(tools)
        unknown = sorted(set(properties) - set(editable_names(house.settings)))
        if unknown:
            raise UsageError(f"{unknown[0]} is not offered for proposals: `oaihub hub show` lists the template")
        leads = tuple(named(lambda name=name: find_work(tools.store, name)) for name in items)  # type: ignore[misc]
        new = NewToken(label=label, mail=mail, items=leads, properties=properties, uses=uses, life_s=life_s)
        text, now = make_token(), tools.store.now()
        link = house.public_url.rstrip("/") + pass_path(text)
        letter = to_holder(house, new, link, now=now) if send else None
        made = add_token(tools.store, new, text=text, letter=letter, actor=actor(), now=now)
    if as_json:
        print_json({"link": link, "token": made})
        return
    click.echo(link)
    click.echo("This is shown once; whoever has it can propose changes.", err=True)


@tokens.command("list")
@click.option("--before", type=int, metavar="ID", help="Only tokens before this one: the next page of a long list.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many.")
@json_option
def list_(*, before: int | None, limit: int, as_json: bool) -> None:
    """List the tokens, also those that are over, the newest first."""
    with opened_tools() as tools:
        found, now = list_tokens(tools.store, before=before, limit=limit), tools.store.now()
    _print(found, now, as_json=as_json)


@tokens.command()
@click.argument("number", metavar="ID", type=int)
@json_option
def show(*, number: int, as_json: bool) -> None:
    """Show a token, without its text."""
    with opened_tools() as tools:
        found, now = get_token(tools.store, number), tools.store.now()
    if found is None:
        raise ContributionError("no_token", f"there is no token {number}; `oaihub tokens list` shows those that are")
    _print([found], now, as_json=as_json)


@tokens.command()
@click.argument("number", metavar="ID", type=int)
@json_option
def revoke(*, number: int, as_json: bool) -> None:
    """End a token, by the id that `list` shows, and all that was opened with it."""
    with opened_tools() as tools:
        found = revoke_token(tools.store, number, actor=actor(), now=tools.store.now())
    if as_json:
        print_json({"tokens": [found]})
    else:
        click.echo(f"the token for {found.label} is revoked")


def _print(found: list[Token], now: float, *, as_json: bool) -> None:
    if as_json:
        print_json({"tokens": found})
        return
    rows = [
        (
            *(str(one.id), f"{one.label} {one.mail}".strip(), " ".join(one.items) or ALL),
            *(" ".join(one.properties) or ALL, "any" if one.uses_left is None else str(one.uses_left)),
            *(state_of(one, now), utc(one.expires), utc(one.used or None), one.created_by),
        )
        for one in found
    ]
    print_table(COLUMNS, rows, right=("id",))
