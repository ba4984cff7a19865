"""Decisions on proposals: single values, conflicts, what is taken back, works, and many at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from harvester.item import Metadata, Subject, Text
from harvester.store.accounts.users import add_user, disable_user, get_user
from harvester.store.contributions.deciding import Decision, decide, hand_in_accepted, take_on, undo_decision
from harvester.store.contributions.errors import ContributionError
from harvester.store.contributions.proposals import Author, find_draft, get_proposal, list_proposals
from harvester.store.contributions.proposing import Wanted, save_draft
from harvester.store.contributions.tokens import get_token
from harvester.store.items import get_item
from harvester.store.operating.audit import list_audit
from harvester.store.works.edits import list_edits, put_edits, undo_edits
from harvester.store.works.joining import join_works
from harvester.store.works.ruling import set_rules
from harvester.store.works.takedowns import take_down
from harvester.works.editing import EditError
from harvester.works.proposing import Change
from tests.contract.store.building import NOW, harvest, record
from tests.contract.store.contributions.conftest import (
    OFFERED,
    RICH,
    TITLE,
    VOLUME,
    accept,
    holder,
    letter,
    made,
    mails,
    propose,
    states,
    token,
)


def test_values_are_decided_one_after_the_other_and_the_last_decides_the_proposal(store, item):
    proposal = propose(store, holder(token(store)[0]), item, TITLE, VOLUME)
    take_on(store, proposal.id, actor="rita", now=NOW + 2)
    assert get_proposal(store, proposal.id).reviewer == "rita"
    half = accept(store, proposal, "title")
    assert (half.state, states(half)) == ("submitted", [("title", "accepted"), ("volume", "open")])
    assert [recipient for recipient, _, _ in mails(store)] == []
    with pytest.raises(ContributionError, match="decided meanwhile"):
        accept(store, proposal, "title", "volume")
    whole = decide(
        store, proposal.id, Decision(reject=frozenset({half.values[1].id})), actor="bob", letter=letter, now=NOW
    )
    assert (whole.state, whole.note, whole.reviewer) == ("decided", "thanks", "bob")
    assert mails(store) == [("ann@far.example", f"about {proposal.id}", "title:accepted volume:rejected")]


@pytest.mark.parametrize(
    ("decision", "message"),
    [
        (Decision(), "no value is chosen"),
        (Decision(accept=frozenset({99})), "has no value 99"),
        (Decision(accept=frozenset({1}), reject=frozenset({1})), "at once"),
        (Decision(accept=frozenset({1}), note="x" * 2_001), "2,000"),
    ],
)
def test_decisions_that_cannot_be_meant_change_nothing(store, item, decision, message):
    proposal = propose(store, holder(token(store)[0]), item, TITLE)
    with pytest.raises(ContributionError, match=message):
        decide(store, proposal.id, decision, actor="rita", now=NOW)
    assert get_proposal(store, proposal.id) == proposal
    with pytest.raises(ContributionError, match="no proposal 77"):
        decide(store, 77, Decision(accept=frozenset({1})), actor="rita", now=NOW)


def test_a_value_that_is_not_there_any_more_may_be_accepted_all_the_same(store):
    endpoint, item_id = made(store)
    changes = (TITLE, Change("subject", "a", "z"), Change("subject", "b", None), VOLUME)
    proposal = propose(store, holder(token(store)[0]), item_id, *changes)
    newer = Metadata(title=(Text("Newer title"),), subject=(Subject("c"),), volume="9")
    harvest(store, endpoint, [record("1", metadata=newer, datestamp="2026-02-02")], now=NOW + 2)
    accept(store, proposal, "title", "subject", "volume")
    found = get_item(store, item_id)
    assert [text.value for text in found.title] == ["Newer title", "New title"]
    assert [subject.value for subject in found.subject] == ["c", "z"]
    assert found.volume == "8"


def test_what_the_item_says_already_is_accepted_without_an_edit(store):
    endpoint, item_id = made(store)
    proposal = propose(store, holder(token(store)[0]), item_id, VOLUME)
    newer = Metadata(title=RICH.title, volume="8")
    harvest(store, endpoint, [record("1", metadata=newer, datestamp="2026-02-02")], now=NOW + 2)
    assert states(accept(store, proposal, "volume")) == [("volume", "accepted")]
    assert list_edits(store, item_id) == []
    assert states(undo_decision(store, proposal.id, actor="rita", now=NOW + 9)) == [("volume", "undone")]


def test_an_acceptance_is_taken_back_and_what_counted_before_counts_again(store, item):
    put_edits(store, item, {"volume": ["7a"]}, author="Eve", reason="", now=NOW)
    before = get_item(store, item)
    proposal = propose(store, holder(token(store)[0]), item, TITLE, Change("volume", "7a", "8"))
    accept(store, proposal, "title")
    accept(store, proposal, "volume", now=NOW + 6)
    undone = undo_decision(store, proposal.id, actor="bob", now=NOW + 7)
    assert (undone.state, states(undone)) == ("decided", [("title", "undone"), ("volume", "undone")])
    found = get_item(store, item)
    assert (found.title, found.volume, found.version) == (before.title, "7a", before.version + 3)
    with pytest.raises(ContributionError, match="nothing of proposal"):
        undo_decision(store, proposal.id, actor="bob", now=NOW + 8)
    assert list_audit(store, object=f"proposal:{proposal.id}")[0].action == "undo"


def test_taking_back_leaves_what_was_accepted_after_it(store, item):
    author = holder(token(store)[0])
    first = propose(store, author, item, Change("subject", None, "c"), Change("title", "Old title", "One"))
    accept(store, first, "subject", "title")
    second = propose(store, author, item, Change("subject", None, "d"), Change("title", "One", "Two"))
    accept(store, second, "subject", "title", now=NOW + 6)
    undo_decision(store, first.id, actor="rita", now=NOW + 7)
    found = get_item(store, item)
    assert [subject.value for subject in found.subject] == ["a", "b", "d"]
    assert found.title[0].value == "Two"
    undo_decision(store, second.id, actor="rita", now=NOW + 8)
    found = get_item(store, item)
    assert [subject.value for subject in found.subject] == ["a", "b"]


def test_taking_back_after_a_person_has_taken_the_edit_back_changes_only_the_state(store, item):
    proposal = propose(store, holder(token(store)[0]), item, TITLE)
    accept(store, proposal, "title")
    undo_edits(store, item, ["title"], now=NOW + 6)
    version = get_item(store, item).version
    assert states(undo_decision(store, proposal.id, actor="rita", now=NOW + 7)) == [("title", "undone")]
    assert get_item(store, item).version == version


def test_a_letter_goes_to_all_who_may_decide_and_to_the_author(store, item):
    words = "five blue boats sail"
    for name, role in (("eve", "editor"), ("adam", "admin"), ("rob", "reader"), ("out", "editor"), ("mute", "editor")):
        mail = "" if name == "mute" else f"{name}@hub.example"
        add_user(store, name, role=role, mail=mail, password=words, actor="command:tester", now=NOW)
    disable_user(store, "out", actor="command:tester", now=NOW)
    proposal = propose(store, holder(token(store)[0]), item, TITLE)
    accept(store, proposal, "title")
    assert [recipient for recipient, _, _ in mails(store)] == ["adam@hub.example", "eve@hub.example", "ann@far.example"]


def test_a_user_proposes_and_an_editor_accepts_his_own_at_once(store, item):
    add_user(store, "eve", role="editor", mail="", password="five blue boats sail", actor="command:tester", now=NOW)
    eve = Author(name="eve", actor="eve", user=get_user(store, "eve").id)
    made_ = hand_in_accepted(store, eve, Wanted(item, (TITLE,)), offered=OFFERED, actor="eve", now=NOW + 1)
    assert (made_.state, states(made_), made_.user) == ("decided", [("title", "accepted")], eve.user)
    assert get_item(store, item).title[0].value == "New title"
    disable_user(store, "eve", actor="command:tester", now=NOW)
    with pytest.raises(ContributionError, match="only users"):
        propose(store, eve, item, VOLUME)


def test_an_edit_that_fails_leaves_the_proposal_as_it_was(store):
    _, item_id = made(store, Metadata(title=(Text("A"),), extra={"audience": ("teachers",)}))
    proposal = propose(store, holder(token(store)[0]), item_id, Change("audience", "teachers", "parents"), TITLE)
    with store.begin() as connection:
        connection.execute(text("UPDATE proposal_values SET property = 'endpoint' WHERE property = 'audience'"))
    with pytest.raises(EditError):
        accept(store, proposal, "title", "audience")
    found = get_proposal(store, proposal.id)
    assert (found.state, {value.state for value in found.values}) == ("submitted", {"open"})
    assert (list_edits(store, item_id), mails(store)) == ([], [])


def test_tokens_and_proposals_of_a_part_lead_to_the_work(store, item):
    other = made(store, identifier="2", key="there", base_url="https://there.example/oai")[1]
    part, lead = max(item, other), min(item, other)
    author = holder(token(store, items=(part,))[0])
    draft = save_draft(store, author, Wanted(part, (VOLUME,)), now=NOW)
    proposal = propose(store, holder(token(store)[0]), part, TITLE)
    set_rules(store, [(item, other, True)], now=NOW + 2)
    while join_works(store, now=NOW + 2):
        pass
    assert get_item(store, part).merged_into == lead
    assert find_draft(store, author, lead).id == find_draft(store, author, part).id == draft.id
    assert [one.item for one in list_proposals(store, item_id=lead)] == [lead]
    assert [one.id for one in list_proposals(store, item_id=part)] == [proposal.id]
    accept(store, proposal, "title")
    assert get_item(store, lead).title[0].value == "New title"
    handed_in = propose(store, author, lead, VOLUME)
    assert (handed_in.id, handed_in.item) == (draft.id, lead)
    undo_decision(store, proposal.id, actor="rita", now=NOW + 9)
    assert get_item(store, lead).title[0].value == "Old title"


@pytest.mark.parametrize("how", ["deleted", "taken down"])
def test_nothing_is_proposed_for_or_accepted_into_an_item_that_is_gone(store, how):
    endpoint, item_id = made(store)
    author = holder(token(store)[0])
    proposal = propose(store, author, item_id, TITLE)
    if how == "deleted":
        harvest(store, endpoint, [record("1", deleted=True, datestamp="2026-02-02")], now=NOW + 2)
    else:
        take_down(store, item_id, actor="adam", reason="asked to", now=NOW + 2)
    with pytest.raises(ContributionError, match="is gone"):
        propose(store, author, item_id, VOLUME)
    with pytest.raises(ContributionError, match="is gone"):
        accept(store, proposal, "title")
    assert get_proposal(store, proposal.id).values[0].state == "open"
    assert accept(store, proposal, rest="reject").state == "decided"


def test_of_two_reviewers_who_decide_at_once_one_does(store, item):
    proposal = propose(store, holder(token(store)[0]), item, TITLE, VOLUME)

    def one(actor):
        try:
            return accept(store, proposal, "title", "volume", actor=actor).reviewer
        except ContributionError:
            return None

    with ThreadPoolExecutor(8) as pool:
        done = [actor for actor in pool.map(one, [f"r{number}" for number in range(8)]) if actor]
    assert (len(done), get_proposal(store, proposal.id).reviewer) == (1, done[0])
    assert len(list_edits(store, item)) == 2


def test_a_token_for_one_proposal_takes_one_of_many_that_are_handed_in_at_once(store):
    items = [
        made(store, identifier=str(number), key=f"k{number}", base_url=f"https://{number}.example/oai")[1]
        for number in range(6)
    ]
    found, _ = token(store, uses=1)

    def one(item_id):
        try:
            return propose(store, holder(found), item_id, TITLE).id
        except ContributionError:
            return None

    with ThreadPoolExecutor(6) as pool:
        done = [number for number in pool.map(one, items) if number]
    assert (len(done), len(list_proposals(store)), get_token(store, found.id).uses_left) == (1, 1, 0)


def test_drafts_that_are_saved_at_once_are_one(store, item):
    author = holder(token(store)[0])

    def one(number):
        return save_draft(store, author, Wanted(item, (TITLE,), str(number)), now=NOW).id

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(one, range(6)))) == 1
    assert [len(found.values) for found in list_proposals(store, author=author)] == [1]
