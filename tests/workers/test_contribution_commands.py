"""`oaihub tokens` and `proposals`: links made once, proposals decided and taken back at the command line."""

import json

import pytest

from harvester.item import Metadata, Text
from harvester.store import open_store
from harvester.store.contributions.passes import Opened, open_pass
from harvester.store.contributions.proposals import Author, get_proposal
from harvester.store.contributions.proposing import Wanted, hand_in
from harvester.store.contributions.tokens import list_tokens
from harvester.store.items import find_items, get_item
from harvester.works.proposing import Change
from tests.contract.store.building import harvest, made_endpoint, record

pytestmark = pytest.mark.usefixtures("data_dir")


@pytest.fixture
def store(data_dir):
    with open_store(f"sqlite:///{data_dir / 'store.sqlite'}") as store:
        yield store


@pytest.fixture
def item(store):
    harvest(store, made_endpoint(store), [record("1", metadata=Metadata(title=(Text("Old"),), volume="7"))])
    return find_items(store, "1")[0]


@pytest.fixture
def proposal(store, item, oaihub):
    assert oaihub("tokens", "add", "Ann", "--mail", "ann@far.example")[0] == 0
    (token,) = list_tokens(store)
    author = Author(name="Ann", actor="token:Ann#1", token=token.id)
    changes = (Change("title", "Old", "New"), Change("volume", "7", "8"))
    return hand_in(store, author, Wanted(item, changes, "m"), offered=("title", "volume"), now=store.now())


def test_a_link_is_made_shown_once_and_revoked(oaihub, store, item):
    made = oaihub("tokens", "add", "Ann", "--item", item, "--property", "title", "--uses", "2", "--expires", "1w")
    code, out, err = made
    assert (code, "shown once" in err) == (0, True)
    secret = out.strip().removeprefix("/pass/")
    assert isinstance(open_pass(store, secret, now=store.now()), Opened)
    (token,) = list_tokens(store)
    assert (token.items, token.properties, token.uses_left) == ((item,), ("title",), 2)
    assert token.expires - token.created == 7 * 86_400
    code, out, _ = oaihub("tokens", "list")
    assert (code, "valid" in out, secret in out) == (0, True, False)
    assert secret not in oaihub("tokens", "show", token.id, "--json")[1]
    assert "is revoked" in oaihub("tokens", "revoke", token.id)[1]
    assert "revoked" in oaihub("tokens", "show", token.id)[1]
    assert oaihub("tokens", "revoke", token.id)[0] == 2
    assert secret not in oaihub("audit", "--json")[1]


def test_a_link_has_the_address_of_the_hub_and_is_sent(oaihub, store, monkeypatch):
    monkeypatch.setenv("OAIHUB_PUBLIC_URL", "https://hub.example")
    code, out, _ = oaihub("tokens", "add", "Ann", "--mail", "ann@far.example", "--send", "--json")
    link = json.loads(out)["link"]
    assert (code, link.startswith("https://hub.example/pass/")) == (0, True)
    with store.connect() as connection:
        ((to, said),) = connection.exec_driver_sql("SELECT recipient, text FROM mails").all()
    assert (to, link in said) == ("ann@far.example", True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--item", "nothing"), "names no item"),
        (("--property", "endpoint"), "endpoint is not offered"),
        (("--expires", "never"), "no length of time"),
        (("--expires", "2y"), "a year at most"),
        (("--mail", "nobody"), "no mail address"),
        (("--send",), "no mail address"),
    ],
)
def test_links_that_cannot_be_are_refused(oaihub, store, arguments, said):
    code, _, err = oaihub("tokens", "add", "Ann", *arguments)
    assert (code, said in err) == (2, True)
    assert list_tokens(store) == []


def test_a_proposal_is_listed_decided_and_taken_back(oaihub, store, item, proposal):
    code, out, _ = oaihub("proposals", "list")
    assert (code, "title volume" in out) == (0, True)
    assert [one["id"] for one in json.loads(oaihub("proposals", "list", "--item", item, "--json")[1])["proposals"]] == [
        1
    ]
    assert "New" in oaihub("proposals", "show", 1)[1]
    title = proposal.values[0].id
    code, out, _ = oaihub("proposals", "decide", 1, "--accept", title, "--reject", "all", "--note", "thanks", "--json")
    assert (code, json.loads(out)["state"]) == (0, "decided")
    assert (get_item(store, item).title[0].value, get_item(store, item).volume) == ("New", "7")
    assert oaihub("search", "New")[1].count("New") == 1
    assert "1 of 2" in _mail(store)
    assert oaihub("proposals", "list")[1].count("Ann") == 0
    assert "Ann" in oaihub("proposals", "list", "--state", "all")[1]
    assert oaihub("proposals", "undo", 1)[0] == 0
    assert get_item(store, item).title[0].value == "Old"
    assert oaihub("proposals", "undo", 1)[0] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("1", "--accept", "all", "--reject", "all"), "give `all` once"),
        (("1", "--accept", "title"), "is no value"),
        (("1", "--accept", "99"), "has no value 99"),
        (("1",), "no value is chosen"),
        (("7", "--accept", "all"), "no proposal 7"),
    ],
)
def test_decisions_that_cannot_be_meant_are_refused(oaihub, store, proposal, arguments, said):
    code, _, err = oaihub("proposals", "decide", *arguments)
    assert (code, said in err) == (2, True)
    assert get_proposal(store, 1).state == "submitted"


def _mail(store):
    with store.connect() as connection:
        return connection.exec_driver_sql("SELECT text FROM mails").scalar()
