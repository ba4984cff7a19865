"""From a link to an accepted value that stands after a new harvest: real commands, a real server, a real repository."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.flow.hub import OAIHUB, Hub, wait_until
from tests.repository import Entry, Repository, oai_dc
from tests.search_api.accounts.conftest import PAGE, WORDS
from tests.search_api.contribute.conftest import Person
from tests.services.processes import free_port

FIRST = {"title": "A title with a fault", "creator": "Roe, R.", "publisher": "A press"}
LATER = {"title": "A title with another fault", "creator": "Roe, R.", "publisher": "Another press"}


@pytest.fixture(params=["sqlite", "postgresql"])
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Hub:
    if request.param == "postgresql":
        url = request.getfixturevalue("fresh_postgresql_url")
        return Hub(tmp_path, OAIHUB_STORE_URL=url, OAIHUB_SECRET="a secret for the flow tests")
    return Hub(tmp_path)


@pytest.fixture
def repository() -> Iterator[Repository]:
    entries = [entry(number, FIRST, "2024-01-01T00:00:00Z") for number in (1, 2)]
    with Repository(entries) as started:
        yield started


def entry(number: int, said: dict[str, str], datestamp: str) -> Entry:
    own = said if number == 1 else said | {"title": f"Another item {number}"}
    return Entry(f"oai:test:{number}", datestamp, metadata={"oai_dc": oai_dc(**own)})


@contextmanager
def serving(hub: Hub) -> Iterator[str]:
    address = f"127.0.0.1:{free_port()}"
    server = hub.start("serve", "--listen", address)
    try:
        wait_until(lambda: is_alive(f"http://{address}"))
        yield f"http://{address}"
    finally:
        server.terminate()
        _, said = server.communicate(timeout=20)
    assert "Traceback" not in said


def is_alive(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def browsing(url: str) -> Iterator[Person]:
    with httpx.Client(base_url=url, headers=PAGE, trust_env=False, timeout=30) as client:
        yield Person(client)


def add_editor(hub: Hub) -> None:
    arguments = ("users", "add", "eve", "--role", "editor", "--password-stdin")
    subprocess.run(
        [*OAIHUB, *arguments], env=hub.environ, input=f"{WORDS}\n", text=True, check=True, capture_output=True
    )


def test_an_accepted_value_stands_after_a_new_harvest_and_a_rejected_one_does_not(
    hub: Hub, repository: Repository
) -> None:
    assert hub.oaihub("harvest", repository.url, "--allow-private").code == 0
    add_editor(hub)
    item = hub.told("search", "fault")["items"][0]["id"]
    link = hub.told("tokens", "add", "Ann", "--item", item, "--uses", "1")["link"]
    with serving(hub) as url, browsing(url) as ann, browsing(url) as eve:
        assert ann.open_link(link.removeprefix("/pass/")).headers["location"] == f"/items/{item}/edit"
        handed_in = ann.edit(item, title=["A title without a fault"], publisher=["A fine press"])
        assert handed_in.headers["location"] == "/contributions?done=submit"

        assert eve.sign_in("eve").status_code == 303
        (proposal,) = hub.told("proposals", "list")["proposals"]
        path = f"/review/{proposal['id']}"
        chosen = {value["property"]: str(value["id"]) for value in proposal["values"]}
        token = ("form_token", eve.form_token(path))
        assert eve.send(path, [token, ("value", chosen["title"]), ("do", "accept")]).status_code == 303
        assert eve.send(path, [token, ("note", "It says so."), ("do", "reject all")]).status_code == 303

        repository.put(entry(1, LATER, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"))
        assert hub.oaihub("harvest", repository.url, "--allow-private").code == 0
        assert shown(url, item) == ("A title without a fault", "Another press", {"title": "person"})
        assert "It says so." in ann.get("/contributions").text

        assert eve.send(path, [token, ("do", "undo")]).status_code == 303
        assert shown(url, item) == ("A title with another fault", "Another press", {})
    told = [line["action"] for line in hub.told("audit", "--object", f"proposal:{proposal['id']}")["audit"]]
    assert told == ["undo", "decide", "decide", "submit", "draft"]


def shown(url: str, item: str) -> tuple[str, str, dict[str, str]]:
    said = httpx.get(f"{url}/api/v1/items/{item}", trust_env=False).json()
    return said["title"][0]["value"], said["publisher"][0], said.get("origin", {})
