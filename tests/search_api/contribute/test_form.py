"""The form for an item: filled in, kept, handed in, by users and by who has a token."""

import re

import pytest

from harvester.store.contributions.proposals import Author, list_proposals
from harvester.store.operating.audit import list_audit
from tests.search_api.contribute.conftest import opened_place


def test_the_item_page_says_how_to_change_it_the_same_for_everybody(place, anybody):
    page = anybody.get(f"/items/{place.item}").text
    assert "Login</a> or click your token link to edit this record." in page
    assert f'href="/items/{place.item}/edit"' in page
    with place.browser("eve") as eve:
        assert eve.get(f"/items/{place.item}").text == page


def test_who_is_nobody_is_led_to_the_sign_in_and_back(place, anybody):
    path = f"/items/{place.item}/edit"
    answer = anybody.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path.replace('/', '%2F')}")
    assert anybody.sign_in("carl", next=path).headers["location"] == path
    assert anybody.get(path).status_code == 200


def test_a_reader_may_not_propose(place):
    with place.browser("rob") as rob:
        assert rob.get(f"/items/{place.item}/edit").status_code == 403


def test_a_token_holder_proposes_two_values_and_sees_what_he_proposed(place, anybody):
    _, secret = place.token()
    answer = anybody.open_link(secret)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/items/{place.item}/edit")
    handed_in = anybody.edit(place.item, message="seen in print", title=["New title of the item"], volume=["8"])
    assert (handed_in.status_code, handed_in.headers["location"]) == (303, "/contributions?done=submit")
    (proposal,) = list_proposals(place.store)
    assert [(v.property, v.original, v.proposed) for v in proposal.values] == [
        ("title", "Old title of the item", "New title of the item"),
        ("volume", "7", "8"),
    ]
    assert (proposal.author, proposal.message) == ("Ann", "seen in print")
    page = anybody.get(handed_in.headers["location"]).text
    assert "<del>Old</del>" in page
    assert "<ins>New</ins>" in page
    assert "waits for a decision" in page
    assert 'role="status"' in page
    recipients = [recipient for recipient, _, _ in place.mails()]
    assert recipients == ["eve@hub.example"]
    assert f"/review/{proposal.id}" in place.mails()[0][2]


def test_values_are_added_and_taken_away_without_a_script_and_nothing_typed_is_lost(place):
    with place.browser("carl") as carl:
        more = carl.edit(place.item, do="add.subject", title=["Typed so far"], message="hello")
        assert more.status_code == 200
        assert more.text.count('name="now.subject"') == 3
        assert 'value="Typed so far"' in more.text
        assert ">hello</textarea>" in more.text
        less = carl.edit(place.item, do="remove.1.subject", title=["Typed so far"])
        assert 'value="Typed so far"' in less.text
        assert "To be removed: <q" in less.text
        assert list_proposals(place.store) == []
        sent = carl.edit(place.item, subject=["schools", "", "teachers"])
        assert sent.status_code == 303
    (proposal,) = list_proposals(place.store)
    assert [(v.original, v.proposed) for v in proposal.values] == [("parents", None), (None, "teachers")]


def test_a_wrong_value_is_told_beside_its_field_and_all_that_was_typed_is_there(place):
    with place.browser("carl") as carl:
        answer = carl.edit(place.item, title=["A better title"], date=["soon"], message="hello")
        assert answer.status_code == 400
        box = re.search(r'<input type="text"[^>]*name="now.date"[^>]*>', answer.text)[0]
        assert 'value="soon"' in box
        assert 'aria-invalid="true"' in box
        wrong = re.search(r'aria-describedby="([^ "]+)', box)[1]
        assert f'id="{wrong}">This is not understood. Write it as 2017, 2017-05 or 2017-05-12.' in answer.text
        assert 'role="alert"' in answer.text
        assert 'value="A better title"' in answer.text
        assert ">hello</textarea>" in answer.text
        assert list_proposals(place.store) == []


def test_enter_in_a_field_looks_the_form_through_and_changes_nothing(place):
    with place.browser("carl") as carl:
        page = carl.get(f"/items/{place.item}/edit").text
        form = page[page.index('class="fields contribution"') :]
        assert re.search(r"<button[^>]*>", form)[0].count('value="check"') == 1
        assert 'aria-invalid="true"' in carl.edit(place.item, do="check", date=["soon"]).text
        assert list_proposals(place.store, author=author(place, "carl")) == []


def author(place, name):
    with place.store.connect() as connection:
        number = connection.exec_driver_sql(f"SELECT id FROM users WHERE name = '{name}'").scalar()
    return Author(name=name, actor=name, user=number)


def test_a_draft_is_kept_and_gone_on_with(place):
    with place.browser("carl") as carl:
        kept = carl.edit(place.item, do="save", title=["Half a ti"], subject=["schools", "parents", "new"], message="m")
        assert kept.headers["location"] == "/contributions?done=save"
        assert "Go on with it" in carl.get("/contributions").text
        page = carl.get(f"/items/{place.item}/edit").text
        assert 'value="Half a ti"' in page
        assert page.count('name="now.subject"') == 3
        assert ">m</textarea>" in page
        assert list_proposals(place.store) == []
        assert carl.edit(place.item).status_code == 303
    (proposal,) = list_proposals(place.store)
    assert [(v.original, v.proposed) for v in proposal.values] == [
        ("Old title of the item", "Half a ti"),
        (None, "new"),
    ]


def test_a_form_that_changes_nothing_is_not_handed_in(place):
    with place.browser("carl") as carl:
        answer = carl.edit(place.item)
        assert (answer.status_code, "Nothing is changed yet" in answer.text) == (409, True)
    assert list_proposals(place.store, author=author(place, "carl")) == []


