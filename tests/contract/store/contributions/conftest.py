"""Tokens and proposals for tests: an item, who holds a token for it, and what is proposed."""

import pytest
from sqlalchemy import text

from harvester.item import Agent, Metadata, Subject, Text
from harvester.store.contributions.deciding import Decision, decide
from harvester.store.contributions.proposals import Author
from harvester.store.contributions.proposing import Wanted, hand_in
from harvester.store.contributions.tokens import Letter, NewToken, actor_of, add_token, make_token
from harvester.store.items import find_items
from harvester.works.proposing import Change
from tests.contract.store.building import NOW, harvest, made_endpoint, record

OFFERED = ("title", "volume", "subject", "creator", "date", "doi", "audience")
RICH = Metadata(
    title=(Text("Old title", lang="en"),),
    volume="7",
    subject=(Subject("a", scheme="S"), Subject("b")),
    creator=(Agent("Roe, R.", family="Roe", given="R.", orcid="0000-0001"), Agent("Doe, D.")),
)
TITLE = Change("title", "Old title", "New title")
VOLUME = Change("volume", "7", "8")


def letter(proposal):
    return Letter(f"about {proposal.id}", " ".join(f"{value.property}:{value.state}" for value in proposal.values))


def mails(store):
    with store.connect() as connection:
        rows = connection.execute(text("SELECT recipient, subject, text FROM mails ORDER BY id")).all()
    return [tuple(row) for row in rows]


@pytest.fixture
def item(store):
    return made(store)[1]


def made(store, metadata=RICH, identifier="1", key="here", **fields):
    endpoint = made_endpoint(store, key, **fields)
    harvest(store, endpoint, [record(identifier, metadata=metadata)])
    (item_id,) = find_items(store, identifier)
    return endpoint, item_id


def token(store, now=NOW, **fields):
    new = NewToken(**{"label": "Ann", "mail": "ann@far.example", **fields})
    secret = make_token()
    return add_token(store, new, text=secret, actor="eve", now=now), secret


def holder(found):
    return Author(name=found.label, actor=actor_of(found), token=found.id)


def propose(store, author, item_id, *changes, now=NOW + 1, offered=OFFERED, **rest):
    return hand_in(store, author, Wanted(item_id, changes, **rest), offered=offered, letter=letter, now=now)


def accept(store, proposal, *names, now=NOW + 5, actor="rita", rest="leave"):
    chosen = frozenset(value.id for value in proposal.values if value.property in names)
    others = frozenset(value.id for value in proposal.values) - chosen if rest == "reject" else frozenset()
    decision = Decision(accept=chosen, reject=others, note="thanks")
    return decide(store, proposal.id, decision, actor=actor, letter=letter, now=now)


def states(proposal):
    return [(value.property, value.state) for value in proposal.values]
