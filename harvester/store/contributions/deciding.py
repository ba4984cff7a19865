"""What reviewers do with proposals: take them on, accept or reject values, take back what they accepted.

An accepted value becomes a part of an edit of its item (`harvester.store.works.edits`), which wins over every source
and stays through every harvest; state, edit and audit are written in one transaction.
"""

from collections.abc import Collection, Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, select, update

from harvester.item import Item
from harvester.store.connection import Store
from harvester.store.contributions.errors import ContributionError
from harvester.store.contributions.proposals import (
    ACCEPTED,
    OPEN,
    REJECTED,
    UNDONE,
    Author,
    Proposal,
    Value,
    change_of,
    lock_proposal,
    object_of,
)
from harvester.store.contributions.proposing import Wanted, Writer, hand_in_by
from harvester.store.locking import lock_repository
from harvester.store.mails import queue_mail
from harvester.store.membership import among
from harvester.store.operating.audit import audit_in
from harvester.store.tables import edits, proposal_values, proposals, tokens, users
from harvester.store.works.edits import lock_item, touch, write_edits
from harvester.store.works.joining import JOINER
from harvester.store.works.parts import lock_items, work_of
from harvester.works.proposing import changed_properties, reversed_change

LONGEST_NOTE: Final = 2_000


class Decision(Struct, frozen=True, kw_only=True):
    """What a reviewer decides: ids of values to accept and to reject, others stay open; `note` is for the author."""

    accept: frozenset[int] = frozenset()
    reject: frozenset[int] = frozenset()
    note: str = ""


def take_on(store: Store, number: int, *, actor: str, now: float) -> None:
    """Say that somebody looks at a proposal. Raises: ContributionError where it does not wait for a decision."""
    with store.begin() as connection:
        found = _waiting(connection, number)
        this = update(proposals).where(proposals.c.id == number)
        connection.execute(this.values(reviewer=actor, changed=now))
        details = {"before": found.reviewer} if found.reviewer else {}
        audit_in(connection, actor=actor, action="take on", object=object_of(number), details=details, now=now)


def decide(
    store: Store, number: int, decision: Decision, *, actor: str, letter: Writer | None = None, now: float
) -> Proposal:
    """Decide on values of a proposal; once none is open it is decided, and a letter about it goes to its author.

    Raises: ContributionError (decided meanwhile, the item is gone, too long a note), EditError.
    """
    with store.begin() as connection:
        return _decide(store, connection, number, decision, actor=actor, letter=letter, now=now)


def hand_in_accepted(
    store: Store, author: Author, wanted: Wanted, *, offered: Collection[str], actor: str, now: float
) -> Proposal:
    """Hand a proposal in and accept all of it at once, for an author who may. Raises: as `hand_in` and `decide`."""
    with store.begin() as connection:
        made = hand_in_by(connection, author, wanted, offered=offered, letter=None, now=now)
        all_of_it = Decision(accept=frozenset(value.id for value in made.values))
        return _decide(store, connection, made.id, all_of_it, actor=actor, letter=None, now=now)


def _decide(
    store: Store,
    connection: Connection,
    number: int,
    decision: Decision,
    *,
    actor: str,
    letter: Writer | None,
    now: float,
) -> Proposal:
    found = _waiting(connection, number)
    _check(found, decision)
    accepted = [value for value in found.values if value.id in decision.accept]
    if accepted:
        _accept(store, connection, found, accepted, note=decision.note, now=now)
    _mark(connection, decision.reject, REJECTED, decision.note)
    is_over = all(value.state != OPEN or value.id in decision.accept | decision.reject for value in found.values)
    state = {"state": "decided", "decided": now} if is_over else {}
    this = update(proposals).where(proposals.c.id == number)
    connection.execute(this.values(reviewer=actor, note=decision.note or found.note, changed=now, **state))
    details = {
        "item": found.item,
        "accepted": sorted(value.property for value in accepted),
        "rejected": sorted(value.property for value in found.values if value.id in decision.reject),
    }
    audit_in(connection, actor=actor, action="decide", object=object_of(number), details=details, now=now)
    after = lock_proposal(connection, number)
    if is_over and letter is not None and (recipient := _address(connection, found)):
        said = letter(after)
        queue_mail(connection, recipient=recipient, subject=said.subject, text=said.text, now=now)
    return after


def undo_decision(store: Store, number: int, *, actor: str, now: float) -> Proposal:
    """Take back all that was accepted of a proposal: its values are `undone`, and the item is as if they were not.

    An edit that is the newest of its property is revoked; where others came after it, another edit takes its values out
    of what those say. Raises: ContributionError where nothing is accepted.
    """
    with store.begin() as connection:
        lock_repository(connection, JOINER)  # only who has this may hold several repositories
        found = lock_proposal(connection, number)
        accepted = [value for value in found.values if value.state == ACCEPTED]
        if not accepted:
            raise ContributionError(
                "none_accepted", f"nothing of proposal {number} is accepted, so nothing can be taken back"
            )
        parts = work_of(connection, found.item)
        lock_items(connection, parts)
        left = _revoke(store, connection, parts, accepted, now)
        if left:
            _take_out(store, connection, found, left, actor=actor, now=now)
        _mark(connection, [value.id for value in accepted], UNDONE, "")
        connection.execute(update(proposals).where(proposals.c.id == number).values(reviewer=actor, changed=now))
        details = {"item": found.item, "undone": sorted(value.property for value in accepted)}
        audit_in(connection, actor=actor, action="undo", object=object_of(number), details=details, now=now)
        return lock_proposal(connection, number)