def test_an_editor_accepts_his_own_at_once_and_nobody_else_can(place):
    with place.browser("carl") as carl:
        assert carl.edit(place.item, do="accept", title=["By Carl"]).status_code == 303
    assert place.shown().title[0].value == "Old title of the item"
    with place.browser("eve") as eve:
        assert "Hand in and accept" in eve.get(f"/items/{place.item}/edit").text
        assert eve.edit(place.item, do="accept", title=["By Eve"]).headers["location"] == f"/items/{place.item}"
    assert place.shown().title[0].value == "By Eve"
    assert [(one.author, one.state) for one in list_proposals(place.store)] == [
        ("eve", "decided"),
        ("carl", "submitted"),
    ]


def test_a_token_for_some_properties_offers_those_alone(place, anybody):
    _, secret = place.token(properties=("volume", "year"))
    anybody.open_link(secret)
    page = anybody.get(f"/items/{place.item}/edit").text
    assert set(re.findall(r'name="now\.([^"]+)"', page)) == {"volume"}
    answer = anybody.send(
        f"/items/{place.item}/edit",
        [*anybody.fields(f"/items/{place.item}/edit"), ("was.title", ""), ("now.title", "X"), ("do", "submit")],
    )
    assert answer.status_code == 409
    assert list_proposals(place.store) == []


def test_a_token_opens_no_form_of_another_item(place, anybody):
    _, secret = place.token()
    anybody.open_link(secret)
    assert anybody.get(f"/items/{place.other}/edit").status_code == 403
    pairs = [*anybody.fields(f"/items/{place.item}/edit"), ("do", "submit")]
    assert anybody.send(f"/items/{place.other}/edit", pairs).status_code == 403


def test_an_author_takes_back_what_he_handed_in_and_nobody_elses(place, anybody):
    with place.browser("carl") as carl:
        carl.edit(place.item, title=["By Carl"])
        (proposal,) = list_proposals(place.store)
        _, secret = place.token()
        anybody.open_link(secret)
        other = anybody.post("/contributions/withdraw", page="/contributions", proposal=str(proposal.id))
        assert (other.status_code, "not yours" in other.text) == (409, True)
        back = carl.post("/contributions/withdraw", page="/contributions", proposal=str(proposal.id))
        assert back.headers["location"] == "/contributions?done=back"
        assert "taken back" in carl.get("/contributions").text
    assert [one.state for one in list_proposals(place.store)] == ["withdrawn"]


def test_a_foreign_page_cannot_hand_in(place):
    with place.browser("carl") as carl:
        path = f"/items/{place.item}/edit"
        pairs = [(name, value) for name, value in carl.fields(path) if name != "form_token"]
        assert carl.send(path, [*pairs, ("now.volume", "8"), ("do", "submit")]).status_code == 403


def test_gone_items_and_parts_are_told(place):
    with place.browser("carl") as carl:
        assert carl.get("/items/nothing/edit").status_code == 404


@pytest.mark.parametrize(("proposers", "codes"), [("tokens", (403, 200, 200)), ("nobody", (403, 303, 200))])
def test_a_hub_that_takes_fewer_proposals_says_so(tmp_path, proposers, codes):
    with opened_place(tmp_path, proposers=proposers) as place:
        _, secret = place.token()
        found = []
        with place.browser("carl") as carl, place.browser() as guest, place.browser("eve") as eve:
            guest.open_link(secret)
            for browser in (carl, guest, eve):
                found.append(browser.get(f"/items/{place.item}/edit").status_code)
        assert tuple(found) == codes
        assert ("token link" in place.hub.get(f"/items/{place.item}").text) == (proposers != "nobody")


def test_hostile_values_are_shown_as_text(place, anybody):
    _, secret = place.token()
    anybody.open_link(secret)
    bad = "</textarea><script>alert(1)</script>\u202e\"'><img src=x onerror=alert(1)>"
    anybody.edit(place.item, title=[bad], message=bad, do="save")
    for path in (f"/items/{place.item}/edit", "/contributions"):
        page = anybody.get(path).text
        assert "<script>alert" not in page
        assert "<img" not in page
    anybody.edit(place.item, title=[bad], message=bad)
    with place.browser("eve") as eve:
        (proposal,) = list_proposals(place.store)
        for path in ("/review", f"/review/{proposal.id}"):
            assert "<script>alert" not in eve.get(path).text
    assert all("alert" not in str(entry.details) for entry in list_audit(place.store))


def test_a_value_is_one_line_however_a_text_box_breaks_it(place):
    path = f"/items/{place.item}/edit"
    with place.browser("carl") as carl:
        pairs = carl.fields(path)
        broken = [
            (name, value.replace(" about ", "\r\nabout  ") if name == "now.abstract" else value)
            for name, value in pairs
        ]
        assert broken != pairs
        assert carl.send(path, [*broken, ("do", "submit")]).status_code == 409
        longer = [(name, f"{value}\r\n And\tmore. " if name == "now.abstract" else value) for name, value in pairs]
        assert carl.send(path, [*longer, ("do", "submit")]).status_code == 303
    (proposal,) = list_proposals(place.store)
    assert [value.proposed for value in proposal.values] == ["A long text about schools and what they do. And more."]


def test_an_editor_is_led_to_a_link_for_the_item(place):
    with place.browser("eve") as eve, place.browser("carl") as carl:
        way = f'href="/admin/tokens?item={place.item}"'
        assert way in eve.get(f"/items/{place.item}/edit").text
        assert way not in carl.get(f"/items/{place.item}/edit").text
        assert f">{place.item}</textarea>" in eve.get(f"/admin/tokens?item={place.item}").text
