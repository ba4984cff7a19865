"""`oaihub alerts`: what is wrong, who was told, and whether people can be told."""

import time
from collections.abc import Iterator
from typing import Final

import click
from msgspec import Struct

from harvester.errors import HarvestError
from harvester.store.operating.alerts import MOST_TRIES, Alert, list_alerts
from workers.alerting.telling import send_call
from workers.alerting.ways import Ways, ways_of
from workers.alerting.webhook import Told
from workers.commands.failing import DONE, FAILED
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json, print_table
from workers.errors import UsageError
from workers.mail.smtp import send_mail
from workers.words import span

TRIAL: Final = "This is a trial by `oaihub alerts test`; nothing is wrong."


@click.group()
def alerts() -> None:
    """What people are told of: what is wrong now, and that it is over."""


@alerts.command("list")
@json_option
def list_them(as_json: bool) -> None:
    """List what is wrong, the newest first, and who was told of it."""
    with opened_tools() as tools:
        found, now = list_alerts(tools.store), tools.store.now()
    if as_json:
        print_json({"alerts": found})
        return
    rows = [(one.kind, one.object, span(now - one.since), _state(one), one.text) for one in found]
    print_table(("alert", "of", "since", "", "what"), rows)


@alerts.command()
@json_option
def test(as_json: bool) -> int:
    """Send a trial by every way that is set. Exit code 1 where one fails."""
    with opened_tools() as tools:
        ways = ways_of(tools.workers, tools.harvester)
    trials = [*_by_mail(ways), *_by_webhook(ways)]
    if not trials:
        raise UsageError(
            "nobody is told: set OAIHUB_SMTP_URL, OAIHUB_ALERT_MAIL and OAIHUB_CONTACT, or OAIHUB_ALERT_WEBHOOK"
        )
    if as_json:
        print_json({"trials": trials})
    for trial in () if as_json else trials:
        click.echo(plain(trial.error or f"sent {trial.way}"), err=trial.error is not None)
    return FAILED if any(trial.error for trial in trials) else DONE


class _Trial(Struct, frozen=True):
    """What became of a trial by one way."""

    way: str
    error: str | None = None


def _by_mail(ways: Ways) -> Iterator[_Trial]:
    if not ways.smtp_url or not ways.mail_to:
        return
    try:
        refused = send_mail(ways.smtp_url, sender=ways.sender, to=ways.mail_to, subject="oaihub: trial", text=TRIAL)
    except HarvestError as error:
        yield _Trial(f"by mail to {', '.join(ways.mail_to)}", str(error))
        return
    taken = [address for address in ways.mail_to if address not in refused]
    yield _Trial(f"by mail to {', '.join(taken)}")
    for address in refused:
        yield _Trial(f"by mail to {address}", f"the mail server does not take mail to {address}")


def _by_webhook(ways: Ways) -> Iterator[_Trial]:
    if not ways.webhook:
        return
    try:
        send_call(ways, [Told("test", "", "test", time.time(), TRIAL)])
    except HarvestError as error:
        yield _Trial("to the webhook", str(error))
    else:
        yield _Trial("to the webhook")


def _state(alert: Alert) -> str:
    if alert.tries >= MOST_TRIES:
        return f"given up: {alert.error}"
    if alert.error is not None:
        return f"not told yet: {alert.error}"
    return "over" if alert.is_over else "told" if alert.told else "not told yet"
