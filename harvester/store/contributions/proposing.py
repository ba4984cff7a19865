"""What authors do with proposals: write drafts, hand them in, take them back."""

from collections.abc import Callable, Collection, Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, select, update

from harvester.item import Item
from harvester.store.accounts.roles import EDIT, ROLES
from harvester.store.connection import Store
from harvester.store.contributions.errors import ContributionError, FaultyError
from harvester.store.contributions.proposals import (
    OPEN,
    Author,
    Proposal,
    is_by,
    is_his,
    lock_proposal,
    object_of,
    read_draft,
    read_proposals,
)
from harvester.store.contributions.tokens import Letter, is_good_for, is_open, read_token, take_use
from harvester.store.items import read_items
from harvester.store.mails import queue_mail
from harvester.store.operating.audit import audit_in
from harvester.store.tables import items, proposal_values, proposals, tokens, users
from harvester.store.works.parts import work_of
from harvester.works.proposing import LONGEST_MESSAGE, LONGEST_VALUE, MOST_CHANGES, Change, find_faults

MOST_WAITING: Final = 100
"""Proposals of one author that may wait for a decision at once."""

Writer = Callable[[Proposal], Letter]
"""Writes a letter about a proposal as it is then."""


class Wanted(Struct, frozen=True):
    """What an author proposes for an item, with what he says to the reviewer."""

    item: str
    changes: tuple[Change, ...]
    message: str = ""


def save_draft(store: Store, author: Author, wanted: Wanted, *, now: float) -> Proposal:
    """Keep what an author has written so far: one draft for each item, in place of the one that he had.

    Raises: ContributionError (the item is gone, the token not good for it; too much).
    """
    with store.begin() as connection:
        return _save(connection, author, wanted, now)


def hand_in(
    store: Store, author: Author, wanted: Wanted, *, offered: Collection[str], letter: Writer | None = None, now: float
) -> Proposal:
    """Hand a proposal in, in place of the author's draft; a letter goes to all who may decide and have an address.

    `offered` are the properties that may be changed. Raises: FaultyError, ContributionError.
    """
    with store.begin() as connection:
        return hand_in_by(connection, author, wanted, offered=offered, letter=letter, now=now)


def hand_in_by(
    connection: Connection,
    author: Author,
    wanted: Wanted,
    *,
    offered: Collection[str],
    letter: Writer | None,
    now: float,
) -> Proposal:
    """Hand a proposal in as a part of a transaction; likewise."""
    draft = _save(connection, author, wanted, now)
    if not wanted.changes:
        raise ContributionError("no_change", "nothing is changed yet: change a value, add one, or take one away")
    _check_waiting(connection, author)
    item = _live_item(connection, draft.item)
    allowed = _allowed(connection, author, offered)
    if faults := find_faults(item, wanted.changes, allowed):
        raise FaultyError(faults)
    if author.token is not None and (token := read_token(connection, author.token)) is not None:
        take_use(connection, token)
    mine = update(proposals).where(proposals.c.id == draft.id)
    connection.execute(mine.values(state="submitted", submitted=now, changed=now))
    details = {"item": draft.item, "properties": sorted({change.property for change in wanted.changes})}
    audit_in(connection, actor=author.actor, action="submit", object=object_of(draft.id), details=details, now=now)
    made = _read(connection, draft.id)
    if letter is not None:
        said = letter(made)
        for recipient in _reviewers(connection):
            queue_mail(connection, recipient=recipient, subject=said.subject, text=said.text, now=now)
    return made


def withdraw(store: Store, author: Author, number: int, *, now: float) -> Proposal:
    """Take a draft or a proposal back before anything of it is decided. Raises: ContributionError."""
    with store.begin() as connection:
        found = lock_proposal(connection, number)
        if not is_his(author, found):
            raise ContributionError("not_yours", f"proposal {number} is not yours to take back")
        if found.state not in {"draft", "submitted"} or any(value.state != OPEN for value in found.values):
            raise ContributionError("not_back", f"proposal {number} cannot be taken back: it is {_standing(found)}")
        this = update(proposals).where(proposals.c.id == number)
        connection.execute(this.values(state="withdrawn", changed=now))
        details = {"item": found.item}
        audit_in(connection, actor=author.actor, action="withdraw", object=object_of(number), details=details, now=now)
        return _read(connection, number)


def _save(connection: Connection, author: Author, wanted: Wanted, now: float) -> Proposal:
    _check_size(wanted)
    _lock_author(connection, author, now)
    item = _live_item(connection, wanted.item)
    if author.token is not None:
        _check_scope(connection, author.token, item.id)
    draft = read_draft(connection, author, item.id)
    if draft is None:
        number = _insert(connection, author, item.id, wanted.message, now)
        details = {"item": item.id}
        audit_in(connection, actor=author.actor, action="draft", object=object_of(number), details=details, now=now)
    else:
        number = draft.id
        mine = update(proposals).where(proposals.c.id == number)
        connection.execute(mine.values(message=wanted.message, changed=now, author=author.name))
        connection.execute(delete(proposal_values).where(proposal_values.c.proposal == number))
    _insert_values(connection, number, wanted.changes)
    return _read(connection, number)


