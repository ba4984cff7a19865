"""A hub with two items, a reader, a contributor and an editor, who makes tokens; and browsers for all of them."""

import html
import re
from contextlib import contextmanager

import httpx
import pytest
from msgspec import structs

from harvester.item import Agent, Metadata, Subject, Text
from harvester.store import open_store
from harvester.store.accounts.users import add_user
from harvester.store.contributions.tokens import NewToken, add_token, make_token
from harvester.store.endpoints import put_endpoint
from harvester.store.hubs.settings import put_settings
from harvester.store.items import get_item
from indexer.engines import open_index
from search_api.app import create_app
from search_api.hub_settings import ContributionSettings, HubSettings
from search_api.hub_settings.writing import write_document
from tests.search_api.accounts.conftest import PAGE, WORDS, Browser, Clock
from tests.search_api.conftest import ENDPOINT, SETTINGS, Hub, record, served
from tests.stores import lay_store

NOW = 1_800_000_000.0
MADE = Metadata(
    title=(Text("Old title of the item"),),
    creator=(Agent("Roe, R."),),
    volume="7",
    subject=(Subject("schools"), Subject("parents")),
    abstract=(Text("A long text about schools and what they do."),),
)
OTHER = Metadata(title=(Text("Another item"),))


class Place:
    """A served hub with its users, items and clock."""

    def __init__(self, hub, clock):
        self.hub, self.store, self.clock = hub, hub.store, clock
        self.url = str(hub.client.base_url).rstrip("/")
        for name, role in (("rob", "reader"), ("carl", "contributor"), ("eve", "editor")):
            mail = f"{name}@hub.example"
            add_user(self.store, name, role=role, mail=mail, password=WORDS, actor="command:tester", now=clock())

    @property
    def item(self):
        return self.hub.item_id("one")

    @property
    def other(self):
        return self.hub.item_id("two")

    def shown(self, item_id=None):
        return get_item(self.store, item_id or self.item)

    def token(self, **fields):
        secret = make_token()
        new = NewToken(**{"label": "Ann", "mail": "ann@far.example", "items": (self.item,), **fields})
        return add_token(self.store, new, text=secret, actor="eve", now=self.clock()), secret

    @contextmanager
    def browser(self, name=None, **headers):
        with httpx.Client(base_url=self.url, headers=PAGE | headers, trust_env=False) as client:
            browser = Person(client)
            if name:
                assert browser.sign_in(name).status_code == 303
            yield browser

    def mails(self):
        with self.store.connect() as connection:
            rows = connection.exec_driver_sql("SELECT recipient, subject, text FROM mails ORDER BY id").all()
        return [tuple(row) for row in rows]


class Person(Browser):
    """A browser that fills in forms."""

    def open_link(self, secret):
        """Press the button on the page of a token's link."""
        return self.post(f"/pass/{secret}", page=f"/pass/{secret}")

    def fields(self, path):
        """Give the fields of the form of a page, as a browser would send them: those that can be sent, in order."""
        page = self.get(path).text
        found = re.findall(
            r'<input type="(?:hidden|text|number|email)"[^>]*|<textarea[^>]*>[^<]*', page.partition("<main")[2]
        )
        pairs = []
        for tag in found:
            name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
            if name:
                said = tag.partition(">")[2] if tag.startswith("<textarea") else value[1] if value else ""
                pairs.append((html.unescape(name[1]), html.unescape(said)))
        return pairs

    def send(self, path, pairs):
        """Send a form of fields in their order; a name may come more than once."""
        said = {"Origin": str(self.client.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        body = httpx.QueryParams(pairs)
        headers = said | {"Content-Type": "application/x-www-form-urlencoded"}
        return self.client.post(path, content=str(body), headers=headers)

    def edit(self, item_id, do="submit", message="", **changed):
        """Fill in the form of an item and press a button: name=[value, …] in the order of its rows."""
        path = f"/items/{item_id}/edit"
        pairs, left = [], {name: list(values) for name, values in changed.items()}
        for name, value in self.fields(path):
            kind, _dot, key = name.partition(".")
            if kind == "now" and left.get(key):
                pairs.append((name, left[key].pop(0)))
            else:
                pairs.append((name, message if name == "message" else value))
        for key, values in left.items():
            for value in values:
                pairs += [(f"was.{key}", ""), (f"now.{key}", value)]
        return self.send(path, [*pairs, ("do", do)])


@contextmanager
def opened_place(folder, **contributions):
    lay_store(folder / "store.sqlite")
    with open_store(f"sqlite:///{folder}/store.sqlite") as store:
        put_endpoint(store, ENDPOINT)
        index = open_index("embedded:", data_dir=folder)
        index.create()
        own = HubSettings(contributions=ContributionSettings(**contributions))
        put_settings(store, write_document(own, ("en",)), after=None, actor="adam", now=NOW)
        app = create_app(store, index, SETTINGS)
        clock = Clock(NOW)
        own = HubSettings(
            name="Test <hub>", languages=("en", "de"), contributions=ContributionSettings(**contributions)
        )
        app.state.access = structs.replace(app.state.access, clock=clock, settings=lambda: own)
        with served(app) as client:
            hub = Hub(folder, store, index, client)
            hub.harvest([record("one", MADE), record("two", OTHER)], now=NOW)
            yield Place(hub, clock)
        index.close()


@pytest.fixture
def place(tmp_path):
    with opened_place(tmp_path) as place:
        yield place


@pytest.fixture
def anybody(place):
    with place.browser() as browser:
        yield browser
