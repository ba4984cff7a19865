"""The comments of an item that readers see, page by page, the newest first."""

from msgspec import Struct
from sqlalchemy import func, select, tuple_

from harvester.store.comments.comment import CHOSEN, Comment, CommentError, of_work, read_comment
from harvester.store.connection import Store
from harvester.store.tables import comments

IS_SHOWN = comments.c.state == "approved"


class Shown(Struct, frozen=True):
    """A page of comments in the order they are read in; `older` asks for the page before it, None where none is.

    `total` is the number of all that readers see.
    """

    comments: list[Comment]
    older: int | None
    total: int


def list_comments(store: Store, item_id: str, *, threaded: bool, limit: int, before: int | None = None) -> Shown:
    """Give what readers see on an item and on all that is merged with it: the newest page, or the one `before`.

    Threaded, answers stand behind what began their thread, and the newest page has the newest threads; a thread may go
    over a page. Raises: CommentError where `before` is no comment of the item.
    """
    place = (func.coalesce(comments.c.thread, comments.c.id), comments.c.id) if threaded else (comments.c.id,)
    with store.connect() as connection:
        here = of_work(connection, item_id)
        total = connection.execute(select(func.count()).select_from(comments).where(here, IS_SHOWN)).scalar_one()
        if total == 0 and before is None:
            return Shown([], None, 0)
        statement = CHOSEN.where(here, IS_SHOWN).order_by(*(column.desc() for column in place)).limit(limit + 1)
        if before is not None:
            begin = connection.execute(select(*place).where(here, comments.c.id == before)).one_or_none()
            if begin is None:
                raise CommentError(f"there is no comment {before} on item {item_id}")
            statement = statement.where(tuple_(*place) < tuple_(*begin))
        rows = connection.execute(statement).all()
    found = [read_comment(row) for row in reversed(rows[:limit])]
    return Shown(found, found[0].id if len(rows) > limit else None, total)


def find_shown(store: Store, item_id: str, number: int) -> Comment | None:
    """Give a comment that readers see on an item by its id; None where there is none."""
    with store.connect() as connection:
        chosen = CHOSEN.where(comments.c.id == number, IS_SHOWN, of_work(connection, item_id))
        row = connection.execute(chosen).one_or_none()
    return None if row is None else read_comment(row)