def _insert(connection: Connection, author: Author, item_id: str, message: str, now: float) -> int:
    row = {
        "item_id": item_id,
        "token": author.token,
        "user": author.user,
        "author": author.name,
        "state": "draft",
        "reviewer": "",
        "message": message,
        "note": "",
        "created": now,
        "changed": now,
        "submitted": 0.0,
        "decided": 0.0,
    }
    return int(connection.execute(insert(proposals).values(row).returning(proposals.c.id)).scalar_one())


def _insert_values(connection: Connection, number: int, changes: Sequence[Change]) -> None:
    rows = [
        {
            "proposal": number,
            "property": change.property,
            "original": change.original,
            "proposed": change.proposed,
            "state": OPEN,
            "note": "",
        }
        for change in changes
    ]
    if rows:
        connection.execute(insert(proposal_values), rows)


def _check_size(wanted: Wanted) -> None:
    if len(wanted.changes) > MOST_CHANGES:
        raise ContributionError(
            "many_changes", f"a proposal changes {MOST_CHANGES} values at most", subject=MOST_CHANGES
        )
    if len(wanted.message) > LONGEST_MESSAGE:
        raise ContributionError(
            "long_message", f"the message has at most {LONGEST_MESSAGE:,} characters", subject=LONGEST_MESSAGE
        )
    texts = (text for change in wanted.changes for text in (change.property, change.original, change.proposed) if text)
    if any(len(text) > 2 * LONGEST_VALUE for text in texts):
        raise ContributionError(
            "long_value", f"a value has at most {LONGEST_VALUE:,} characters", subject=LONGEST_VALUE
        )


def _check_waiting(connection: Connection, author: Author) -> None:
    """Have nobody fill the queue. Raises: ContributionError where too many proposals of an author wait."""
    counted = select(func.count()).select_from(proposals).where(is_by(author), proposals.c.state == "submitted")
    if connection.execute(counted).scalar_one() >= MOST_WAITING:
        text = f"{MOST_WAITING} proposals of {author.name} wait for a decision; no more are taken before that"
        raise ContributionError("many_waiting", text, subject=MOST_WAITING)


def _lock_author(connection: Connection, author: Author, now: float) -> None:
    """Keep other proposals of an author waiting. Raises: ContributionError where he may not propose any more."""
    if author.token is not None:
        connection.execute(select(tokens.c.id).where(tokens.c.id == author.token).with_for_update())
        token = read_token(connection, author.token)
        if token is None or not is_open(token, now):
            raise ContributionError("link_over", "the link that you came by is no longer good; ask for another")
        return
    mine = select(users.c.id).where(users.c.id == author.user, ~users.c.disabled).with_for_update()
    if connection.execute(mine).scalar() is None:
        raise ContributionError("no_user", "only users, and who has a link for it, may propose changes")


def _live_item(connection: Connection, item_id: str) -> Item:
    """Give the item that leads the work of an item. Raises: ContributionError where it is gone."""
    lead = work_lead(connection, item_id)
    found = read_items(connection, select(items.c.id).where(items.c.id == lead))
    if not found or found[0].deleted:
        raise ContributionError(
            "gone", f"item {item_id} is gone: it was deleted at its repository, or taken down here", subject=item_id
        )
    return found[0]


def work_lead(connection: Connection, item_id: str) -> str:
    """Give the id of the item that leads the work of an item; its own where there is no such item."""
    return connection.execute(select(items.c.merged_into).where(items.c.id == item_id)).scalar() or item_id


def _check_scope(connection: Connection, number: int, item_id: str) -> None:
    token = read_token(connection, number)
    if token is None or not is_good_for(token, work_of(connection, item_id)):
        raise ContributionError(
            "link_elsewhere",
            f"the link that you came by is not for item {item_id}; ask for one that is",
            subject=item_id,
        )


def _allowed(connection: Connection, author: Author, offered: Collection[str]) -> Collection[str]:
    """Give those of the offered properties that an author may change."""
    token = read_token(connection, author.token) if author.token is not None else None
    if token is None or not token.properties:
        return offered
    return [name for name in offered if name in token.properties]


def _reviewers(connection: Connection) -> list[str]:
    """Give the addresses of all who may decide on proposals."""
    roles = [role for role, rights in ROLES.items() if EDIT in rights]
    chosen = select(users.c.mail).where(users.c.role.in_(roles), ~users.c.disabled, users.c.mail != "")
    return sorted(set(connection.execute(chosen).scalars()))


def _read(connection: Connection, number: int) -> Proposal:
    (found,) = read_proposals(connection, proposals.c.id == number, limit=1)
    return found


def _standing(proposal: Proposal) -> str:
    return "being decided" if proposal.state == "submitted" else proposal.state
