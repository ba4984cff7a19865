"""Proposals: drafted, handed in, taken back, and what stands of them after a harvest."""

import pytest

from harvester.item import Metadata, Subject, Text
from harvester.store.contributions import proposing
from harvester.store.contributions.errors import ContributionError, FaultyError
from harvester.store.contributions.proposals import count_waiting, find_draft, list_proposals
from harvester.store.contributions.proposing import Wanted, save_draft, withdraw
from harvester.store.contributions.tokens import get_token, revoke_token
from harvester.store.items import get_item
from harvester.store.operating.audit import list_audit
from harvester.store.outbox import outbox_depth
from harvester.store.works.edits import list_edits
from harvester.works.proposing import Change
from tests.contract.store.building import NOW, harvest, record
from tests.contract.store.contributions.conftest import (
    RICH,
    TITLE,
    VOLUME,
    accept,
    holder,
    made,
    mails,
    propose,
    states,
    token,
)


def test_two_values_are_proposed_one_is_accepted_and_stands_after_a_harvest(store):
    endpoint, item_id = made(store)
    author = holder(token(store)[0])
    proposal = propose(store, author, item_id, TITLE, VOLUME, message="seen in print")
    assert (proposal.state, proposal.author, count_waiting(store)) == ("submitted", "Ann", 1)
    assert get_item(store, item_id).title == RICH.title
    decided = accept(store, proposal, "title", rest="reject")
    assert (decided.state, states(decided)) == ("decided", [("title", "accepted"), ("volume", "rejected")])
    assert (decided.reviewer, decided.note, decided.decided, count_waiting(store)) == ("rita", "thanks", NOW + 5, 0)
    newer = Metadata(title=(Text("Newer title"),), volume="9")
    harvest(store, endpoint, [record("1", metadata=newer, datestamp="2026-02-02")], now=NOW + 9)
    found = get_item(store, item_id)
    assert (found.title[0].value, found.volume, found.origin) == ("New title", "9", {"title": "person"})
    (edit,) = list_edits(store, item_id)
    assert (edit["author"], edit["reason"]) == ("Ann", f"proposal {proposal.id}")
    assert outbox_depth(store).waiting == 1
    told = [(entry.actor, entry.action) for entry in list_audit(store, object=f"proposal:{proposal.id}")]
    assert told == [("rita", "decide"), (author.actor, "submit"), (author.actor, "draft")]


def test_what_a_source_says_besides_of_values_that_stay_is_kept(store, item):
    author = holder(token(store)[0])
    changes = [
        Change("subject", "a", None),
        Change("subject", None, "c"),
        Change("creator", "Doe, D.", "Dove, Dora"),
    ]
    accept(store, propose(store, author, item, *changes), "subject", "creator")
    found = get_item(store, item)
    assert found.subject == (Subject("b"), Subject("c"))
    assert (found.creator[0], found.creator[1].name) == (RICH.creator[0], "Dove, Dora")


def test_an_author_has_one_draft_for_an_item_and_hands_it_in(store, item):
    found, _ = token(store, uses=1)
    author = holder(found)
    first = save_draft(store, author, Wanted(item, (TITLE,), "to be continued"), now=NOW)
    second = save_draft(store, author, Wanted(item, (VOLUME,)), now=NOW + 1)
    assert (first.id, states(second)) == (second.id, [("volume", "open")])
    assert find_draft(store, author, item) == second
    assert (list_proposals(store), list_proposals(store, author=author)) == ([], [second])
    assert find_draft(store, holder(token(store)[0]), item) is None
    assert propose(store, author, item, TITLE).id == first.id
    assert (find_draft(store, author, item), get_token(store, found.id).uses_left) == (None, 0)


def test_a_token_is_good_for_its_items_its_properties_and_its_number_of_proposals(store, item):
    other = made(store, identifier="2", key="there", base_url="https://there.example/oai")[1]
    found, _ = token(store, items=(item,), properties=("title",), uses=1)
    author = holder(found)
    with pytest.raises(ContributionError, match="not for item"):
        propose(store, author, other, TITLE)
    with pytest.raises(FaultyError) as caught:
        propose(store, author, item, TITLE, VOLUME)
    assert [(fault.place, fault.kind) for fault in caught.value.faults] == [(1, "not_offered")]
    propose(store, author, item, TITLE)
    with pytest.raises(ContributionError, match="ask for another"):
        propose(store, author, item, Change("title", "Old title", "Another"))
    assert len(list_proposals(store)) == 1
    assert find_draft(store, author, item) is None


@pytest.mark.parametrize("end", ["expire", "revoke"])
def test_who_has_the_form_open_still_when_the_token_ends_cannot_hand_in(store, item, end):
    found, _ = token(store, life_s=60.0)
    if end == "revoke":
        revoke_token(store, found.id, actor="eve", now=NOW)
    with pytest.raises(ContributionError, match="no longer good"):
        propose(store, holder(found), item, TITLE, now=NOW + (60 if end == "expire" else 1))
    assert list_proposals(store) == []


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (Change("date", None, "soon"), "not_understood"),
        (Change("doi", None, "none"), "not_understood"),
        (Change("year", None, "2017"), "not_offered"),
        (Change("publisher", None, "X"), "not_offered"),
        (Change("audience", None, "X"), "not_offered"),
        (Change("title", "Old title", "x" * 20_001), "too_long"),
        (Change("volume", None, "9"), "one_value"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place_and_nothing_is_kept(store, item, change, kind):
    with pytest.raises(FaultyError) as caught:
        propose(store, holder(token(store)[0]), item, VOLUME, change)
    assert [(fault.place, fault.kind) for fault in caught.value.faults] == [(1, kind)]
    assert (list_proposals(store), mails(store)) == ([], [])


def test_a_proposal_without_a_change_or_with_too_much_is_refused(store, item):
    author = holder(token(store)[0])
    with pytest.raises(ContributionError, match="nothing is changed"):
        propose(store, author, item)
    with pytest.raises(ContributionError, match="2,000"):
        propose(store, author, item, TITLE, message="x" * 2_001)
    with pytest.raises(ContributionError, match="200 values"):
        propose(store, author, item, *[Change("subject", None, str(number)) for number in range(201)])


def test_an_author_takes_back_what_is_not_decided_yet(store, item):
    author, other = holder(token(store)[0]), holder(token(store)[0])
    proposal = propose(store, author, item, TITLE, VOLUME)
    with pytest.raises(ContributionError, match="not yours"):
        withdraw(store, other, proposal.id, now=NOW + 2)
    assert withdraw(store, author, proposal.id, now=NOW + 2).state == "withdrawn"
    with pytest.raises(ContributionError, match="is withdrawn"):
        accept(store, proposal, "title")
    with pytest.raises(ContributionError, match="cannot be taken back"):
        withdraw(store, author, proposal.id, now=NOW + 3)
    again = propose(store, author, item, TITLE, VOLUME)
    accept(store, again, "title")
    with pytest.raises(ContributionError, match="being decided"):
        withdraw(store, author, again.id, now=NOW + 6)


def test_nobody_fills_the_queue(store, item, monkeypatch):
    monkeypatch.setattr(proposing, "MOST_WAITING", 2)
    author = holder(token(store)[0])
    first = propose(store, author, item, TITLE)
    propose(store, author, item, VOLUME)
    with pytest.raises(ContributionError, match="2 proposals of Ann wait"):
        propose(store, author, item, VOLUME)
    propose(store, holder(token(store)[0]), item, VOLUME)
    accept(store, first, "title")
    propose(store, author, item, VOLUME)
