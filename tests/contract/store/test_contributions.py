"""Tokens, passes and proposals: handed in, decided, taken back, and what stands after a harvest."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from harvester.item import Agent, Metadata, Subject, Text
from harvester.store.accounts.users import add_user, disable_user, get_user
from harvester.store.contributions.deciding import Decision, decide, hand_in_accepted, take_on, undo_decision
from harvester.store.contributions.errors import ContributionError, FaultyError
from harvester.store.contributions.passes import LIFE_S, Opened, end_pass, find_pass, open_pass
from harvester.store.contributions.proposals import (
    Author,
    count_waiting,
    find_draft,
    get_proposal,
    list_proposals,
)
from harvester.store.contributions.proposing import Wanted, hand_in, save_draft, withdraw
from harvester.store.contributions.tokens import (
    DAY_S,
    LONGEST_LIFE_S,
    Letter,
    NewToken,
    actor_of,
    add_token,
    get_token,
    list_tokens,
    make_token,
    revoke_token,
    state_of,
)
from harvester.store.items import find_items, get_item
from harvester.store.operating.audit import list_audit
from harvester.store.outbox import outbox_depth
from harvester.store.works.edits import list_edits, put_edits, undo_edits
from harvester.store.works.joining import join_works
from harvester.store.works.ruling import set_rules
from harvester.store.works.takedowns import take_down
from harvester.works.editing import EditError
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


# Tokens and passes


def test_a_token_is_kept_as_a_digest_and_listed_without_its_text(store, item):
    found, secret = token(store, items=(item,), properties=("title",), uses=2)
    assert (found.items, found.properties, found.uses_left, found.expires) == ((item,), ("title",), 2, NOW + 30 * DAY_S)
    assert len(secret) >= 43
    assert list_tokens(store) == [found] == [get_token(store, found.id)]
    with store.connect() as connection:
        kept = repr(connection.execute(text("SELECT * FROM tokens")).all())
    assert secret not in kept
    assert secret not in repr(list_audit(store))
    assert list_audit(store, object=f"token:{found.id}")[0].details["uses"] == 2


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"label": " "}, "name of whom"),
        ({"label": "a\nb"}, "name of whom"),
        ({"label": "x" * 101}, "name of whom"),
        ({"mail": "nobody"}, "no mail address"),
        ({"mail": "a@b.example\nBcc: c@d.example"}, "no mail address"),
        ({"life_s": 0.0}, "a year at most"),
        ({"life_s": LONGEST_LIFE_S + 1}, "a year at most"),
        ({"uses": 0}, "1 to"),
        ({"items": ("nothing",)}, "no item nothing"),
    ],
)
def test_tokens_that_cannot_be_are_refused(store, fields, message):
    with pytest.raises(ContributionError, match=message):
        token(store, **fields)
    assert (list_tokens(store), list_audit(store)) == ([], [])


def test_a_token_is_sent_to_its_address_in_the_transaction_that_makes_it(store):
    new = NewToken(label="Ann", mail="ann@far.example")
    add_token(store, new, text="secret", letter=Letter("A link", "/pass/secret"), actor="eve", now=NOW)
    assert mails(store) == [("ann@far.example", "A link", "/pass/secret")]
    with pytest.raises(ContributionError, match="no mail address"):
        add_token(store, NewToken(label="Bob"), text="other", letter=Letter("A", "B"), actor="eve", now=NOW)
    assert len(list_tokens(store)) == len(mails(store)) == 1


def test_a_token_is_opened_any_number_of_times_and_ends_with_its_passes(store):
    found, secret = token(store, life_s=2 * DAY_S)
    one, other = (open_pass(store, secret, now=NOW + delay) for delay in (5, 6))
    assert isinstance(one, Opened)
    assert one.life_s == LIFE_S
    assert find_pass(store, one.text, now=NOW + 7).token.used == NOW + 6
    assert find_pass(store, other.text, now=NOW + 6 + LIFE_S) is None
    assert find_pass(store, secret, now=NOW + 7) is None
    end_pass(store, find_pass(store, other.text, now=NOW + 7).digest)
    assert find_pass(store, other.text, now=NOW + 7) is None
    assert revoke_token(store, found.id, actor="eve", now=NOW + 8).revoked == NOW + 8
    assert find_pass(store, one.text, now=NOW + 9) is None
    assert state_of(open_pass(store, secret, now=NOW + 9), NOW + 9) == "revoked"
    with pytest.raises(ContributionError, match="no token"):
        revoke_token(store, found.id, actor="eve", now=NOW + 9)
    told = [(entry.actor, entry.action) for entry in list_audit(store, object=f"token:{found.id}")]
    assert told == [
        ("eve", "revoke"),
        (f"token:Ann#{found.id}", "open"),
        (f"token:Ann#{found.id}", "open"),
        ("eve", "add"),
    ]


def test_a_pass_never_outlives_its_token(store):
    _, secret = token(store, life_s=3_600.0)
    opened = open_pass(store, secret, now=NOW + 3_000)
    assert opened.life_s == 600.0
    assert find_pass(store, opened.text, now=NOW + 3_601) is None
    assert state_of(open_pass(store, secret, now=NOW + 3_600), NOW + 3_600) == "expired"
    assert open_pass(store, "unknown", now=NOW) is None


def test_a_new_pass_takes_the_place_of_the_one_that_the_browser_had(store):
    _, secret = token(store)
    first = open_pass(store, secret, now=NOW)
    second = open_pass(store, secret, instead_of=first.text, now=NOW)
    assert find_pass(store, first.text, now=NOW) is None
    assert find_pass(store, second.text, now=NOW) is not None


# Proposals


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


# Works and items that are gone


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


# Races


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
