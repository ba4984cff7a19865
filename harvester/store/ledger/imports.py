"""The ledger of an import: a run whose pages come from a dump and not from the network.

Page 0 stands for the reading of the dump. It is never due, so no worker takes it, and it stays open until all is read,
so the run cannot end before. Whoever holds it is the only one who adds pages: one for each document, archived, or with
nothing to store (another verb's answer), or dead (a file that could not be used).
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, select, update

from harvester.endpoint import Endpoint
from harvester.store.connection import Store
from harvester.store.errors import StoreBusyError
from harvester.store.ledger.pages import IMPORT, IS_OPEN
from harvester.store.ledger.runs import Run, RunOpenError, insert_run, open_run
from harvester.store.ledger.windows import FRESH, open_windows
from harvester.store.operating.controls import is_stopped
from harvester.store.tables import pages, runs

READING: Final = 0
WHOLE: Final = ("", (None, None))
NEVER: Final = 253_402_300_799.0  # the last second of the year 9999
NOT_PUBLIC: Final = "not_public"
"""The note of a page of which so many items are kept out, because their hub does not show them."""
NOTES_ENCODER: Final = msgspec.json.Encoder()
NOTES_DECODER: Final = msgspec.json.Decoder(dict[str, int])


class Reading(Struct, frozen=True):
    """The reading of a dump that is held; `next_page` is the number that the next document's page gets."""

    run: int
    fence: int
    next_page: int


class DocumentPage(Struct, frozen=True, kw_only=True):
    """A document of a dump as the ledger takes it.

    With a `location`, where it takes `size_bytes`, it waits to be stored (`repairs` were made to read it), with an
    `error` it is dead; else it is left out, `skipped` says as what.
    """

    name: str
    location: str = ""
    size_bytes: int = 0
    received: int = 0
    repairs: dict[str, int] = {}
    skipped: str = ""
    error: str = ""


class Import(Struct, frozen=True):
    """An open run that imports, and the URL (file:///…) of its dump."""

    run: Run
    source: str


class DocumentCounts(Struct, frozen=True):
    """What became of the documents of an import: to be stored or stored, left out by what they are, and refused.

    `not_public` counts the items in them that are kept out, because their hub does not show them.
    """

    imported: int
    skipped: dict[str, int]
    refused: tuple[tuple[str, str], ...]
    not_public: int = 0


def start_import(store: Store, endpoint: Endpoint, source: str, now: float) -> Run:
    """Open a run of an endpoint that imports a dump, whose reading nobody holds yet.

    Raises: RunOpenError where a run is open, PausedError, UnknownEndpointError.
    """
    try:
        with store.begin() as connection:
            asked: dict[str, object] = {"since": None, "until": None, "full": False, "deleted_record": ""}
            run = insert_run(connection, endpoint, asked, now)
            open_windows(connection, run.id, [WHOLE], reason="import", now=now, verb=IMPORT)
            values = {"state": "archived", "token": source, "not_before": NEVER}  # not pending: it asks no host
            connection.execute(update(pages).where(_reading_of(run.id)).values(values))
            return run
    except StoreBusyError:
        found = open_run(store, endpoint.key)
        if found is not None:
            raise RunOpenError(found) from None
        raise


def find_import(store: Store, endpoint_key: str) -> Import | None:
    """Give the open run of an endpoint where it is an import, or None."""
    run = open_run(store, endpoint_key)
    if run is None:
        return None
    with store.connect() as connection:
        source = connection.execute(select(pages.c.token).where(_reading_of(run.id))).scalar()
    return None if source is None else Import(run, source)


def take_reading(store: Store, run: int, *, lease_s: float, now: float) -> Reading | None:
    """Hold the reading of a dump for `lease_s`; None where another holds it, all is read, the run has ended or waits.

    It waits while its endpoint is paused.
    """
    paused = exists().where(runs.c.id == run, is_stopped("harvest", runs.c.endpoint))
    free = and_(_reading_of(run), IS_OPEN, pages.c.leased_until < now, _run_is_open(run), ~paused)
    values = {"fence": pages.c.fence + 1, "leased_until": now + lease_s}
    with store.begin() as connection:
        fence = connection.execute(update(pages).where(free).values(values).returning(pages.c.fence)).scalar()
        if fence is None:
            return None
        return Reading(run, fence, connection.execute(select(runs.c.next_page).where(runs.c.id == run)).scalar_one())


