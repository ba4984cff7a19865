"""A hub with users, some addresses that need rights, and a browser: it keeps cookies and says which page asks."""

import re
from contextlib import contextmanager

import httpx
import pytest
from msgspec import structs
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from harvester.store import open_store
from harvester.store.accounts.users import add_user
from indexer.engines import open_index
from search_api.accounts import asker_of, form_of, protected, requires
from search_api.app import create_app
from tests.search_api.conftest import SETTINGS, served

WORDS = "five blue boats sail"
OTHER = "nine red trains wait"
PAGE = {"Accept": "text/html,application/xhtml+xml"}


class Clock:
    def __init__(self, now=1_800_000_000.0):
        self.now = now

    def __call__(self):
        return self.now


def tell(request):
    """Say who asks, and what he sent."""
    account = asker_of(request).account
    return PlainTextResponse(f"{account.actor} {dict(form_of(request)).get('what', '')}".strip())


ROUTES = (
    Route("/watched", requires("watch", tell)),
    Route("/operated", requires("operate", tell), methods=["GET", "POST"]),
    Route("/operator", protected("watch", tell)),
    Route("/operator/do", protected("operate", tell), methods=["POST"]),
    Route("/api/v1/operator", protected("watch", tell)),
)


class Site:
    """A served hub, its store and clock."""

    def __init__(self, store, app, client, clock):
        self.store, self.app, self.client, self.clock = store, app, client, clock
        self.url = str(client.base_url).rstrip("/")

    def add_user(self, name, role, password=WORDS):
        return add_user(self.store, name, role=role, password=password, actor="command:tester", now=self.clock())

    @contextmanager
    def browser(self, **headers):
        with httpx.Client(base_url=self.url, headers=PAGE | headers, trust_env=False) as client:
            yield Browser(client)


class Browser:
    def __init__(self, client):
        self.client = client
        self.get, self.cookies = client.get, client.cookies

    def form_token(self, path="/account"):
        return re.findall(r'name="form_token" value="([^"]+)"', self.get(path).text)[0]

    def post(self, path, *, page="/account", headers=None, **fields):
        """Send a form of a page as a browser does."""
        sent = {"form_token": self.form_token(page)} | fields
        said = {"Origin": str(self.client.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"} | (headers or {})
        return self.client.post(path, data=sent, headers=said)

    def sign_in(self, name="alice", password=WORDS, **fields):
        return self.post("/sign-in", page="/sign-in", name=name, password=password, **fields)


@contextmanager
def opened_site(folder, **changed):
    with open_store(f"sqlite:///{folder}/store.sqlite") as store:
        index = open_index("embedded:", data_dir=folder)
        index.create()
        app = create_app(store, index, structs.replace(SETTINGS, **changed), routes=ROUTES)
        clock = Clock()
        app.state.access = structs.replace(app.state.access, clock=clock)
        with served(app) as client:
            yield Site(store, app, client, clock)
        index.close()


@pytest.fixture
def site(tmp_path):
    with opened_site(tmp_path) as site:
        yield site


@pytest.fixture
def alice(site):
    return site.add_user("alice", "operator")


@pytest.fixture
def browser(site):
    with site.browser() as browser:
        yield browser
