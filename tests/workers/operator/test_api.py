"""The operator's JSON: who may ask and do what, what is described, and what is refused."""

import pytest

from harvester.store.accounts.keys import add_key
from harvester.store.ledger.runs import get_run
from harvester.store.operating.audit import list_audit
from harvester.store.operating.controls import list_controls
from harvester.store.probes import Attempt, take_probe
from tests.contract.store.building import begin, made_endpoint
from tests.openapi import references
from tests.workers.operator.breaking import fail, lose_records, make_all, set_aside
from workers.operator.actions import ACTIONS

API = "/api/v1/operator"


@pytest.fixture
def key(hub):
    """Give the header of a key of a user of some role."""

    def header(role):
        hub.add_user(role, role)
        now = hub.store.now()
        _, text = add_key(hub.store, "program", user=role, role=role, expires=0, actor="command:tester", now=now)
        return {"Authorization": f"Bearer {text}"}

    return header


def test_every_address_answers_as_it_is_described(hub, key):
    make_all(hub.tools)
    headers = key("viewer")
    document = hub.client.get("/openapi.json").json()
    used = {name.removeprefix("#/components/schemas/") for name in references(document)}
    assert used == set(document["components"]["schemas"])
    asked = {"{key}": "broken", "{run}": "1", "{plan}": "1"}
    facts = [path for path, entry in document["paths"].items() if path.startswith(API) and "get" in entry]
    assert len(facts) == 14
    for path in facts:
        place = path
        for name, value in asked.items():
            place = place.replace(name, value)
        answer = hub.client.get(place, params={"name": "0000"} if path.endswith("trace") else None, headers=headers)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store"), path
        schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        wanted = document["components"]["schemas"][schema.rpartition("/")[2]]["properties"]
        assert set(answer.json()) == set(wanted), path
    sent = [path for path, entry in document["paths"].items() if path.startswith(API) and "post" in entry]
    does = {path.removeprefix(f"{API}/") for path in sent}
    assert does == {action.name for action in ACTIONS}


def test_who_may_watch_may_not_operate_and_nobody_else_may_watch(hub, key):
    viewer = key("viewer")
    assert hub.client.get(f"{API}/overview").status_code == 401
    assert hub.client.get(f"{API}/overview", headers=viewer).status_code == 200
    assert hub.client.get(f"{API}/overview", headers=key("reader")).json()["right"] == "watch"
    refused = hub.client.post(f"{API}/pause", json={"scope": "everything"}, headers=viewer)
    assert (refused.status_code, refused.json()["right"], list_controls(hub.store)) == (403, "operate", [])
    done = hub.client.post(f"{API}/pause", json={"scope": "everything"}, headers=key("operator"))
    assert (done.status_code, list_controls(hub.store)[0].actor) == (200, "operator:program")


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("pause", b"no json", 400),
        ("pause", b'{"scope": "house"}', 400),
        ("pause", b'{"scope": "everything", "more": 1}', 400),
        ("pause", b'{"scope": "endpoint", "name": "nowhere"}', 409),
        ("drain", b'{"scope": "stage", "name": "index"}', 409),
        ("run-now", b'{"endpoint": "nowhere"}', 409),
        ("set-schedule", b'{"endpoint": "here", "rule": "each blue moon"}', 409),
        ("cancel-run", b'{"run": 9}', 409),
        ("approve-run", b'{"run": 9}', 409),
        ("approve-plan", b'{"plan": 9}', 409),
        ("retry-dead", b"{}", 409),
        ("dance", b"{}", 404),
    ],
)
def test_what_cannot_be_done_is_a_problem_and_does_nothing(hub, key, action, body, status):
    made_endpoint(hub.store)
    before = len(list_audit(hub.store))
    headers = key("operator") | {"Content-Type": "application/json"}
    answer = hub.client.post(f"{API}/{action}", content=body, headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert {entry.action for entry in list_audit(hub.store)[: len(list_audit(hub.store)) - before]} <= {"add"}


def test_what_is_done_stands_in_the_audit_with_who_did_it(hub, key):
    run = begin(hub.store, made_endpoint(hub.store), now=hub.store.now())
    losing = made_endpoint(hub.store, "losing", base_url="https://other.example/oai")
    plan = lose_records(hub.store, losing, now=hub.store.now())
    headers = key("operator")
    for action, asked in (
        ("set-schedule", {"endpoint": "here", "rule": "daily 03:00"}),
        ("cancel-run", {"run": run.id, "reason": "wrong set"}),
        ("run-now", {"endpoint": "here"}),
        ("probe", {"endpoint": "here"}),
        ("undo-plan", {"plan": plan.id}),
        ("remove-schedule", {"endpoint": "here"}),
    ):
        assert hub.client.post(f"{API}/{action}", json=asked, headers=headers).status_code == 200, action
    entries = [(one.action, one.object) for one in list_audit(hub.store, actor="operator:program")]
    assert entries == [
        ("schedule remove", "endpoint:here"),
        ("plan dismiss", f"plan:{plan.id}"),
        ("probe", "endpoint:here"),
        ("schedule run", "endpoint:here"),
        ("cancel", f"run:{run.id}"),
        ("schedule set", "endpoint:here"),
    ]
    assert get_run(hub.store, run.id).state == "cancelled"
    asked_at = next(one.at for one in list_audit(hub.store) if one.action == "probe")
    assert take_probe(hub.store, Attempt("here", asked_at), asked_at + 1) is not None


@pytest.mark.parametrize(
    "path", ["endpoints/nowhere", "runs/99", "runs/x", "runs/99999999999999999999", "plans/9", "trace?name=nothing"]
)
def test_what_is_not_there_is_not_found(hub, path):
    assert hub.client.get(f"{API}/{path}").status_code == 404


@pytest.mark.parametrize(
    "path", ["endpoints/nowhere", "runs/99", "runs/x", "plans/9", "runs/9/rejected.csv", "nowhere"]
)
def test_pages_that_are_not_there_are_not_found(hub, path):
    assert hub.client.get(f"/operator/{path}", headers={"Accept": "text/html"}).status_code == 404


def test_what_a_repository_says_is_text_on_pages_and_no_formula_in_sheets(hub):
    bad = '<script>alert("1")</script>'
    endpoint = made_endpoint(hub.store, label=bad)
    fail(hub.store, endpoint, bad, now=hub.store.now() - 60)
    set_aside(hub.store, endpoint, "=HYPERLINK(1)", now=hub.store.now())
    for path in ("", "/endpoints", "/endpoints/here", "/runs", "/runs/1", "/runs/2", "/dead", f"/trace?name={bad}"):
        answer = hub.client.get(f"/operator{path}")
        assert (answer.status_code, bad in answer.text) == (200, False), path
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert ",'=HYPERLINK(1)," in hub.client.get("/operator/runs/2/rejected.csv").text


def test_a_form_leads_back_to_this_hub_only(hub):
    page = hub.client.get("/operator/stop").text
    token = page.split('name="form_token" value="')[1].split('"')[0]
    form = {"form_token": token, "scope": "everything", "back": "//evil.example/"}
    answer = hub.client.post("/operator/do/pause", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/operator")
    del form["form_token"]
    assert hub.client.post("/operator/do/resume", data=form).status_code == 403
