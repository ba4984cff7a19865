"""Dead letters: what was given up and waits for a person. Pages, documents that the index refuses, and DOIs.

To drop one changes nothing of what it is: it is only listed no more, until it dies again.
"""

from collections.abc import Sequence
from typing import Any, Final, Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, Text, cast, exists, func, literal, literal_column, select

from harvester.store.connection import Store
from harvester.store.ledger.pages import IMPORT
from harvester.store.operating.audit import audit_in
from harvester.store.tables import dois, dropped, endpoints, items, outbox, pages, records, runs

Kind = Literal["page", "document", "doi"]
KINDS: Final[tuple[Kind, ...]] = ("page", "document", "doi")
IS_DEAD: Final = pages.c.state == literal_column("'dead'")  # as in the index of dead pages
HOLDER: Final = items.alias("holder")
READING_PAGE: Final = pages.alias("reading")
OTHER_PAGE: Final = pages.alias("other")


class DeadLetter(Struct, frozen=True, kw_only=True):
    """Something that was given up, since when (seconds since 1970) and why.

    `key` names it among its kind: run/page, the item's id, or the DOI. `raw` is where the archive has its bytes, None
    where nothing was kept. `endpoint` is None for what may be of several. `retry` is what a retry does; it is empty
    where none is of use, and `instead` says what is.
    """

    kind: Kind
    key: str
    endpoint: str | None
    since: float
    error: str
    raw: str | None
    retry: str
    instead: str = ""


class Chosen(Struct, frozen=True, kw_only=True):
    """Which dead letters are meant: all, or those that fit everything that is given; `cause` is a part of the error."""

    kind: Kind | None = None
    key: str | None = None
    endpoint: str | None = None
    cause: str | None = None


def list_dead(store: Store, chosen: Chosen, *, limit: int) -> list[DeadLetter]:
    """Give dead letters, the newest first, at most `limit` of each kind."""
    with store.connect() as connection:
        return read_dead(connection, chosen, limit=limit)


def count_dead(store: Store) -> dict[Kind, int]:
    """Count what is listed, by kind."""
    with store.connect() as connection:
        return {kind: _count(connection, kind) for kind in KINDS}


def read_dead(connection: Connection, chosen: Chosen, *, limit: int | None = None) -> list[DeadLetter]:
    """As list_dead, as a transaction sees it; all without a limit."""
    found: list[DeadLetter] = []
    for kind in KINDS if chosen.kind is None else (chosen.kind,):
        statement, read = READING[kind]
        rows = connection.execute(statement(chosen).limit(limit)).mappings()
        found += [read(row) for row in rows]
    return sorted(found, key=lambda letter: (-letter.since, letter.kind, letter.key))


def drop_dead(store: Store, chosen: Chosen, *, actor: str, reason: str, now: float) -> list[DeadLetter]:
    """List letters no more; give them."""
    with store.begin() as connection:
        letters = read_dead(connection, chosen)
        for letter in letters:
            row = {"kind": letter.kind, "key": letter.key, "at": now}
            put = store.upsert(dropped).values(row)
            connection.execute(put.on_conflict_do_update(index_elements=["kind", "key"], set_=row))
            audit_in(
                connection,
                actor=actor,
                action="drop",
                object=f"{letter.kind}:{letter.key}",
                details={"error": letter.error, "reason": reason},
                now=now,
            )
        return letters


def _count(connection: Connection, kind: Kind) -> int:
    statement, _ = READING[kind]
    return connection.execute(
        select(func.count()).select_from(statement(Chosen()).order_by(None).subquery())
    ).scalar_one()


def _dead_pages(chosen: Chosen) -> Select[Any]:
    """Give the dead pages, each with what decides whether its run can be opened again."""
    key = cast(pages.c.run, Text).concat("/").concat(cast(pages.c.number, Text))
    later = runs.alias("later")
    asked = exists().where(OTHER_PAGE.c.run == later.c.id)  # a note of a run that could not begin has no page
    newest = select(func.max(later.c.id)).where(later.c.endpoint == runs.c.endpoint, asked).scalar_subquery()
    there = exists().where(endpoints.c.key == runs.c.endpoint)
    imported = exists().where(
        READING_PAGE.c.run == runs.c.id, READING_PAGE.c.number == 0, READING_PAGE.c.verb == IMPORT
    )
    columns = (
        key.label("key"),
        *(pages.c[name] for name in ("run", "number", "error", "location")),
        pages.c.hinted_at.label("since"),
        *(runs.c[name] for name in ("endpoint", "state", "ended")),
        newest.label("newest"),
        there.label("there"),
        imported.label("imported"),
    )
    of_endpoint = () if chosen.endpoint is None else (runs.c.endpoint == chosen.endpoint,)
    return (
        select(*columns)
        .join(runs, runs.c.id == pages.c.run)
        .where(IS_DEAD, *of_endpoint, *_fitting(chosen, "page", key, pages.c.error, pages.c.hinted_at))
        .order_by(pages.c.run.desc(), pages.c.number)
    )


