"""`oaihub alerts`: what is wrong, who was told, and whether people can be told."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

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
    errors = {name: _error_of(send) for name, send in _trials(ways)}
    if not errors:
        raise UsageError(
            "nobody is told: set OAIHUB_SMTP_URL, OAIHUB_ALERT_MAIL and OAIHUB_CONTACT, or OAIHUB_ALERT_WEBHOOK"
        )
    if as_json:
        print_json({"trials": [{"way": name, "error": error} for name, error in errors.items()]})
    for name, error in () if as_json else errors.items():
        click.echo(plain(error or f"sent {name}"), err=error is not None)
    return FAILED if any(errors.values()) else DONE


def _trials(ways: Ways) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield each way that is set, in words, with what sends a trial by it."""
    if ways.smtp_url and ways.mail_to:
        mail = partial(send_mail, ways.smtp_url, sender=ways.sender, to=ways.mail_to)
        yield f"by mail to {', '.join(ways.mail_to)}", partial(mail, subject="oaihub: trial", text=TRIAL)
    if ways.webhook:
        yield "to the webhook", partial(send_call, ways, [Told("test", "", "test", time.time(), TRIAL)])


def _error_of(send: Callable[[], None]) -> str | None:
    try:
        send()
    except HarvestError as error:
        return str(error)
    return None


def _state(alert: Alert) -> str:
    if alert.tries >= MOST_TRIES:
        return f"given up: {alert.error}"
    if alert.error is not None:
        return f"not told yet: {alert.error}"
    return "over" if alert.is_over else "told" if alert.told else "not told yet"
