"""A hub with an operator's pages, served on loopback, and words to break it with."""

import os
from contextlib import contextmanager

import httpx
import pytest

from harvester.store.accounts.users import add_user
from search_api.app import create_app
from tests.search_api.accounts.conftest import PAGE, Browser
from tests.search_api.conftest import SETTINGS, served
from workers.operator.api import operator_addresses
from workers.operator.metrics import metrics_route
from workers.operator.routes import PLACE, operator_routes
from workers.tools import Tools

WORDS = "five blue boats sail"


class Hub:
    """The open tools, and the URL where their pages are."""

    def __init__(self, tools, app, client):
        self.tools, self.store, self.app, self.client = tools, tools.store, app, client
        self.url = str(client.base_url).rstrip("/")

    def add_user(self, name, role):
        add_user(self.store, name, role=role, password=WORDS, actor="command:tester", now=self.store.now())

    def browser(self):
        """Give a browser that has not signed in yet, to be closed by its client."""
        return Browser(httpx.Client(base_url=self.url, headers=PAGE, trust_env=False))


@contextmanager
def opened_hub(environ):
    tools = Tools(environ)
    app = create_app(
        tools.store,
        tools.index,
        SETTINGS,
        routes=[*operator_routes(tools), metrics_route(tools)],
        addresses=operator_addresses(tools),
        places=[PLACE],
    )
    with served(app) as client:
        yield Hub(tools, app, client)
    tools.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request):
    """Which database the store is in."""
    return request.param


@pytest.fixture
def data_dir(data_dir, database, request, monkeypatch):
    """An empty data folder, and where asked for an empty database."""
    if database == "postgresql":
        monkeypatch.setenv("OAIHUB_STORE_URL", request.getfixturevalue("fresh_postgresql_url"))
    return data_dir


@pytest.fixture
def hub(data_dir):
    """A hub in an empty data folder."""
    with opened_hub(dict(os.environ)) as hub:
        yield hub
