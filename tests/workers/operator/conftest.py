"""A hub with an operator's pages, served on loopback, and words to break it with."""

import os
from contextlib import contextmanager

import pytest

from harvester.store.accounts.users import add_user
from search_api.app import create_app
from tests.search_api.conftest import SETTINGS, served
from workers.operator.api import operator_addresses
from workers.operator.routes import PLACE, operator_routes
from workers.tools import Tools

WORDS = "five blue boats sail"


class Hub:
    """The open tools, and the URL where their pages are."""

    def __init__(self, tools, client):
        self.tools, self.store, self.client = tools, tools.store, client
        self.url = str(client.base_url).rstrip("/")

    def add_user(self, name, role):
        add_user(self.store, name, role=role, password=WORDS, actor="command:tester", now=self.store.now())


@contextmanager
def opened_hub(environ):
    tools = Tools(environ)
    app = create_app(
        tools.store,
        tools.index,
        SETTINGS,
        routes=operator_routes(tools),
        addresses=operator_addresses(tools),
        places=[PLACE],
    )
    with served(app) as client:
        yield Hub(tools, client)
    tools.close()


@pytest.fixture
def hub(data_dir):
    """A hub in an empty data folder."""
    with opened_hub(dict(os.environ)) as hub:
        yield hub
