"""An import in this process: the endpoint of a dump, and its documents into the ledger, the store and the index."""

import contextlib
import itertools
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

from harvester.dumps.documents import Dump
from harvester.dumps.importing import DEFAULT_PREFIX, find_prefix, read_ahead
from harvester.endpoint import Endpoint, check_endpoint, is_imported
from harvester.errors import HarvestError
from harvester.harvesting import Harvesting
from harvester.leases import renewed
from harvester.store import Store
from harvester.store.endpoints import get_endpoint, list_endpoints, put_endpoint
from harvester.store.ledger.imports import (
    Reading,
    find_import,
    read_names,
    release_reading,
    renew_reading,
    start_import,
    take_reading,
)
from harvester.store.ledger.runs import Run, RunOpenError, finish_run, get_run
from harvester.store.operating.controls import PausedError, find_control
from indexer.errors import IndexBusyError, IndexUnavailableError
from indexer.index import Index
from workers.errors import UsageError
from workers.foreground import INDEX_EVERY_S, INDEXED_AT_ONCE, LOOK_EVERY_S, RunHeldError, harvest_run
from workers.outbox import index_waiting
from workers.team import Watcher

PACKED: Final = re.compile(r"\.(xml|json|jsonl|ndjson|jsonld|tar|gz|bz2|xz|zst|tgz|tbz2?|txz|tzst)$", re.IGNORECASE)


class DumpWatcher(Watcher, Protocol):
    """Is told how an import goes on."""

    def read(self, share: float) -> None:
        """Take note of how much of the dump is read, 0 to 1."""


def dump_path(store: Store, text: str) -> Path | None:
    """Give the dump that a person means: a path, file:///…, or the key of an endpoint that was imported; else None.

    The key of an endpoint comes before a file of the same name. Raises: UsageError for a path where nothing is.
    """
    if not text.strip():  # a variable of the shell that is not set is not the folder that we are in
        return None
    known = get_endpoint(store, text)
    if known is not None:
        return _path_of(known.base_url) if is_imported(known) else None
    if "://" in text and not text.startswith("file:"):
        return None
    path = (_path_of(text) if text.startswith("file:") else Path(text).expanduser()).resolve()
    if path.exists():
        return path
    if "/" in text:
        raise UsageError(f"there is no file or folder {text}: check the path; an address begins with https://")
    return None


def endpoint_of_dump(store: Store, dump: Dump, *, key: str | None, prefix: str | None, into: str | None) -> Endpoint:
    """Give the endpoint that a dump is imported into: `into`, or the one of its place and format, made where needed.

    Raises: UsageError, BadEndpointError.
    """
    if into is not None:
        endpoint = get_endpoint(store, into)
        if endpoint is None:
            raise UsageError(f"there is no endpoint {into!r}: `oaihub endpoints list` shows them")
        return endpoint
    base_url = dump.path.as_uri()
    prefix = prefix or find_prefix(dump)
    for endpoint in list_endpoints(store):
        if (endpoint.base_url, endpoint.metadata_prefix) == (base_url, prefix) and key in {None, endpoint.key}:
            return endpoint
    if key is not None and get_endpoint(store, key) is not None:
        raise UsageError(f"there is an endpoint {key} already: choose another key, or import --into {key}")
    endpoint = Endpoint(
        key=key or _free_key(store, dump.path, prefix),
        base_url=base_url,
        metadata_prefix=prefix,
        label=dump.path.name,
    )
    check_endpoint(endpoint, imported=True)
    put_endpoint(store, endpoint)
    return endpoint


