"""Mail to people that waits to be sent: written in the transaction of what it tells of, so neither comes without."""

from sqlalchemy import Connection, insert

from harvester.store.tables import mails


def queue_mail(connection: Connection, *, recipient: str, subject: str, text: str, now: float) -> None:
    """Have a mail sent once the transaction of a connection is done."""
    row = {"recipient": recipient, "subject": subject, "text": text, "created": now, "not_before": now, "tries": 0}
    connection.execute(insert(mails).values(row | {"fence": 0, "leased_until": 0.0, "error": "", "failed": 0.0}))
