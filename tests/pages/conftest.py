"""A browser, and watched pages of a hub that runs as a person has it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.pages.site import Site, demo_entries, open_site
from tests.pages.watching import Visits
from tests.services.chromium import launched


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Site]:
    """A hub with the records of the demonstration."""
    with open_site(tmp_path_factory.mktemp("site"), demo_entries()) as site:
        yield site


@pytest.fixture(scope="module")
def chromium(engines) -> Iterator[Browser]:
    with launched(engines.url("chromium")) as browser:
        yield browser


@pytest.fixture
def visits(chromium, site) -> Iterator[Visits]:
    """Opens pages; none of them may reach for another host, run what is no script of ours, or have anything refused."""
    visits = Visits(chromium, site.url)
    yield visits
    assert visits.close() == []
