"""What reviewers see and do, and the links that they make."""

import html
import re
from typing import get_args

import pytest

from harvester.store.contributions.errors import ContributionError, Reason
from harvester.store.contributions.proposals import get_proposal, list_proposals
from harvester.store.contributions.tokens import DAY_S, list_tokens
from harvester.store.operating.audit import list_audit
from harvester.store.works.edits import put_edits
from harvester.store.works.takedowns import take_down
from search_api.pages.contribute.comparing import compare
from search_api.pages.contribute.reasons import SAYINGS, say
from tests.search_api.contribute.conftest import NOW


@pytest.fixture
def eve(place):
    with place.browser("eve") as eve:
        yield eve


@pytest.fixture
def proposal(place, anybody):
    """Two changed values, one new and one that is taken away, by who has a link."""
    anybody.open_link(place.token()[1])
    anybody.edit(
        place.item, message="seen in print", title=["New title of the item"], subject=["", "parents"], issue=["3"]
    )
    (found,) = list_proposals(place.store)
    return found


def decide(browser, proposal, do, *names, note="thanks"):
    path = f"/review/{proposal.id}"
    chosen = [("value", str(value.id)) for value in proposal.values if value.property in names]
    return browser.send(path, [("form_token", browser.form_token(path)), *chosen, ("note", note), ("do", do)])


def states(place, proposal):
    return {value.property: value.state for value in get_proposal(place.store, proposal.id).values}


@pytest.mark.parametrize("path", ["/review", "/review/1", "/admin/tokens"])
def test_only_who_may_edit_sees_what_others_propose(place, proposal, path):
    with place.browser() as nobody, place.browser("carl") as carl:
        assert nobody.get(path).headers["location"].startswith("/sign-in")
        assert carl.get(path).status_code == 403


@pytest.mark.parametrize("path", ["/review/1", "/admin/tokens", "/admin/tokens/revoke"])
def test_only_who_may_edit_decides_and_makes_links(place, proposal, path):
    with place.browser("carl") as carl:
        fields = [
            ("form_token", carl.form_token()),
            ("do", "accept all"),
            ("label", "Ann"),
            ("days", "1"),
            ("token", "1"),
        ]
        assert carl.send(path, fields).status_code == 403
    assert set(states(place, proposal).values()) == {"open"}
    assert [token.revoked for token in list_tokens(place.store)] == [0]


def test_the_queue_lists_what_waits_and_what_is_decided(place, proposal, eve):
    page = eve.get("/review").text
    assert f'href="/review/{proposal.id}"' in page
    assert "Old title of the item" in page
    assert "Title, Issue, Subject" in page
    decide(eve, proposal, "reject all")
    assert f'href="/review/{proposal.id}"' not in eve.get("/review").text
    assert f'href="/review/{proposal.id}"' in eve.get("/review", params={"state": "decided"}).text


def test_old_and_new_stand_side_by_side_with_the_words_that_differ(place, proposal, eve):
    page = eve.get(f"/review/{proposal.id}").text
    assert "<del>Old</del> title of the item" in page
    assert "<ins>New</ins> title of the item" in page
    assert "(no value)" in page
    assert "<ins>3</ins>" in page
    assert "<del>schools</del>" in page
    assert "(to be removed)" in page
    assert "seen in print" in page
    assert page.count('type="checkbox" name="value"') == 3


def test_a_chosen_value_is_accepted_the_rest_rejected_and_the_author_is_told(place, proposal, eve, anybody):
    assert decide(eve, proposal, "accept", "title").headers["location"] == f"/review/{proposal.id}?done=decide"
    assert states(place, proposal) == {"title": "accepted", "subject": "open", "issue": "open"}
    assert place.shown().title[0].value == "New title of the item"
    decide(eve, proposal, "reject all", note="the others are right as they are")
    assert states(place, proposal) == {"title": "accepted", "subject": "rejected", "issue": "rejected"}
    assert [one.value for one in place.shown().subject] == ["schools", "parents"]
    to, _subject, text = place.mails()[-1]
    assert (to, "Accepted: 1 of 3 values." in text) == ("ann@far.example", True)
    assert "the others are right as they are" in text
    page = anybody.get("/contributions").text
    assert "the others are right as they are" in page
    assert "decided" in page


def test_all_is_accepted_and_taken_back_again(place, proposal, eve):
    decide(eve, proposal, "accept all")
    item = place.shown()
    assert (item.issue, [one.value for one in item.subject]) == ("3", ["parents"])
    page = eve.get(f"/review/{proposal.id}").text
    assert "Undo what was accepted" in page
    assert "Accept all" not in page
    assert decide(eve, proposal, "undo").status_code == 303
    item = place.shown()
    assert (item.issue, [one.value for one in item.subject]) == (None, ["schools", "parents"])
    assert set(states(place, proposal).values()) == {"undone"}
    told = [(entry.actor, entry.action) for entry in list_audit(place.store, object=f"proposal:{proposal.id}")]
    assert told[:2] == [("eve", "undo"), ("eve", "decide")]


def test_a_reviewer_takes_a_proposal_on(place, proposal, eve, anybody):
    decide(eve, proposal, "take")
    assert "eve" in eve.get("/review").text
    assert "An editor looks at it." in anybody.get("/contributions").text


