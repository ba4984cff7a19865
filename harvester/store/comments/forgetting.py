"""What is not kept for ever of who has written: his network address, browser and cookie, and what nobody confirmed."""

from typing import Final

from sqlalchemy import ColumnElement, Table, Text, delete, literal_column, select, update

from harvester.store.comments.subscribing import CONFIRM_WITHIN_S, DAY_S
from harvester.store.connection import Store
from harvester.store.tables import comment_events, comments, subscriptions

KEPT_S: Final = 30 * DAY_S


def forget_clients(store: Store, now: float) -> int:
    """Forget of comments from where they came after 30 days, and subscriptions that nobody confirmed within 7.

    Gives how many rows that were. Where there is nothing to forget nothing is locked.
    """
    old, known = now - KEPT_S, literal_column("''", Text)  # as in the indexes of what is known
    none: dict[str, object] = {"visit": "", "client": "", "agent": ""}
    chosen: tuple[tuple[Table, ColumnElement[bool], dict[str, object]], ...] = (
        (comments, (comments.c.client != known) & (comments.c.created < old), none),
        (comment_events, (comment_events.c.client != known) & (comment_events.c.at < old), {"client": ""}),
    )
    late = (subscriptions.c.confirmed == 0) & (subscriptions.c.created < now - CONFIRM_WITHIN_S)
    with store.connect() as connection:
        found = [connection.execute(select(table.c.id).where(which).limit(1)).scalar() for table, which, _ in chosen]
        waits = connection.execute(select(subscriptions.c.id).where(late).limit(1)).scalar()
    if all(number is None for number in (*found, waits)):
        return 0
    with store.begin() as connection:
        gone = sum(connection.execute(update(table).where(which).values(new)).rowcount for table, which, new in chosen)
        return gone + connection.execute(delete(subscriptions).where(late)).rowcount
