"""A served hub with items, and browsers that read its pages and send its forms as they find them."""

from contextlib import contextmanager
from html.parser import HTMLParser

import httpx
import pytest

from harvester.store.endpoints import put_endpoint
from harvester.store.hubs.settings import put_settings
from harvester.store.items import find_items
from harvester.store.works.joining import join_works
from tests.search_api.accounts.conftest import PAGE, opened_site
from tests.search_api.conftest import ENDPOINT, harvest, made_item, record

PUBLIC = "http://hub.example.org"


class Form(HTMLParser):
    """The fields of a page's form that is sent to an address: hidden ones, and what stands in the others."""

    def __init__(self, source, action):
        super().__init__()
        self.fields, self.names, self._is_in, self._area, self._action = {}, set(), False, None, action
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "form":
            self._is_in = found.get("action") == self._action and found.get("method") == "post"
        if not self._is_in:
            return
        if "name" in found:
            self.names.add(found["name"])
        if tag == "input" and found["type"] not in {"checkbox", "radio"}:
            self.fields[found["name"]] = found.get("value", "")
        if tag == "textarea":
            self._area, self.fields[found["name"]] = found["name"], ""

    def handle_endtag(self, tag):
        self._area = None if tag == "textarea" else self._area
        self._is_in = self._is_in and tag != "form"

    def handle_data(self, text):
        if self._area:
            self.fields[self._area] += text.removeprefix("\n")


class Reader:
    """A browser: it keeps cookies, and waits ten seconds before it sends a form."""

    def __init__(self, site, client):
        self.site, self.client = site, client

    def get(self, path, **asked):
        return self.client.get(path, **asked)

    def send(self, page, action, *, wait_s=10.0, headers=None, **typed):
        """Fill in the form of a page and send it; None leaves a field away."""
        form = Form(self.get(page).text, action)
        assert form.fields, f"{page} has no form for {action}"
        self.site.clock.now += wait_s
        return self.post(action, {name: typed.get(name, kept) for name, kept in (form.fields | typed).items()}, headers)

    def post(self, action, sent, headers=None):
        own = {"Origin": str(self.client.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        kept = {name: value for name, value in sent.items() if value is not None}
        return self.client.post(action, data=kept, headers=own | (headers or {}))

    def comment(self, number=1, **typed):
        path = self.site.comment_path(number)
        return self.send(path, path, **({"name": "Vera", "body": "A comment"} | typed))

    def sign_in(self, name):
        assert self.send("/sign-in", "/sign-in", name=name, password="five blue boats sail").status_code == 303
        return self


class Hall:
    """A site with items, people who read and write, and settings."""

    def __init__(self, site):
        self.site, self.store, self.clock, self.app = site, site.store, site.clock, site.app
        self.get = site.client.get
        self._open = []

    def item(self, number=1):
        return find_items(self.store, f"oai:made:{number}")[0]

    def comment_path(self, number=1):
        return f"/items/{self.item(number)}/comment"

    def reader(self, **headers):
        client = httpx.Client(base_url=self.site.url, headers=PAGE | headers, trust_env=False)
        self._open.append(client)
        return Reader(self, client)

    def user(self, name, role):
        self.site.add_user(name, role)
        return self.reader().sign_in(name)

    def settle(self, **comments):
        """Have settings of comments that begin from the next request on."""
        lines = [f"{name} = {_toml(value)}" for name, value in comments.items()]
        document = "\n".join(["[comments]", *lines])
        put_settings(self.store, document, after=None, actor="ada", now=self.clock())
        self.app.state.access.kept_settings.look_now()

    def rows(self, statement):
        with self.store.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def choice(self, number):
        """Give what a moderator's box says of a comment as it is now."""
        return self.rows(f"SELECT id || ':' || changed FROM comments WHERE id = {number}")[0][0]

    def close(self):
        for client in self._open:
            client.close()


def _toml(value):
    return (
        {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else repr(value).replace("'", '"')
    )


@contextmanager
def opened_hall(folder, **changed):
    with opened_site(folder, **({"public_url": PUBLIC} | changed)) as site:
        put_endpoint(site.store, ENDPOINT)
        rows = [record(str(number), made_item(number)) for number in (1, 2, 3)]
        harvest(site.store, rows, now=1_799_999_000)
        join_works(site.store, limit=100, now=1_799_999_000)
        hall = Hall(site)
        yield hall
        hall.close()


@pytest.fixture
def hall(tmp_path):
    with opened_hall(tmp_path) as hall:
        yield hall
