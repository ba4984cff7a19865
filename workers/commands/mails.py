"""`oaihub mails`: the mail to people that waits or was given up; neither whom it goes to nor what it says."""

from typing import Final

import click

from harvester.store.mails import QueuedMail, count_mails, drop_mails, list_mails, retry_mails
from workers.commands.acting import actor
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table
from workers.words import utc

COLUMNS: Final = ("mail", "about", "since", "tries", "state", "error")


@click.group()
def mails() -> None:
    """Mail to people: moderators, who has subscribed to comments, who was invited. Workers of `control` send it."""


@mails.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="How many.")
@json_option
def list_them(*, limit: int, as_json: bool) -> None:
    """List what waits or was given up, the newest first."""
    with opened_tools() as tools:
        found, counts = list_mails(tools.store, limit=limit), count_mails(tools.store, tools.store.now())
    if as_json:
        print_json({"waiting": counts.waiting, "failed": counts.failed, "mails": found})
        return
    rows = [(mail.id, mail.subject, utc(mail.created), mail.tries, _state(mail), mail.error) for mail in found]
    print_table(COLUMNS, rows, right=("mail", "tries"))
    click.echo(f"in all: {counts.waiting:,} wait, {counts.failed:,} were given up")


@mails.command()
@json_option
def retry(*, as_json: bool) -> None:
    """Have all that waits or was given up be sent at once, with eight tries from now on."""
    with opened_tools() as tools:
        number = retry_mails(tools.store, actor=actor(), now=tools.store.now())
    _tell(number, "retried", "to be sent", as_json=as_json)


@mails.command()
@json_option
def drop(*, as_json: bool) -> None:
    """Forget all that was given up."""
    with opened_tools() as tools:
        number = drop_mails(tools.store, actor=actor(), now=tools.store.now())
    _tell(number, "dropped", "forgotten", as_json=as_json)


def _tell(number: int, done: str, said: str, *, as_json: bool) -> None:
    if as_json:
        print_json({done: number})
    else:
        click.echo(f"{number:,} {'is' if number == 1 else 'are'} {said}")


def _state(mail: QueuedMail) -> str:
    return f"given up {utc(mail.failed)}" if mail.failed else f"waits until {utc(mail.not_before)}"
