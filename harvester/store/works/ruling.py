"""A curator's rules on which items are one work, as they are kept."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select

from harvester.errors import RejectedError
from harvester.item import Metadata
from harvester.store.connection import Store
from harvester.store.locking import lock_repository
from harvester.store.membership import among
from harvester.store.outbox import URGENT, enqueue_joining
from harvester.store.tables import records, work_rules
from harvester.store.works.joining import JOINER
from harvester.works.ruling import Ruling, find_contradictions


class ContradictionError(RejectedError):
    """Rules that cannot hold with those before them or in force; `places` says which."""

    def __init__(self, places: Sequence[int]) -> None:
        super().__init__(
            "what is joined is one work with all that it is joined with, so no two of that can be kept apart: "
            "`oaihub works rules` lists the rules in force, `oaihub works remove` takes one back"
        )
        self.places = tuple(places)


class Ruled(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An item of a rule: by its id, a record of it, its own DOI and its title."""

    id: str
    endpoint: str = ""
    identifier: str = ""
    doi: str | None = None
    title: str = ""


class Rule(Struct, frozen=True, kw_only=True):
    """A rule in force, since when (seconds since 1970)."""

    joined: bool
    one: Ruled
    other: Ruled
    at: float


def set_rules(store: Store, pairs: Sequence[Ruling], *, now: float) -> None:
    """Have pairs of items be one work (True) or two (False), whatever their keys say; the items are joined anew.

    Raises: ContradictionError; nothing is changed then.
    """
    with store.begin() as connection:
        lock_repository(connection, JOINER)
        standing = {frozenset((row.one, row.other)): row.joined for row in connection.execute(select(work_rules))}
        places = find_contradictions(standing, pairs)
        if places:
            raise ContradictionError(places)
        for first, second, joined in pairs:
            one, other = sorted((first, second))
            _delete(connection, one, other)
            connection.execute(insert(work_rules).values(one=one, other=other, joined=joined, at=now))
        _look_again(store, connection, pairs)


def remove_rules(store: Store, pairs: Sequence[tuple[str, str]]) -> int:
    """Take the rules on pairs of items back; give how many there were. The items are joined anew."""
    with store.begin() as connection:
        lock_repository(connection, JOINER)
        count = sum(_delete(connection, *sorted(pair)) for pair in pairs)
        _look_again(store, connection, [(*pair, False) for pair in pairs])
    return count


def list_rules(store: Store) -> list[Rule]:
    """Give the rules in force, the oldest first."""
    with store.connect() as connection:
        rows = connection.execute(select(work_rules).order_by(work_rules.c.at, work_rules.c.one, work_rules.c.other))
        found = rows.all()
        ruled = _read_ruled(connection, sorted({item_id for row in found for item_id in (row.one, row.other)}))
    return [Rule(joined=row.joined, one=ruled[row.one], other=ruled[row.other], at=row.at) for row in found]


def _read_ruled(connection: Connection, item_ids: Sequence[str]) -> dict[str, Ruled]:
    columns = (records.c.item_id, records.c.endpoint, records.c.identifier, records.c.doi, records.c.metadata)
    mine = select(*columns).where(among(connection, records.c.item_id, item_ids))
    found = {item_id: Ruled(id=item_id) for item_id in item_ids}
    ordered = mine.order_by(records.c.endpoint.desc(), records.c.metadata_prefix.desc())
    for item_id, endpoint, identifier, doi, content in connection.execute(ordered).all():
        titles = msgspec.json.decode(content, type=Metadata).title if content else ()
        title = titles[0].value if titles else found[item_id].title
        own = doi or found[item_id].doi
        found[item_id] = Ruled(id=item_id, endpoint=endpoint, identifier=identifier, doi=own, title=title)
    return found


def _delete(connection: Connection, one: str, other: str) -> int:
    mine = (work_rules.c.one == one, work_rules.c.other == other)
    return connection.execute(delete(work_rules).where(*mine)).rowcount


def _look_again(store: Store, connection: Connection, pairs: Sequence[Ruling]) -> None:
    touched = sorted({item_id for one, other, _ in pairs for item_id in (one, other)})
    if touched:
        enqueue_joining(store, connection, touched, priority=URGENT)
