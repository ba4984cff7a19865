"""The open tools of a harvest, and what becomes of a page."""

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

from msgspec import Struct

from harvester.archive import Archive, open_archive
from harvester.counting import HTTP_WAIT_S, count
from harvester.endpoint import Endpoint, is_imported
from harvester.errors import FatalError, cut
from harvester.http import Http
from harvester.oai import Identity, OAIClient, identify
from harvester.parsing.record import DoctypeError, NoSetHierarchyError, NotOaiError, PageCutError, ProtocolError
from harvester.room import parse_mark
from harvester.settings import HarvesterSettings
from harvester.store import Store, open_store
from harvester.store.hosts import Slot, reserve
from harvester.store.ledger.runs import Run
from harvester.store.locking import host_of
from harvester.store.records import PageCounts
from harvester.transport.redaction import redact

MOST_SETS: Final = 5_000

Outcome = Literal["stored", "absorbed", "fenced", "waiting", "failed"]


class PageResult(Struct, frozen=True, kw_only=True):
    """What became of one page.

    stored: done; absorbed: somebody else has it or it is done; fenced: somebody else took it over meanwhile; waiting:
    it will be tried again from `not_before` on (epoch seconds), `error` says why; failed: it is dead, `error` says
    why. `failed_try` is whether that wait counts as a failure of the page, `own_fault` whether its cause is on our side
    (the archive's disk). `next_numbers` are the pages that it opened. `ended` is the run where this ended it.
    """

    outcome: Outcome
    run: int
    number: int
    next_numbers: tuple[int, ...] = ()
    not_before: float | None = None
    failed_try: bool = False
    own_fault: bool = False
    error: str | None = None
    counts: PageCounts | None = None
    records_left: int | None = None
    ended: Run | None = None


class ImportedEndpointError(FatalError):
    """The endpoint stands for a dump on this machine: there is nothing to ask over the network."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(
            f"endpoint {endpoint.key} was imported from {endpoint.base_url}, and no repository can be asked for it: "
            f"`oaihub harvest {endpoint.key}` reads it again"
        )
        self.endpoint = endpoint


class Harvesting:
    """The open tools of a harvest: the store, the archive, and a client for each kind of endpoint."""

    def __init__(self, store: Store, archive: Archive, settings: HarvesterSettings) -> None:
        self.store = store
        self.archive = archive
        self.lease_s = settings.lease_s
        self.backoff_s = settings.backoff_s
        self.disk_mark = parse_mark(settings.disk_mark)
        self._settings = settings
        self._clients: dict[tuple[bool, bool], Http] = {}

    def http(self, endpoint: Endpoint) -> Http:
        """Give the client that an endpoint may use. Raises: ImportedEndpointError for one that is a dump."""
        if is_imported(endpoint):
            raise ImportedEndpointError(endpoint)
        private = endpoint.allow_private or self._settings.allow_private
        kind = (private, endpoint.verify_tls)
        if kind not in self._clients:
            self._clients[kind] = Http(
                contact=self._settings.contact,
                allow_private=private,
                verify_tls=endpoint.verify_tls,
                timeout_s=self._settings.timeout_s,
                deadline_s=self._settings.deadline_s,
                max_bytes=self._settings.max_page_bytes,
            )
        return self._clients[kind]

    def close(self) -> None:
        """Close everything."""
        for client in self._clients.values():
            client.close()
        self.store.close()


def open_harvesting(settings: HarvesterSettings) -> Harvesting:
    """Open the store and the archive that the settings name."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    archive = open_archive(settings.resolved_archive_url(), settings.archive_access())
    return Harvesting(open_store(settings.resolved_store_url()), archive, settings)


def wait_for_host(harvesting: Harvesting, endpoint: Endpoint, pause_s: float) -> Slot:
    """Take a slot of the host's budget, after a pause of up to `pause_s` if need be; one with a wait is not taken."""
    host = host_of(endpoint.base_url)
    while True:
        slot = reserve(harvesting.store, host, pace_s=endpoint.pace_s, now=harvesting.store.now())
        if slot.wait_s <= 0 or slot.wait_s > pause_s:
            return slot
        count(HTTP_WAIT_S, host, slot.wait_s)
        time.sleep(slot.wait_s)


def describe_repository(harvesting: Harvesting, endpoint: Endpoint) -> Identity:
    """Ask the endpoint's repository what it is.

    Raises: the errors of harvester.http, .oai and .record, the latter with the base URL before their text.
    """
    with naming(endpoint.base_url):
        return identify(harvesting.http(endpoint), endpoint.base_url, method=endpoint.http_method)


@contextmanager
def naming(base_url: str) -> Iterator[None]:
    """Put the base URL before the text of errors about an answer, which does not say where it came from."""
    try:
        yield
    except (NotOaiError, PageCutError, DoctypeError, ProtocolError) as error:
        error.args = (f"{cut(redact(base_url))}: {error}",)
        raise


def find_set(harvesting: Harvesting, endpoint: Endpoint, set_spec: str) -> bool:
    """Tell whether the repository lists a set; the first thousands of a longer list are looked at, then it is believed.

    Raises: the errors of harvester.http, .oai and .record.
    """
    client = OAIClient(endpoint.base_url, harvesting.http(endpoint), method=endpoint.http_method)
    try:
        looked = list(itertools.islice((found.setSpec == set_spec for found in client.ListSets()), MOST_SETS))
    except NoSetHierarchyError:
        return False
    return any(looked) or len(looked) == MOST_SETS


def list_prefixes(harvesting: Harvesting, endpoint: Endpoint) -> list[str]:
    """List the metadataPrefixes that the repository says it has. Raises: the errors of harvester.http and .oai."""
    client = OAIClient(endpoint.base_url, harvesting.http(endpoint))
    return [found.metadataPrefix for found in client.ListMetadataFormats()]
