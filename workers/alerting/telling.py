"""Telling people of alerts: many in one mail and one call, each try noted, and nothing waits for it."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final

from harvester.errors import HarvestError, cut
from harvester.store import Store
from harvester.store.endpoints import get_endpoint
from harvester.store.operating.alerts import (
    Alert,
    claim_alerts,
    note_reached,
    note_told,
    note_untold,
)
from workers.alerting.looking import OF_ENDPOINTS
from workers.alerting.ways import Ways, addresses
from workers.alerting.webhook import Call, Told, call_webhook
from workers.mail.smtp import send_mail

log = logging.getLogger(__name__)

AT_ONCE: Final = 100
LISTS_AT_ONCE: Final = 20
LEASE_S: Final = 600.0
"""Longer than all mails and the call of one turn can take."""

WEBHOOK: Final = "webhook"
NAME: Final = "oaihub"


class Teller:
    """Tells people in a thread of its own, one at a time; a server that does not answer keeps nobody else waiting."""

    def __init__(self, store: Store, ways: Ways) -> None:
        self._store = store
        self._ways = ways
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to tell what is to be told, if nobody of this process does."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._tell, name="teller", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Wait a moment for what is under way; what is not done by then is told by another, after its lease."""
        if self._thread is not None:
            self._thread.join(2.0)

    def _tell(self) -> None:
        try:
            tell_waiting(self._store, self._ways)
        except HarvestError as error:
            log.warning("alerts wait", extra={"error": str(error)})
        except Exception:
            log.exception("alerts wait")


def tell_waiting(store: Store, ways: Ways) -> int:
    """Tell what is to be told, at most so much at once; give how many alerts were told to all."""
    if not (ways.smtp_url or ways.webhook):
        return 0
    taken = claim_alerts(store, now=store.now(), lease_s=LEASE_S, limit=AT_ONCE)
    lists = {(alert.kind, alert.object): _list_of(store, ways, alert) for alert in taken}
    failed = _mail(store, ways, taken, lists) | _call(store, ways, taken)
    told = [alert for alert in taken if (alert.kind, alert.object) not in failed]
    note_told(store, told, store.now())
    for alert in taken:
        error = failed.get((alert.kind, alert.object))
        if error is not None:
            note_untold(store, alert, error, store.now())
            log.warning("alert not told", extra={"alert": alert.kind, "object": alert.object, "error": error})
    return len(told)


def _list_of(store: Store, ways: Ways, alert: Alert) -> tuple[str, ...]:
    """Give who is written to of an alert."""
    if not ways.smtp_url:
        return ()
    endpoint = get_endpoint(store, alert.object) if alert.kind in OF_ENDPOINTS else None
    return addresses(endpoint.alert_mail if endpoint is not None else "") or ways.mail_to


def _mail(
    store: Store, ways: Ways, taken: Sequence[Alert], lists: dict[tuple[str, str], tuple[str, ...]]
) -> dict[tuple[str, str], str]:
    """Write one mail to each list of people; give what could not be told, and why."""
    by_list: defaultdict[tuple[str, ...], list[Alert]] = defaultdict(list)
    for alert in taken:
        people = lists[alert.kind, alert.object]
        if people and "mail" not in alert.reached:
            by_list[people].append(alert)
    failed: dict[tuple[str, str], str] = {}
    for turn, (people, alerts) in enumerate(by_list.items()):
        if turn >= LISTS_AT_ONCE:
            failed |= {(alert.kind, alert.object): "too many mails at once" for alert in alerts}
            continue
        subject, text = mail_of(alerts)

        def send(subject: str = subject, text: str = text, people: tuple[str, ...] = people) -> None:
            refused = send_mail(ways.smtp_url, sender=ways.sender, to=people, subject=subject, text=text)
            if refused:
                log.warning("some people are not told, `oaihub alerts test` says who", extra={"people": len(refused)})

        failed |= _try(store, alerts, "mail", send)
    return failed


def _call(store: Store, ways: Ways, taken: Sequence[Alert]) -> dict[tuple[str, str], str]:
    """Send all to the webhook in one call; give what could not be told, and why."""
    alerts = [alert for alert in taken if WEBHOOK not in alert.reached]
    if not ways.webhook or not alerts:
        return {}
    return _try(store, alerts, WEBHOOK, lambda: send_call(ways, [_told(alert) for alert in alerts]))


def _try(store: Store, alerts: Sequence[Alert], who: str, send: Callable[[], None]) -> dict[tuple[str, str], str]:
    try:
        send()
    except HarvestError as error:
        return {(alert.kind, alert.object): cut(error) for alert in alerts}
    note_reached(store, alerts, who)
    return {}


def send_call(ways: Ways, told: Sequence[Told]) -> None:
    """Send alerts to the webhook. Raises: as call_webhook."""
    call = Call(NAME, time.time(), told)
    call_webhook(ways.webhook, call, secret=ways.secret, contact=ways.sender, allow_private=ways.allow_private)


def mail_of(alerts: Sequence[Alert]) -> tuple[str, str]:
    """Give subject and text of a mail of alerts."""
    begun = [alert for alert in alerts if not alert.is_over]
    over = [alert for alert in alerts if alert.is_over]
    counts = [f"{len(begun)} new" if begun else "", f"{len(over)} over" if over else ""]
    first = (begun or over)[0]
    subject = f"{NAME}: {first.kind} {first.object}" if len(alerts) == 1 else f"{NAME}: alerts"
    lines = [f"- {alert.text}" for alert in begun]
    if over:
        lines += ["", "Over:", *(f"- {alert.text}" for alert in over)]
    return f"{subject} ({', '.join(filter(None, counts))})", "\n".join(lines).strip() + "\n"


def _told(alert: Alert) -> Told:
    return Told(alert.kind, alert.object, "over" if alert.is_over else "begins", alert.since, alert.text)
