"""`oaihub alerts`: what is wrong, who was told, and whether people can be told."""

import time

import click

from harvester.errors import HarvestError
from harvester.store.operating.alerts import MOST_TRIES, Alert, list_alerts
from workers.alerting.mail import send_mail
from workers.alerting.telling import send_call
from workers.alerting.ways import Ways, ways_of
from workers.alerting.webhook import Told
from workers.commands.failing import DONE, FAILED
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json, print_table
from workers.errors import UsageError
from workers.words import span

TRIAL = "This is a trial by `oaihub alerts test`; nothing is wrong."


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
def test() -> int:
    """Send a trial by every way that is set. Exit code 1 where one fails."""
    with opened_tools() as tools:
        ways = ways_of(tools.workers, tools.harvester)
    if not (ways.smtp_url and ways.mail_to) and not ways.webhook:
        raise UsageError(
            "nobody is told: set OAIHUB_SMTP_URL, OAIHUB_ALERT_MAIL and OAIHUB_CONTACT, or OAIHUB_ALERT_WEBHOOK"
        )
    return DONE if all([_by_mail(ways), _by_webhook(ways)]) else FAILED


def _by_mail(ways: Ways) -> bool:
    if not ways.smtp_url or not ways.mail_to:
        return True
    try:
        refused = send_mail(ways.smtp_url, sender=ways.sender, to=ways.mail_to, subject="oaihub: trial", text=TRIAL)
    except HarvestError as error:
        click.echo(plain(str(error)), err=True)
        return False
    click.echo(plain(f"sent by mail to {', '.join(one for one in ways.mail_to if one not in refused)}"))
    for address in refused:
        click.echo(plain(f"the mail server does not take mail to {address}"), err=True)
    return not refused


def _by_webhook(ways: Ways) -> bool:
    if not ways.webhook:
        return True
    try:
        send_call(ways, [Told("test", "", "test", time.time(), TRIAL)])
    except HarvestError as error:
        click.echo(plain(str(error)), err=True)
        return False
    click.echo("sent to the webhook")
    return True


def _state(alert: Alert) -> str:
    if alert.tries >= MOST_TRIES:
        return f"given up: {alert.error}"
    if alert.error is not None:
        return f"not told yet: {alert.error}"
    return "over" if alert.is_over else "told" if alert.told else "not told yet"