def _waiting(connection: Connection, number: int) -> Proposal:
    found = lock_proposal(connection, number)
    if found.state != "submitted":
        raise ContributionError("not_waiting", f"proposal {number} is {found.state} by now; nothing was changed")
    return found


def _check(proposal: Proposal, decision: Decision) -> None:
    if len(decision.note) > LONGEST_NOTE:
        raise ContributionError("long_note", f"the note to the author has at most {LONGEST_NOTE:,} characters")
    chosen = decision.accept | decision.reject
    if not chosen:
        raise ContributionError("none_chosen", "no value is chosen: choose those to accept or reject")
    if decision.accept & decision.reject:
        raise ContributionError("both", "a value cannot be accepted and rejected at once")
    states = {value.id: value.state for value in proposal.values}
    unknown = sorted(chosen - states.keys())
    if unknown:
        raise ContributionError("no_value", f"proposal {proposal.id} has no value {unknown[0]}")
    if any(states[value] != OPEN for value in chosen):
        raise ContributionError(
            "meanwhile", f"a value of proposal {proposal.id} was decided meanwhile; nothing was changed"
        )


def _accept(
    store: Store,
    connection: Connection,
    proposal: Proposal,
    accepted: Sequence[Value],
    *,
    note: str,
    now: float,
) -> None:
    """Make values a part of what people say of the item; where the item says so already, nothing but their state."""
    item = _live(connection, proposal)
    changes = changed_properties(item, [change_of(value) for value in accepted])
    reason = f"proposal {proposal.id}"
    made: dict[str, int] = {}
    if changes:
        made = write_edits(store, connection, item.id, item, changes, author=proposal.author, reason=reason, now=now)
    for name in {value.property for value in accepted}:
        ids = [value.id for value in accepted if value.property == name]
        _mark(connection, ids, ACCEPTED, note, edit=made.get(name))


def _live(connection: Connection, proposal: Proposal) -> Item:
    item = lock_item(connection, proposal.item)
    if item.deleted:
        raise ContributionError(
            "gone",
            f"item {proposal.item} is gone: it was deleted at its repository, or taken down here, so nothing of it can "
            "be changed; a proposal for it can be rejected",
            subject=proposal.item,
        )
    return item


def _revoke(
    store: Store, connection: Connection, parts: Sequence[str], accepted: Sequence[Value], now: float
) -> list[Value]:
    """Revoke the edits of values that are the newest of their properties; give the values whose edits are not."""
    mine = proposal_values.c.id.in_([value.id for value in accepted])
    pairs = connection.execute(select(proposal_values.c.id, proposal_values.c.edit).where(mine))
    made: dict[int, int | None] = {row.id: row.edit for row in pairs}
    columns = (edits.c.id, edits.c.item_id, edits.c.property)
    standing = select(*columns).where(among(connection, edits.c.item_id, parts), edits.c.revoked == 0)
    rows = connection.execute(standing.order_by(edits.c.at, edits.c.id)).all()
    stacks: dict[str, list[int]] = {}
    for row in rows:
        stacks.setdefault(row.property, []).append(row.id)
    ours = {edit for edit in made.values() if edit is not None}
    revoked = set()
    for stack in stacks.values():
        while stack and stack[-1] in ours:
            revoked.add(stack.pop())
    if revoked:
        connection.execute(update(edits).where(edits.c.id.in_(revoked)).values(revoked=now))
        for item_id in sorted({row.item_id for row in rows if row.id in revoked}):
            touch(store, connection, item_id, now)
    covered = {edit for stack in stacks.values() for edit in stack}
    return [value for value in accepted if made.get(value.id) in covered]


def _take_out(
    store: Store, connection: Connection, proposal: Proposal, left: Sequence[Value], *, actor: str, now: float
) -> None:
    item = _live(connection, proposal)
    changes = changed_properties(item, [reversed_change(change_of(value)) for value in left])
    reason = f"proposal {proposal.id} taken back"
    if changes:
        write_edits(store, connection, item.id, item, changes, author=actor, reason=reason, now=now)


def _mark(connection: Connection, ids: Collection[int], state: str, note: str, *, edit: int | None = None) -> None:
    if not ids:
        return
    these = update(proposal_values).where(proposal_values.c.id.in_(ids))
    connection.execute(these.values(state=state, note=note, **({} if edit is None else {"edit": edit})))


def _address(connection: Connection, proposal: Proposal) -> str:
    """Give the mail address of who made a proposal, empty where he has none."""
    chosen = (
        select(tokens.c.mail).where(tokens.c.id == proposal.token)
        if proposal.token is not None
        else select(users.c.mail).where(users.c.id == proposal.user, ~users.c.disabled)
    )
    return connection.execute(chosen).scalar() or ""
