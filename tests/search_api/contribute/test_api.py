"""Proposals and tokens by JSON: with a key, and by the rights of its user."""

import pytest

from harvester.store.accounts.keys import add_key
from harvester.store.contributions.proposals import list_proposals
from harvester.store.contributions.tokens import list_tokens
from tests.search_api.contribute.conftest import NOW, opened_place

CHANGES = [
    {"property": "title", "original": "Old title of the item", "proposed": "New title"},
    {"property": "subject", "original": "parents"},
    {"property": "subject", "proposed": "teachers"},
]


class Program:
    """Asks with a key of a user."""

    def __init__(self, place, user, role):
        actor = {"actor": "command:tester", "now": NOW}
        self.headers = {
            "Authorization": f"Bearer {add_key(place.store, 'it', user=user, role=role, expires=0, **actor)[1]}"
        }
        self.client = place.hub.client

    def get(self, path, **parameters):
        return self.client.get(f"/api/v1{path}", params=parameters, headers=self.headers)

    def post(self, path, **body):
        return self.client.post(f"/api/v1{path}", json=body, headers=self.headers)


@pytest.fixture
def carl(place):
    return Program(place, "carl", "contributor")


@pytest.fixture
def eve(place):
    return Program(place, "eve", "editor")


def propose(program, item_id, **more):
    answer = program.post(f"/items/{item_id}/contributions", changes=CHANGES, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_program_proposes_and_another_decides(place, carl, eve):
    made = propose(carl, place.item, message="seen in print")
    assert (made["state"], made["author"], made["item"]) == ("submitted", "carl", place.item)
    path = f"/contributions/{made['id']}"
    assert carl.get(path).json() == eve.get(path).json() == made
    assert eve.get("/contributions", state="submitted").json() == {"contributions": [made], "older": None}
    assert eve.get(f"/items/{place.item}/contributions").json()["contributions"] == [made]
    assert eve.get(f"/items/{place.other}/contributions").json()["contributions"] == []
    title = made["values"][0]["id"]
    half = eve.post(f"{path}/decision", accept=[title], note="thanks").json()
    assert [value["state"] for value in half["values"]] == ["accepted", "open", "open"]
    assert place.shown().title[0].value == "New title"
    assert eve.post(f"{path}/decision", accept=[title]).status_code == 409
    undone = eve.post(f"{path}/undo").json()
    assert undone["values"][0]["state"] == "undone"
    assert place.shown().title[0].value == "Old title of the item"
    assert carl.post(f"{path}/withdrawal").status_code == 409


def test_an_editor_accepts_at_once_and_a_contributor_cannot(place, carl, eve):
    answer = carl.post(f"/items/{place.item}/contributions", changes=CHANGES, accept=True)
    assert (answer.status_code, answer.json()["right"]) == (403, "edit")
    assert propose(eve, place.item, accept=True)["state"] == "decided"
    assert [one.value for one in place.shown().subject] == ["schools", "teachers"]


def test_an_own_proposal_is_taken_back(place, carl, eve):
    made = propose(carl, place.item)
    assert eve.post(f"/contributions/{made['id']}/withdrawal").status_code == 409
    assert carl.post(f"/contributions/{made['id']}/withdrawal").json()["state"] == "withdrawn"


def test_lists_are_paged(place, carl, eve):
    made = [propose(carl, place.item)["id"] for _ in range(3)]
    first = eve.get("/contributions", size="2").json()
    second = eve.get("/contributions", size="2", before=str(first["older"])).json()
    assert [one["id"] for one in first["contributions"] + second["contributions"]] == made[::-1]
    assert second["older"] is None


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"changes": []}, 400, "changes"),
        ({"changes": [{"property": "date", "proposed": "soon"}]}, 400, "write it as 2017"),
        ({"changes": [{"property": "endpoint", "proposed": "x"}]}, 400, "not among"),
        ({"changes": [{"property": "title", "proposed": "a\0b"}]}, 400, "NUL"),
        ({"changes": [{"property": "title", "was": "x"}]}, 400, "was"),
        ({"changes": CHANGES, "message": "x" * 2001}, 400, "message"),
    ],
)
def test_what_cannot_be_meant_is_refused(place, carl, body, status, said):
    answer = carl.post(f"/items/{place.item}/contributions", **body)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True)
    assert list_proposals(place.store) == []


def test_drafts_and_proposals_of_others_are_not_told(place, carl, eve):
    with place.browser("carl") as browser:
        browser.edit(place.item, do="save", title=["Half"])
    assert eve.get("/contributions/1").status_code == 404
    assert carl.get("/contributions/1").json()["state"] == "draft"
    made = propose(eve, place.other)["id"]
    assert carl.get(f"/contributions/{made}").status_code == 404
    assert carl.get("/contributions").status_code == 403
    assert eve.get("/contributions", state="draft").status_code == 400
    assert eve.get("/contributions", before="x").status_code == 400


def test_a_token_is_made_listed_and_revoked(place, eve, carl, anybody):
    made = eve.post("/tokens", label="Ann", items=[place.item], properties=["title"], days=2).json()
    secret = made["link"].removeprefix(f"{place.url}/pass/")
    assert made["token"]["uses_left"] == 1
    assert anybody.open_link(secret).status_code == 303
    listed = eve.get("/tokens")
    assert secret not in listed.text
    assert [one["id"] for one in listed.json()["tokens"]] == [made["token"]["id"]]
    assert eve.post(f"/tokens/{made['token']['id']}/revocation").json()["revoked"] == place.clock()
    assert eve.post(f"/tokens/{made['token']['id']}/revocation").status_code == 404
    assert anybody.open_link(secret).status_code == 410
    assert (carl.get("/tokens").status_code, carl.post("/tokens", label="A").status_code) == (403, 403)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"label": ""}, 400),
        ({"label": "A", "properties": ["endpoint"]}, 400),
        ({"label": "A", "items": ["nothing"]}, 409),
        ({"label": "A", "send": True}, 409),
        ({"label": "A", "days": 1000}, 400),
    ],
)
def test_tokens_that_cannot_be_are_refused(place, eve, body, status):
    assert eve.post("/tokens", **body).status_code == status
    assert list_tokens(place.store) == []


def test_a_hub_that_takes_no_proposals_of_users_says_so_to_programs(tmp_path):
    with opened_place(tmp_path, proposers="tokens") as place:
        carl, eve = Program(place, "carl", "contributor"), Program(place, "eve", "editor")
        assert carl.post(f"/items/{place.item}/contributions", changes=CHANGES).status_code == 403
        assert propose(eve, place.item)["state"] == "submitted"
