"""Proposals as they are kept: values as they were and as they are to be, and what was decided on each."""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, func, select

from harvester.store.connection import Store
from harvester.store.contributions.errors import ContributionError
from harvester.store.tables import items, proposal_values, proposals
from harvester.works.proposing import Change

STATES: Final = ("draft", "submitted", "decided", "withdrawn")
OPEN: Final = "open"
ACCEPTED: Final = "accepted"
REJECTED: Final = "rejected"
UNDONE: Final = "undone"


class Author(Struct, frozen=True, kw_only=True):
    """Who proposes: the holder of a token, or a user, by its id; `name` is shown, `actor` is for the audit."""

    name: str
    actor: str
    token: int | None = None
    user: int | None = None


class Value(Struct, frozen=True, kw_only=True):
    """One value of a proposal, as `harvester.works.proposing.Change`; `state`: open, accepted, rejected, undone."""

    id: int
    property: str
    original: str | None
    proposed: str | None
    state: str
    note: str


class Proposal(Struct, frozen=True, kw_only=True):
    """A proposal; times in seconds since 1970, 0 for not yet.

    `item` leads the work of the item that it was made for. `reviewer` has taken it on, or decided; `message` is the
    author's, `note` the reviewer's.
    """

    id: int
    item: str
    author: str
    token: int | None
    user: int | None
    state: str
    reviewer: str
    message: str
    note: str
    created: float
    changed: float
    submitted: float
    decided: float
    values: tuple[Value, ...]


LEAD: Final = func.coalesce(items.c.merged_into, items.c.id)


def get_proposal(store: Store, number: int) -> Proposal | None:
    """Give a proposal by its id, None where there is none."""
    with store.connect() as connection:
        return next(iter(read_proposals(connection, proposals.c.id == number, limit=1)), None)


def find_draft(store: Store, author: Author, item_id: str) -> Proposal | None:
    """Give the draft that an author has for the work of an item, None where there is none."""
    with store.connect() as connection:
        return read_draft(connection, author, item_id)


def list_proposals(
    store: Store,
    *,
    state: str | None = None,
    author: Author | None = None,
    item_id: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Proposal]:
    """Give proposals, the newest first: where given, of one state, one author, one work, before one of this id.

    Drafts are their authors' own: they are given to no others.
    """
    wanted = [proposals.c.state == state] if state else []
    wanted.append(is_by(author) if author is not None else proposals.c.state != "draft")
    if before is not None:
        wanted.append(proposals.c.id < before)
    with store.connect() as connection:
        if item_id is not None:
            wanted.append(_is_of(item_id))
        return read_proposals(connection, *wanted, limit=limit)


def count_waiting(store: Store) -> int:
    """Count the proposals that wait for a decision."""
    counted = select(func.count()).select_from(proposals).where(proposals.c.state == "submitted")
    with store.connect() as connection:
        return int(connection.execute(counted).scalar_one())


def read_draft(connection: Connection, author: Author, item_id: str) -> Proposal | None:
    """Give an author's draft, likewise."""
    mine = (is_by(author), proposals.c.state == "draft", _is_of(item_id))
    return next(iter(read_proposals(connection, *mine, limit=1)), None)


def read_proposals(connection: Connection, *wanted: ColumnElement[bool], limit: int) -> list[Proposal]:
    """Give the proposals of some conditions with their values, the newest first."""
    chosen = (
        select(proposals, LEAD.label("lead"))
        .join_from(proposals, items, items.c.id == proposals.c.item_id)
        .where(*wanted)
        .order_by(proposals.c.id.desc())
        .limit(limit)
    )
    rows = connection.execute(chosen).all()
    values = _read_values(connection, [row.id for row in rows])
    return [_proposal(row, values.get(row.id, ())) for row in rows]


def lock_proposal(connection: Connection, number: int) -> Proposal:
    """Give a proposal, and keep all others who would change it waiting. Raises: ContributionError."""
    locking = select(proposals.c.id).where(proposals.c.id == number).with_for_update()
    connection.execute(locking)
    found = read_proposals(connection, proposals.c.id == number, limit=1)
    if not found:
        raise ContributionError(
            "no_proposal", f"there is no proposal {number}; `oaihub proposals list` shows those that are"
        )
    return found[0]


def is_by(author: Author) -> ColumnElement[bool]:
    """Give the condition that a proposal is an author's."""
    return proposals.c.token == author.token if author.token is not None else proposals.c.user == author.user


def is_his(author: Author, proposal: Proposal) -> bool:
    """Tell whether a proposal is an author's."""
    if author.token is not None:
        return proposal.token == author.token
    return author.user is not None and proposal.user == author.user


def change_of(value: Value) -> Change:
    """Give what a value of a proposal changes."""
    return Change(value.property, value.original, value.proposed)


def object_of(number: int) -> str:
    """Give how the audit names a proposal."""
    return f"proposal:{number}"


def _is_of(item_id: str) -> ColumnElement[bool]:
    """Give the condition that a proposal is for the work of an item."""
    this = items.alias()
    lead = select(func.coalesce(this.c.merged_into, this.c.id)).where(this.c.id == item_id).scalar_subquery()
    return lead == LEAD


def _read_values(connection: Connection, numbers: Sequence[int]) -> dict[int, list[Value]]:
    chosen = select(proposal_values).where(proposal_values.c.proposal.in_(numbers)).order_by(proposal_values.c.id)
    found: dict[int, list[Value]] = {}
    for row in connection.execute(chosen):
        value = Value(
            id=row.id,
            property=row.property,
            original=row.original,
            proposed=row.proposed,
            state=row.state,
            note=row.note,
        )
        found.setdefault(row.proposal, []).append(value)
    return found


def _proposal(row: Row[Any], values: Sequence[Value]) -> Proposal:
    names = (name for name in Proposal.__struct_fields__ if name not in {"item", "values"})
    return Proposal(item=row.lead, values=tuple(values), **{name: getattr(row, name) for name in names})
