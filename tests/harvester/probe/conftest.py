"""A probe of a repository with manners, in one call."""

import pytest

from harvester.endpoint import Endpoint
from harvester.http import Http
from harvester.probe import probe_repository
from tests.repository import Repository, made_entries


@pytest.fixture(scope="session")
def http():
    with Http(allow_private=True, timeout_s=5) as client:
        yield client


@pytest.fixture
def probed(http):
    """Probe a repository of 60 records, one a minute, 10 a page, that has these manners; or one that runs."""

    def probe(manners=None, *, repository=None, entries=None, choose_format=False, sets=(), prefix="oai_dc", **options):
        def ask(running):
            endpoint = Endpoint(key="one", base_url=running.url, metadata_prefix=prefix, sets=sets)
            return probe_repository(http, endpoint, choose_format=choose_format, **options)

        if repository is not None:
            return ask(repository)
        entries = made_entries(60, deleted_every=7) if entries is None else entries
        with Repository(entries, page_size=10, manners=manners) as running:
            return ask(running)

    return probe


@pytest.fixture
def repository():
    with Repository(made_entries(60, deleted_every=7), page_size=10) as running:
        yield running
