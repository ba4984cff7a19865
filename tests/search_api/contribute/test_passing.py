"""A token's link: looked at without being used up, exchanged once for a pass, and told to nobody else."""

import logging
import re

from harvester.store.contributions.passes import LIFE_S
from harvester.store.contributions.proposals import list_proposals
from harvester.store.contributions.tokens import DAY_S, get_token, revoke_token
from harvester.store.operating.audit import list_audit


def test_a_link_that_is_looked_at_by_programs_is_not_opened(place, anybody):
    token, secret = place.token()
    for _ in range(3):
        answer = anybody.get(f"/pass/{secret}")
        assert (answer.status_code, answer.headers["referrer-policy"]) == (200, "no-referrer")
        assert "oaihub_pass" not in answer.headers.get("set-cookie", "")
    assert anybody.get("/pass/of-nobody").status_code == 200
    assert get_token(place.store, token.id).used == 0
    assert list_audit(place.store, object=f"token:{token.id}")[0].action == "add"


def test_the_button_exchanges_it_for_a_pass_and_no_later_address_has_it(place, anybody):
    _, secret = place.token()
    answer = anybody.open_link(secret)
    kept = answer.headers["set-cookie"]
    assert re.search(r"oaihub_pass=[\w-]{43};.*HttpOnly; Max-Age=43200; Path=/; SameSite=lax", kept)
    assert secret not in kept + answer.headers["location"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    page = anybody.get(answer.headers["location"])
    assert page.status_code == 200
    assert secret not in page.text
    assert secret not in anybody.get("/contributions").text
    assert page.headers["cache-control"] == "no-store"


def test_a_foreign_page_cannot_press_the_button(place, anybody):
    _, secret = place.token()
    anybody.get(f"/pass/{secret}")
    without = anybody.client.post(f"/pass/{secret}", data={})
    assert without.status_code == 403
    crossed = anybody.post(f"/pass/{secret}", page=f"/pass/{secret}", headers={"Sec-Fetch-Site": "cross-site"})
    assert crossed.status_code == 403
    assert "oaihub_pass" not in "".join(anybody.cookies.keys())


def test_expired_revoked_and_unknown_links_get_one_page_that_says_what_to_do(place, anybody):
    expired, revoked = place.token(life_s=DAY_S), place.token()
    revoke_token(place.store, revoked[0].id, actor="eve", now=place.clock())
    place.clock.now += DAY_S
    pages = [anybody.open_link(secret) for secret in (expired[1], revoked[1], "unknown")]
    assert [page.status_code for page in pages] == [410] * 3
    texts = {re.sub(r'name="form_token" value="[^"]+"', "", page.text) for page in pages}
    assert len({re.sub(r"\?lang=\w+", "", text) for text in texts}) == 1
    assert "Ask who sent it to you for another one." in pages[0].text
    assert "oaihub_pass" not in "".join(anybody.cookies.keys())


def test_a_used_up_link_shows_what_became_of_what_was_handed_in(place, anybody):
    _, secret = place.token(uses=1)
    anybody.open_link(secret)
    anybody.edit(place.item, title=["New title"])
    again = anybody.edit(place.item, title=["Newer title"])
    assert (again.status_code, "ask for another link" in again.text, "Newer title" in again.text) == (409, True, True)
    assert anybody.open_link(secret).headers["location"] == "/contributions"
    page = anybody.get("/contributions").text
    assert "used up" in page
    assert "New</ins> title" in page
    assert len(list_proposals(place.store)) == 1


def test_a_pass_ends_after_twelve_hours_and_with_its_token(place, anybody):
    token, secret = place.token()
    anybody.open_link(secret)
    path = f"/items/{place.item}/edit"
    pairs = [*anybody.fields(path), ("do", "submit")]
    place.clock.now += LIFE_S + 1
    assert anybody.get(path).headers["location"].startswith("/sign-in")
    assert anybody.send(path, pairs).status_code == 401
    anybody.open_link(secret)
    assert anybody.get(path).status_code == 200
    revoke_token(place.store, token.id, actor="eve", now=place.clock())
    assert anybody.get(path).status_code == 303


def test_a_link_for_several_items_leads_to_a_list_of_them(place, anybody):
    _, secret = place.token(items=(place.item, place.other))
    assert anybody.open_link(secret).headers["location"] == "/contributions"
    page = anybody.get("/contributions").text
    for item_id in (place.item, place.other):
        assert f'href="/items/{item_id}/edit"' in page
    _, secret = place.token(items=())
    assert anybody.open_link(secret).headers["location"] == "/contributions"
    assert anybody.get(f"/items/{place.other}/edit").status_code == 200


def test_a_browser_forgets_its_pass(place, anybody):
    _, secret = place.token()
    anybody.open_link(secret)
    assert anybody.post("/contributions/leave", page="/contributions").headers["location"] == "/"
    assert anybody.get("/contributions").status_code == 303


def test_wrong_links_are_bounded_by_address_and_right_ones_are_not(place, anybody):
    _, secret = place.token()
    codes = [anybody.open_link(f"wrong{number}").status_code for number in range(7)]
    assert codes == [410] * 5 + [429] * 2
    refused = anybody.open_link(secret)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "15")
    place.clock.now += 16
    assert [anybody.open_link(secret).status_code for _ in range(8)] == [303] * 8


def test_a_user_with_the_right_stays_himself_beside_a_pass(place):
    _, secret = place.token()
    with place.browser("carl") as carl:
        carl.open_link(secret)
        carl.edit(place.item, title=["By Carl"])
    with place.browser("rob") as rob:
        rob.open_link(secret)
        rob.edit(place.item, title=["By Rob with a link"])
    assert [one.author for one in list_proposals(place.store)] == ["Ann", "carl"]


def test_neither_log_nor_audit_nor_mail_to_editors_has_the_token(place, anybody, caplog):
    caplog.set_level(logging.DEBUG)
    _, secret = place.token()
    anybody.open_link(secret)
    anybody.edit(place.item, title=["New title"])
    not_ours = ("httpx", "httpcore", "uvicorn.access")  # the client's; and what the server writes nowhere but to pytest
    assert not logging.getLogger("uvicorn.access").propagate
    ours = [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    kept = [said for record, said in zip(caplog.records, ours, strict=True) if not record.name.startswith(not_ours)]
    assert secret not in "".join(kept)
    assert secret not in repr(list_audit(place.store)) + repr(place.mails())
    assert f"token:Ann#{list_proposals(place.store)[0].token}" in {entry.actor for entry in list_audit(place.store)}
