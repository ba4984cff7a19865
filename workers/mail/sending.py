"""Sending the mail that waits in the store: one after another, in a thread, so that nothing waits for a server."""

import logging
import re
import threading
from typing import Final

from harvester.errors import HarvestError, cut
from harvester.store import Store
from harvester.store.mails import claim_mail, note_sent, note_unsent
from workers.mail.smtp import MailError, send_mail

log = logging.getLogger(__name__)

AT_ONCE: Final = 200
"""Mails of one turn; the next turn comes in half a minute."""

LEASE_S: Final = 120.0
"""Longer than a server that is slow at each step takes for one mail."""

ADDRESS: Final = re.compile(r"[^\s<>,;:'\"(){}\[\]]+@[^\s<>,;:'\"(){}\[\]]+")


class Sender:
    """Sends what waits, one mail at a time; without a server, or somebody who sends it, all of it goes on waiting."""

    def __init__(self, store: Store, smtp_url: str, sender: str) -> None:
        self._store = store
        self._smtp_url = smtp_url
        self._sender = sender
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()

    def start(self) -> None:
        """Begin to send what waits, if nobody of this process does."""
        if self._smtp_url and self._sender and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(target=self._send, name="mail", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Wait a moment for the mail that is under way; where that is too short another sends it, after its lease."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(2.0)

    def _send(self) -> None:
        try:
            for _ in range(AT_ONCE):
                if self._ending.is_set() or not send_next(self._store, self._smtp_url, self._sender):
                    return
        except HarvestError as error:
            log.warning("mail waits", extra={"error": hide_addresses(str(error))})
        except Exception:
            log.exception("mail waits")


def send_next(store: Store, smtp_url: str, sender: str) -> bool:
    """Send the mail that waits for longest; False where none is due, or the server takes none just now."""
    mail = claim_mail(store, lease_s=LEASE_S, now=store.now())
    if mail is None:
        return False
    try:
        refused = send_mail(smtp_url, sender=sender, to=[mail.recipient], subject=mail.subject, text=mail.text)
    except MailError as error:
        told = hide_addresses(str(error))
        note_unsent(store, mail, told, store.now())
        log.warning("mail not sent", extra={"mail": mail.id, "tries": mail.tries, "error": told})
        return error.is_of_mail
    note_sent(store, mail)
    log.info("mail sent", extra={"mail": mail.id, "tries": mail.tries, "refused": len(refused)})
    return True


def hide_addresses(text: str) -> str:
    """Give what a server says without the addresses of people in it."""
    return cut(ADDRESS.sub("(address)", text))