def renew_reading(store: Store, reading: Reading, *, lease_s: float, now: float) -> bool:
    """Hold a reading for `lease_s` from now on; False where it is no longer held."""
    with store.begin() as connection:
        return _mark_reading(connection, reading, {"leased_until": now + lease_s})


def release_reading(store: Store, reading: Reading) -> None:
    """Let go of a reading, so that another may go on with it at once."""
    with store.begin() as connection:
        _mark_reading(connection, reading, {"leased_until": 0.0})


def end_reading(store: Store, reading: Reading) -> bool:
    """Note that the dump is read to its end, so that the run can end; False where the reading is no longer held."""
    with store.begin() as connection:
        return _mark_reading(connection, reading, {"state": "stored", "leased_until": 0.0})


def put_documents(store: Store, reading: Reading, documents: Sequence[DocumentPage], now: float) -> Reading | None:
    """Add pages for documents, in order, numbered from the reading's next page on; give the reading as it goes on.

    None where the reading is no longer held, or the run has ended: nothing is written then.
    """
    following = reading.next_page + len(documents)
    counted = update(runs).where(runs.c.id == reading.run, runs.c.next_page == reading.next_page)
    with store.begin() as connection:
        if not _mark_reading(connection, reading, {"hinted_at": now}):
            return None
        if connection.execute(counted.values(next_page=following)).rowcount != 1:
            return None
        connection.execute(
            insert(pages),
            [
                _document(reading.run, number, document, now)
                for number, document in enumerate(documents, start=reading.next_page)
            ],
        )
    return Reading(reading.run, reading.fence, following)


def read_names(store: Store, run: int) -> Counter[str]:
    """Count the documents that the ledger of an import has, by name (a tar archive may have a name twice)."""
    with store.connect() as connection:
        found = connection.execute(
            select(pages.c.token, func.count()).where(*_documents_of(run)).group_by(pages.c.token)
        )
        return Counter({row[0]: row[1] for row in found})


def count_documents(store: Store, run: int) -> DocumentCounts:
    """Count what became of the documents of an import."""
    of_run = _documents_of(run)
    archived = select(func.count()).where(*of_run, pages.c.location.is_not(None))
    notes = select(pages.c.notes, func.count()).where(*of_run, pages.c.state == "stored", pages.c.location.is_(None))
    hidden = select(pages.c.notes).where(*of_run, pages.c.location.is_not(None), pages.c.notes.contains(NOT_PUBLIC))
    dead = select(pages.c.token, pages.c.error).where(*of_run, pages.c.state == "dead").order_by(pages.c.number)
    with store.connect() as connection:
        skipped: Counter[str] = Counter()
        for row in connection.execute(notes.group_by(pages.c.notes)):
            skipped.update({name: count * row[1] for name, count in NOTES_DECODER.decode(row[0]).items()})
        return DocumentCounts(
            imported=connection.execute(archived).scalar_one(),
            skipped=dict(sorted(skipped.items())),
            refused=tuple((row[0], row[1]) for row in connection.execute(dead)),
            not_public=sum(
                NOTES_DECODER.decode(text).get(NOT_PUBLIC, 0) for text in connection.execute(hidden).scalars()
            ),
        )


def _document(run: int, number: int, document: DocumentPage, now: float) -> dict[str, object]:
    notes = {document.skipped: 1} if document.skipped else document.repairs
    return FRESH | {
        "run": run,
        "number": number,
        "window": 0,
        "verb": "ListRecords",
        "set_spec": "",
        "token": document.name,
        "state": "dead" if document.error else "archived" if document.location else "stored",
        "location": document.location or None,
        "archived_bytes": document.size_bytes,
        "received": document.received,
        "notes": NOTES_ENCODER.encode(notes).decode() if notes else None,
        "error": f"{document.name}: {document.error}" if document.error else None,
        "hinted_at": now,
    }


def _mark_reading(connection: Connection, reading: Reading, values: dict[str, object]) -> bool:
    mine = and_(_reading_of(reading.run), IS_OPEN, pages.c.fence == reading.fence, _run_is_open(reading.run))
    return connection.execute(update(pages).where(mine).values(values)).rowcount == 1


def _reading_of(run: int) -> ColumnElement[bool]:
    return and_(pages.c.run == run, pages.c.number == READING, pages.c.verb == IMPORT)


def _documents_of(run: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return pages.c.run == run, pages.c.verb != IMPORT


def _run_is_open(run: int) -> ColumnElement[bool]:
    return exists().where(runs.c.id == run, runs.c.ended.is_(None))