@pytest.mark.parametrize(("do", "said"), [("accept", "No value is chosen"), ("dance", "No value is chosen")])
def test_what_decides_nothing_is_told_and_the_note_stays(place, proposal, eve, do, said):
    answer = decide(eve, proposal, do, note="typed so far")
    assert (answer.status_code, said in answer.text, ">typed so far</textarea>" in answer.text) == (409, True, True)


def test_of_a_decision_on_what_is_decided_meanwhile_the_reviewer_is_told(place, proposal, eve):
    decide(eve, proposal, "reject", "title")
    answer = decide(eve, proposal, "accept", "title", "issue")
    assert (answer.status_code, "was decided meanwhile" in answer.text) == (409, True)
    assert place.shown().issue is None


def test_conflicts_with_what_the_item_says_now_are_shown(place, proposal, eve):
    changed = {"title": ["Quite another title"], "issue": ["4"]}
    put_edits(place.store, place.item, changed, author="eve", reason="", now=NOW + 1)
    page = html.unescape(re.sub(r"<[^>]+>", "", eve.get(f"/review/{proposal.id}").text))
    assert "The item does not have the old value any more. It has now: Quite another title" in page
    assert "The item has a value meanwhile, which this would replace: 4" in page
    decide(eve, proposal, "accept", "issue")
    assert place.shown().issue == "3"


def test_a_proposal_for_an_item_that_is_gone_can_only_be_rejected(place, proposal, eve):
    take_down(place.store, place.item, actor="adam", reason="asked to", now=NOW + 1)
    assert "This item is gone" in eve.get(f"/review/{proposal.id}").text
    answer = decide(eve, proposal, "accept all")
    assert (answer.status_code, "is gone" in answer.text) == (409, True)
    assert decide(eve, proposal, "reject all").status_code == 303
    assert "Old title" not in eve.get("/review", params={"state": "decided"}).text


@pytest.mark.parametrize("number", ["0", "99", "x", "9" * 40])
def test_what_is_no_proposal_is_not_found(eve, number):
    assert eve.get(f"/review/{number}").status_code == 404


@pytest.mark.parametrize(
    ("old", "new", "left", "right"),
    [
        ("a cat sat", "a dog sat", "a <del>cat</del> sat", "a <ins>dog</ins> sat"),
        ("same", "same", "same", "same"),
        ("x < y", "x > y", "x <del>&lt;</del> y", "x <ins>&gt;</ins> y"),
        ("12-19", "12-29", "12-<del>19</del>", "12-<ins>29</ins>"),
    ],
)
def test_words_that_differ_are_marked_and_escaped(old, new, left, right):
    assert compare(old, new) == (left, right)


def test_every_reason_is_said_in_words():
    reasons = {reason for part in get_args(Reason) for reason in get_args(part)}
    assert reasons == set(SAYINGS)
    for reason in reasons:
        assert "{" not in say(ContributionError(reason, "text", subject=3))


# Links


def new_link(browser, **fields):
    typed = {"label": "Ann", "mail": "", "items": "", "uses": "1", "days": "30"} | fields
    pairs = [
        (name, value) for name, values in typed.items() for value in ([values] if isinstance(values, str) else values)
    ]
    return browser.send("/admin/tokens", [("form_token", browser.form_token("/admin/tokens")), *pairs])


def link_in(page):
    return re.search(r'id="token-link" value="http://127.0.0.1:\d+/pass/([\w-]+)"', page)[1]


def test_a_link_is_made_shown_once_and_opens_the_form(place, eve, anybody):
    answer = new_link(eve, items=f"{place.item}\nhttps://hub.example/items/{place.other}", property=["title", "volume"])
    secret = link_in(answer.text)
    assert secret not in eve.get("/admin/tokens").text
    (token,) = list_tokens(place.store)
    assert (token.items, token.properties, token.uses_left) == ((place.item, place.other), ("title", "volume"), 1)
    assert (token.created_by, token.expires) == ("eve", place.clock() + 30 * DAY_S)
    assert anybody.open_link(secret).status_code == 303
    assert place.mails() == []


def test_a_link_is_sent_by_mail(place, eve):
    answer = new_link(eve, mail="ann@far.example", send="1", items=place.item)
    ((to, _, text),) = place.mails()
    assert (to, f"/pass/{link_in(answer.text)}" in text) == ("ann@far.example", True)
    assert "It is being sent to ann@far.example." in answer.text


def test_a_link_is_revoked(place, eve, anybody):
    secret = link_in(new_link(eve).text)
    (token,) = list_tokens(place.store)
    assert eve.post("/admin/tokens/revoke", page="/admin/tokens", token=str(token.id)).status_code == 303
    assert anybody.open_link(secret).status_code == 410
    assert "revoked" in eve.get("/admin/tokens").text
    again = eve.post("/admin/tokens/revoke", page="/admin/tokens", token=str(token.id))
    assert (again.status_code, "no such link" in again.text) == (409, True)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"label": " "}, "name of whom"),
        ({"items": "10.1000/nothing"}, "stands for no item"),
        ({"days": "0"}, "a year at most"),
        ({"days": "1000"}, "a year at most"),
        ({"uses": "none"}, "1 to 100,000 proposals"),
        ({"mail": "nobody"}, "no mail address"),
        ({"send": "1"}, "no mail address to send"),
    ],
)
def test_links_that_cannot_be_are_told_with_what_was_typed(place, eve, fields, said):
    answer = new_link(eve, **({"items": place.item} | fields))
    assert (answer.status_code, said in html.unescape(answer.text)) == (400, True)
    assert fields.get("items", place.item) in answer.text
    assert list_tokens(place.store) == []
