"""What people leave on a hub, handed in through its API, or through the store where a visitor would have to wait."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from harvester.store.accounts.invitations import invite_user
from harvester.store.accounts.keys import add_key
from harvester.store.comments.comment import Writer
from harvester.store.comments.letters import Letter, Letters
from harvester.store.comments.writing import NewComment, write_comment
from tests.flow.hub import wait_until
from tests.pages.site import PEOPLE, Site

NO_LETTERS = Letters(
    of_queue=lambda waiting, flagged: Letter("waiting", f"{waiting} {flagged}"),
    of_comment=lambda comment, title, number: Letter(title, f"{comment.body} {number}"),
    to_confirm=lambda title, number: Letter(title, str(number)),
)
SETTINGS = """
name = "A hub with a name of its own"
languages = ["en", "de"]
[colours]
link_light = "#7a1f1f"
link_dark = "#f0b0a0"
[texts.en]
welcome = "## Welcome\\n\\nSee [the data](https://example.org/data)."
footer = "Run by a library."
about = "What it is."
privacy = "What is kept."
"""


class Program:
    """A program of a person, with a key of his."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def try_to(self, path: str, **said: Any) -> httpx.Response:
        return self._client.post(path, json=said)

    def send(self, path: str, body: bytes) -> httpx.Response:
        return self._client.post(path, content=body, headers={"Content-Type": "application/json"})

    def do(self, path: str, **said: Any) -> Any:
        answer = self.try_to(path, **said)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@contextmanager
def program_of(site: Site, person: str) -> Iterator[Program]:
    """Have a program of a person ask the hub during a block."""
    name, now = f"key-{secrets.token_hex(4)}", site.store.now()
    _, text = add_key(site.store, name, user=person, role=PEOPLE[person], expires=0, actor="test", now=now)
    signed = {"Authorization": f"Bearer {text}"}
    with httpx.Client(base_url=f"{site.url}/api/v1", headers=signed, trust_env=False, timeout=30) as client:
        yield Program(client)


def write_as_visitor(site: Site, item: str, name: str, body: str) -> int:
    """Have a visitor's comment wait for approval."""
    visitor = Writer(
        user=None,
        name=name,
        mail="v@example.org",
        actor="visitor",
        visit=secrets.token_hex(8),
        client="",
        agent="Firefox",
    )
    new = NewComment(item, None, body, "waiting")
    return write_comment(site.store, new, visitor, per_hour=None, letters=NO_LETTERS, now=site.store.now()).id


def load_settings(site: Site, document: str) -> None:
    """Give the hub settings by its command."""
    path = site.hub.folder / "settings.toml"
    path.write_text(document, encoding="utf-8")
    done = site.hub.oaihub("hub", "load", str(path))
    assert done.code == 0, done.err


def furnish(site: Site, item: str) -> None:
    """Leave something of every kind: comments, proposals, links, keys, invitations, settings."""
    with program_of(site, "carl") as carl, program_of(site, "edda") as edda:
        _comment(site, carl, edda, item)
        _propose(carl, edda, item)
        edda.do("/tokens", label="Grace", items=[item])
    invite_user(site.store, "ines", role="reader", mail="ines@example.org", actor="test", now=site.store.now())
    load_settings(site, SETTINGS)
    wait_until(lambda: "A hub with a name of its own" in httpx.get(f"{site.url}/about", trust_env=False).text)


def _comment(site: Site, carl: Program, edda: Program, item: str) -> None:
    first = carl.do(f"/items/{item}/comments", body="A comment with https://example.org/a link.\n\nAnd more.")
    carl.do(f"/items/{item}/comments", body="An answer", parent=first["id"])
    spam, bad = (write_as_visitor(site, item, name, "Buy now") for name in ("Sam", "Bea"))
    write_as_visitor(site, item, "Vera", "It waits")
    edda.do("/comments/decide", decision="spam", comments=[{"id": spam}])
    edda.do("/comments/decide", decision="delete", comments=[{"id": bad}])


def _propose(carl: Program, edda: Program, item: str) -> None:
    volume = {"property": "volume", "original": "92", "proposed": "93"}
    issue = {"property": "issue", "original": "5", "proposed": None}
    carl.do(f"/items/{item}/contributions", changes=[volume, issue], message="As printed")
    done = carl.do(f"/items/{item}/contributions", changes=[{"property": "subject", "proposed": "Schools"}])
    edda.do(f"/contributions/{done['id']}/decision", accept=[one["id"] for one in done["values"]], note="Thank you")