def _dead_documents(chosen: Chosen) -> Select[Any]:
    shown = func.coalesce(HOLDER.c.merged_into, HOLDER.c.id) == outbox.c.item_id
    held = select(records.c.endpoint).join(HOLDER, HOLDER.c.id == records.c.item_id)
    of_endpoint = (
        () if chosen.endpoint is None else (held.where(shown, records.c.endpoint == chosen.endpoint).exists(),)
    )
    refused = outbox.c.reason.is_not(None)
    fitting = _fitting(chosen, "document", outbox.c.item_id, outbox.c.reason, outbox.c.queued)
    return (
        select(outbox.c.item_id.label("key"), outbox.c.reason.label("error"), outbox.c.queued.label("since"))
        .where(refused, *of_endpoint, *fitting)
        .order_by(outbox.c.queued.desc(), outbox.c.item_id)
    )


def _dead_dois(chosen: Chosen) -> Select[Any]:
    mine = exists().where(records.c.doi == dois.c.doi, records.c.endpoint == chosen.endpoint)
    of_endpoint = () if chosen.endpoint is None else (mine,)
    fitting = _fitting(chosen, "doi", dois.c.doi, dois.c.error, dois.c.leased_until)
    return (
        select(dois.c.doi.label("key"), dois.c.error, dois.c.leased_until.label("since"), dois.c.location)
        .where(dois.c.state == "dead", dois.c.due.is_(None), *of_endpoint, *fitting)
        .order_by(dois.c.leased_until.desc(), dois.c.doi)
    )


def _fitting(
    chosen: Chosen,
    kind: Kind,
    key: ColumnElement[str],
    error: ColumnElement[Any],
    since: ColumnElement[float],
) -> Sequence[ColumnElement[bool]]:
    """Give the conditions that something is chosen by key and cause, and was not dropped since it died."""
    gone = exists().where(dropped.c.kind == literal(kind), dropped.c.key == key, dropped.c.at >= since)
    by_key = () if chosen.key is None else (key == chosen.key,)
    by_cause = () if chosen.cause is None else (error.icontains(chosen.cause, autoescape=True),)
    return (~gone, *by_key, *by_cause)


def _page(row: Any) -> DeadLetter:  # noqa: ANN401 - a row of the statement above
    instead = why_not(row)
    does = "stores what the archive has" if row["location"] else "asks the repository for it"
    opened = f", and opens run {row['run']} again" if row["ended"] is not None else ""
    return DeadLetter(
        kind="page",
        key=row["key"],
        endpoint=row["endpoint"],
        since=row["since"],
        error=row["error"] or "",
        raw=row["location"],
        retry="" if instead else does + opened,
        instead=instead,
    )


def _document(row: Any) -> DeadLetter:  # noqa: ANN401 - as above
    return DeadLetter(
        kind="document",
        key=row["key"],
        endpoint=None,
        since=row["since"],
        error=row["error"],
        raw=None,
        retry="gives it to the index again as it is now",
    )


def _doi(row: Any) -> DeadLetter:  # noqa: ANN401 - as above
    return DeadLetter(
        kind="doi",
        key=row["key"],
        endpoint=None,
        since=row["since"],
        error=row["error"] or "",
        raw=row["location"],
        retry="asks its registry again, from the start",
    )


def why_not(row: Any) -> str:  # noqa: ANN401 - as above
    """Give why a dead page cannot be tried again, with what to do instead; empty where it can."""
    endpoint, run = row["endpoint"], row["run"]
    if not row["there"]:
        return f"endpoint {endpoint} was removed"
    if row["imported"] and row["location"] is None:
        return f"it is of a dump: `oaihub harvest {endpoint}` reads that again"
    if row["newest"] != run:
        return (
            f"run {row['newest']} came after it, and asked for the same again, for run {run} moved no watermark: "
            f"`oaihub harvest {endpoint} --full` asks for all"
        )
    if row["ended"] is not None and row["state"] not in {"partial", "failed"}:
        return f"run {run} was {row['state']}: `oaihub harvest {endpoint}` begins another"
    return ""


READING: Final = {
    "page": (_dead_pages, _page),
    "document": (_dead_documents, _document),
    "doi": (_dead_dois, _doi),
}