def import_dump(
    harvesting: Harvesting,
    endpoint: Endpoint,
    dump: Dump,
    index: Callable[[], Index],
    watcher: DumpWatcher,
    *,
    chosen: str | None = None,
) -> Run:
    """Import a dump, or go on where an import of it stood; give the run as it ended.

    `chosen` is the format of the answers that are taken, where that is not the endpoint's. Raises: RunHeldError where
    another run of the endpoint is open, or another process reads the dump; and what harvest_run raises.
    """
    store = harvesting.store
    run = _begin_or_resume(store, endpoint, dump.path.as_uri(), watcher)
    reading = _take(harvesting, run, watcher)
    lease_s = harvesting.lease_s
    try:
        with renewed(
            lambda: renew_reading(store, reading, lease_s=lease_s, now=store.now()), lease_s=lease_s, name=f"{run.id}/0"
        ):
            _read(harvesting, run, reading, dump, index=index, watcher=watcher, chosen=chosen)
    finally:
        with contextlib.suppress(HarvestError):  # the lease runs out by itself
            release_reading(store, reading)
    return finish_run(store, run.id, store.now()) or get_run(store, run.id) or run


def _read(
    harvesting: Harvesting,
    run: Run,
    reading: Reading,
    dump: Dump,
    *,
    index: Callable[[], Index],
    watcher: DumpWatcher,
    chosen: str | None,
) -> None:
    """Read the dump to its end, and harvest what is read a few pages later; what was read before is left out."""
    documents = dump.iter_documents(read_names(harvesting.store, run.id))
    indexed = time.monotonic()
    harvest_run(harvesting, run, index, watcher)
    for pages in read_ahead(harvesting, reading, documents, metadata_prefix=run.metadata_prefix, chosen=chosen):
        for page in pages:
            if page.error:
                watcher.note(f"{page.name} is not imported: {page.error}")
        watcher.read(dump.share)
        harvest_run(harvesting, run, index, watcher)
        if time.monotonic() - indexed > INDEX_EVERY_S:
            with contextlib.suppress(IndexBusyError, IndexUnavailableError):  # the end of the import tries again
                index_waiting(harvesting.store, index, limit=INDEXED_AT_ONCE)
            indexed = time.monotonic()


def _begin_or_resume(store: Store, endpoint: Endpoint, source: str, watcher: Watcher) -> Run:
    try:
        return start_import(store, endpoint, source, store.now())
    except RunOpenError as error:
        run = error.run
    found = find_import(store, endpoint.key)
    if found is None or found.source != source:
        other = f"it imports {_path_of(found.source)}" if found else "it is a harvest"
        raise RunHeldError(f"run {run.id} of {endpoint.key} is not finished, and {other}: let that end first")
    watcher.note(f"goes on with run {run.id}")
    return run


def _take(harvesting: Harvesting, run: Run, watcher: Watcher) -> Reading:
    """Hold the reading of the dump; a holder who died lets go of it within a lease, so that long is waited."""
    end = time.monotonic() + harvesting.lease_s + 1
    told = False
    while True:
        reading = take_reading(harvesting.store, run.id, lease_s=harvesting.lease_s, now=harvesting.store.now())
        if reading is not None:
            return reading
        control = find_control(harvesting.store, stage="harvest", endpoint=run.endpoint)
        if control is not None:
            raise PausedError(control)
        if time.monotonic() > end:
            raise RunHeldError(
                f"run {run.id} of {run.endpoint} is read by another process: `oaihub runs {run.id}` shows it"
            )
        if not told:
            watcher.note(f"run {run.id} is held by another process; waits whether that lives")
            told = True
        time.sleep(LOOK_EVERY_S)


def _path_of(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))


def _free_key(store: Store, path: Path, prefix: str) -> str:
    """Give a key from a dump's name, and the prefix where it is not oai_dc; with a number where that is taken."""
    name = path.name
    while path.is_file() and PACKED.search(name):
        name = PACKED.sub("", name)
    stem = name if prefix == DEFAULT_PREFIX else f"{name}-{prefix}"
    stem = re.sub(r"[^a-z0-9._-]+", "-", stem.lower()).strip("-._")[:58] or "import"
    taken = {endpoint.key for endpoint in list_endpoints(store)}
    numbered = (f"{stem}-{number}" for number in itertools.count(2))
    return next(key for key in itertools.chain((stem,), numbered) if key not in taken)
