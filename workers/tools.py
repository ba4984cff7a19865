"""What a worker process works with: opened at its first need, after the fork, and closed at the end of the process."""

from collections.abc import Mapping
from contextlib import closing
from functools import cached_property

from celery import Celery

from harvester.harvesting import Harvesting, open_harvesting
from harvester.querying import Enriching
from harvester.settings import HarvesterSettings, read_settings
from harvester.store import Store
from harvester.store.operating.counters import flush_counts
from indexer.engines import open_index
from indexer.index import Index
from indexer.indexing import prepare_index
from indexer.settings import IndexerSettings
from workers.alerting.telling import Teller
from workers.alerting.ways import ways_of
from workers.app import HINT_TIMEOUT_S, create_app
from workers.broker import Broker, open_broker
from workers.mail.sending import Sender
from workers.settings import WorkerSettings
from workers.traces import Traces, open_traces


class Tools:
    """The open tools of one process; connections must not be shared over a fork, so nothing is open before a task."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.harvester = read_settings(HarvesterSettings, environ)
        self.indexer = read_settings(IndexerSettings, environ)
        self.workers = read_settings(WorkerSettings, environ)

    @cached_property
    def harvesting(self) -> Harvesting:
        """The store, the archive and the network."""
        return open_harvesting(self.harvester)

    @property
    def store(self) -> Store:
        """The store."""
        return self.harvesting.store

    @cached_property
    def enriching(self) -> Enriching:
        """What DOI registries are asked with."""
        return Enriching(self.store, self.harvesting.archive, self.harvester)

    @cached_property
    def index(self) -> Index:
        """The index, made and filled where there is none. Raises: IndexUnavailableError; the next need tries again."""
        index = self.open_index()
        try:
            prepare_index(self.store, index)
        except BaseException:
            index.close()
            raise
        return index

    def has_index(self) -> bool:
        """Tell whether there is an index, and make none. Raises: IndexUnavailableError."""
        if "index" in self.__dict__:
            return True
        with closing(self.open_index()) as index:
            return index.exists()

    def open_index(self) -> Index:
        """Open the index as it is, also where it cannot be used; to be closed by the caller."""
        url = self.indexer.resolved_index_url()
        return open_index(url, data_dir=self.harvester.data_dir, options=self.indexer.node_options())

    @cached_property
    def broker(self) -> Broker:
        """The broker."""
        return open_broker(self.workers.resolved_broker_url(), self.harvester.data_dir)

    @cached_property
    def hinting(self) -> Celery:
        """The app that hints are sent with; it does not wait for a broker that is away."""
        return create_app(self.broker.url, timeout_s=HINT_TIMEOUT_S)

    @cached_property
    def traces(self) -> Traces:
        """The traces of this process, begun at the first need."""
        return open_traces(self.workers.otlp_url)

    @cached_property
    def teller(self) -> Teller:
        """What tells people of alerts."""
        return Teller(self.store, ways_of(self.workers, self.harvester))

    @cached_property
    def sender(self) -> Sender:
        """What sends the mail that waits."""
        return Sender(self.store, self.workers.smtp_url, self.harvester.contact)

    def flush_counts(self) -> None:
        """Write what this process has counted; nothing is opened for that."""
        if "harvesting" in self.__dict__:
            flush_counts(self.store)

    def close(self) -> None:
        """Close what was opened; the next need opens it again."""
        if "traces" in self.__dict__:  # stays: a process sets where its traces go but once
            self.traces.close()
        for name in ("teller", "sender", "hinting", "broker", "index", "enriching", "harvesting"):
            tool = self.__dict__.pop(name, None)
            if tool is not None:
                tool.close()
