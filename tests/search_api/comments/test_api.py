"""Comments as JSON: read by anybody, written by users and their programs, decided on by moderators."""

import pytest

from harvester.store.accounts.keys import add_key
from tests.search_api.accounts.conftest import WORDS


@pytest.fixture
def key(hall):
    """Give the headers of a key of a user with a role."""

    def make(role):
        hall.site.add_user(f"u-{role}", role, WORDS)
        _, text = add_key(hall.store, "k", user=f"u-{role}", role=role, expires=0.0, actor="ada", now=hall.clock())
        return {"Authorization": f"Bearer {text}"}

    return make


def address(hall, number=1):
    return f"/api/v1/items/{hall.item(number)}/comments"


def write(hall, headers, body="A comment", **more):
    return hall.site.client.post(address(hall), json={"body": body} | more, headers=headers)


def test_a_program_writes_in_the_name_of_its_user_and_all_can_read_it(hall, key):
    reader = key("reader")
    written = write(hall, reader, "First\r\n\x07line").json()
    assert written == {
        "id": 1,
        "item": hall.item(),
        "parent": None,
        "thread": 1,
        "name": "u-reader",
        "user": True,
        "body": "First\nline",
        "state": "approved",
        "created": "2027-01-15T08:00:00Z",
        "changed": "2027-01-15T08:00:00Z",
    }
    assert write(hall, reader, "Second", parent=1).json()["thread"] == 1
    found = hall.get(address(hall))
    assert (found.json()["total"], [one["body"] for one in found.json()["comments"]]) == (2, ["First\nline", "Second"])
    assert hall.get(address(hall), headers={"If-None-Match": found.headers["etag"]}).status_code == 304
    assert hall.get(address(hall, 2)).json() == {"total": 0, "comments": [], "older": None}
    page = hall.get(address(hall), params={"size": "1"}).json()
    assert ([one["id"] for one in page["comments"]], page["older"]) == ([2], 2)
    assert [one["id"] for one in hall.get(address(hall), params={"before": "2"}).json()["comments"]] == [1]


@pytest.mark.parametrize(
    ("sent", "status", "parameter"),
    [
        ({"body": ""}, 400, "body"),
        ({"body": "x" * 5_001}, 400, "body"),
        ({}, 400, None),
        ({"body": "x", "state": "approved"}, 400, None),
        ({"body": "x", "parent": 9}, 409, None),
        ({"body": "x", "parent": "1"}, 400, None),
    ],
)
def test_what_cannot_be_written_is_a_problem_that_names_it(hall, key, sent, status, parameter):
    answer = hall.site.client.post(address(hall), json=sent, headers=key("reader"))
    assert (answer.status_code, answer.json().get("parameter")) == (status, parameter)
    assert hall.rows("SELECT count(*) FROM comments") == [(0,)]


def test_writing_needs_a_user_a_setting_that_allows_it_and_a_bound(hall, key):
    assert write(hall, {}).status_code == 401
    reader = key("reader")
    for number in range(5):
        assert write(hall, reader, f"Number {number}").status_code == 200
    refused = write(hall, reader, "One too many")
    assert (refused.status_code, refused.json()["type"], refused.headers["retry-after"]) == (
        *(429, "/docs#quota-exceeded", "3600"),
    )
    assert write(hall, key("editor"), "Of a moderator").status_code == 200
    hall.settle(threaded=False)
    assert write(hall, key("admin"), "Answer", parent=1).json()["parameter"] == "parent"
    hall.settle(writers="nobody")
    assert write(hall, reader, "No more").status_code == 403


def test_moderators_see_and_decide(hall, key):
    hall.settle(moderated="all")
    reader, editor = key("reader"), key("editor")
    for number in range(3):
        write(hall, reader, f"Number {number}")
    for path in ("/api/v1/comments", "/api/v1/comments/1"):
        assert [hall.get(path, headers=who).status_code for who in ({}, reader, editor)] == [401, 403, 200]
    found = hall.get("/api/v1/comments", params={"size": "2"}, headers=editor).json()
    assert (found["counts"]["waiting"], [one["comment"]["id"] for one in found["comments"]], found["older"]) == (
        3,
        [3, 2],
        2,
    )
    assert (
        hall.get("/api/v1/comments", params={"before": "2"}, headers=editor).json()["comments"][0]["comment"]["id"] == 1
    )
    assert hall.get("/api/v1/comments", params={"state": "x"}, headers=editor).json()["parameter"] == "state"
    asked = {"decision": "approve", "comments": [{"id": 1}, {"id": 2, "changed": 5.0}, {"id": 9}], "note": "fine"}
    assert hall.site.client.post("/api/v1/comments/decide", json=asked, headers=reader).status_code == 403
    done = hall.site.client.post("/api/v1/comments/decide", json=asked, headers=editor).json()
    assert [one["comment"]["state"] for one in done["done"]] == ["approved"]
    assert {number: "changed" in why for number, why in done["left"].items()} == {"2": True, "9": False}
    history = hall.get("/api/v1/comments/1", headers=editor).json()
    assert [(one["actor"], one["action"], one["note"]) for one in history["events"]] == [
        *(("u-reader:k", "write", ""), ("u-editor:k", "approve", "fine")),
    ]
    assert hall.get("/api/v1/comments/77", headers=editor).status_code == 404
    for wrong in ({"decision": "burn", "comments": [{"id": 1}]}, {"decision": "spam", "comments": []}, [], "x"):
        assert hall.site.client.post("/api/v1/comments/decide", json=wrong, headers=editor).status_code == 400
