"""A whole hub for a browser: `oaihub run` with people of every role, over a repository that is really harvested."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from harvester.endpoint import Endpoint
from harvester.store import Store, open_store
from harvester.store.accounts.users import add_user
from harvester.store.endpoints import put_endpoint
from harvester.store.items import find_items
from tests.faults import Fault
from tests.flow.hub import Hub, wait_until
from tests.repository import Repository
from workers.demo import demo_records
from workers.demo.provider import Entry
from workers.demo.server import demo_entry

KEY = "here"
WORDS = "five blue boats sail"
PEOPLE = {"rita": "reader", "carl": "contributor", "edda": "editor", "ada": "admin"}
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
HTML = {"Accept": "text/html"}


class Site:
    """A hub that runs: its processes, its store, the repository that it harvests, and its address."""

    def __init__(self, hub: Hub, store: Store, repository: Repository, url: str) -> None:
        self.hub, self.store, self.repository, self.url = hub, store, repository, url

    def harvest(self) -> None:
        """Harvest what changed, by the workers, and return when all of it is found."""
        self.hub.harvest_by_workers([KEY])
        wait_until(self._is_shown)

    def item_id(self, identifier: str) -> str:
        (found,) = find_items(self.store, identifier)
        return found

    @contextmanager
    def client(self, person: str | None = None) -> Iterator[httpx.Client]:
        """Give a browser that shows nothing, signed in if asked for."""
        with httpx.Client(base_url=self.url, headers=HTML, trust_env=False, timeout=30) as client:
            if person:
                form = re.findall(r'name="form_token" value="([^"]+)"', client.get("/sign-in").text)
                sent = {"form_token": form[0], "name": person, "password": WORDS}
                answer = client.post("/sign-in", data=sent, headers=SAME_ORIGIN | {"Origin": self.url})
                assert answer.status_code == 303, answer.text
            yield client

    def _is_shown(self) -> bool:
        live = sum(not entry.deleted for entry in self.repository.entries)
        return httpx.get(f"{self.url}/api/v1/items", trust_env=False).json()["total"] == live


@contextmanager
def open_site(folder: Path, entries: Iterable[Entry], *, fault: Fault | None = None) -> Iterator[Site]:
    """Have a hub run over a repository of these entries, all of them harvested; a fault stays for ever."""
    hub = Hub(folder)
    (folder / "data").mkdir()
    with (
        open_store(f"sqlite:///{folder}/data/store.sqlite") as store,
        Repository(entries) as repository,
    ):
        if fault:
            repository.misbehave(fault, times=None)
        for name, role in PEOPLE.items():
            add_user(store, name, role=role, password=WORDS, actor="command:tester", now=store.now())
        put_endpoint(store, Endpoint(key=KEY, base_url=repository.url, allow_private=True))
        with hub.running() as client:
            site = Site(hub, store, repository, str(client.base_url).removesuffix("/api/v1/"))
            site.harvest()
            yield site


def demo_entries() -> list[Entry]:
    """Give what the demonstration repository holds."""
    return [demo_entry(record) for record in demo_records()]
