"""An operator at work in a real browser: signs in, acts, and finds each page fit for keyboard and screen reader."""

import re
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from harvester.store.accounts.roles import ROLES
from harvester.store.deletions.plans import get_plan
from harvester.store.ledger.rejected import count_rejected
from harvester.store.operating.audit import list_audit
from harvester.store.operating.breakers import breaker_state, note_failure
from harvester.store.operating.controls import list_controls
from harvester.store.operating.schedules import get_schedule
from harvester.vanished import settle_plan
from tests.services.chromium import launched
from tests.workers.operator.breaking import make_all
from tests.workers.operator.conftest import WORDS

PAGES = (
    "/operator",
    "/operator/endpoints",
    "/operator/endpoints?failing=1",
    "/operator/endpoints/broken",
    "/operator/endpoints/fine/change",
    "/operator/stop",
    "/operator/runs",
    "/operator/runs/1",
    "/operator/dead?kind=page",
    "/operator/plans",
    "/operator/plans/1",
    "/operator/schedule",
    "/operator/processes",
    "/operator/trace?name=0000",
    "/operator/audit",
    "/account",
)
GRAVE = ("serious", "critical")


@pytest.fixture
def database():
    """Pages are looked at once: what they are made from is asked for on both databases elsewhere."""
    return "sqlite"


@pytest.fixture(scope="module")
def chromium(engines):
    with launched(engines.url("chromium")) as browser:
        yield browser


@pytest.fixture
def page(chromium, hub):
    make_all(hub.tools)
    hub.add_user("alice", "operator")
    context = chromium.new_context(base_url=hub.url, viewport={"width": 360, "height": 800})
    page = context.new_page()
    refused = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert refused == []


def sign_in(page, path="/operator"):
    page.goto(path)
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Password").fill(WORDS)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}")


def grave(page):
    found = Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in GRAVE]


def done_by_alice(hub):
    return [(entry.action, entry.object) for entry in list_audit(hub.store, actor="alice") if entry.action != "sign-in"]


def test_who_signs_in_comes_to_where_he_wanted(page, hub):
    sign_in(page, "/operator/endpoints?failing=1")
    expect(page.get_by_role("heading", name="Endpoints that fail")).to_be_visible()
    expect(page.get_by_role("rowheader", name="broken")).to_be_visible()
    assert page.url == f"{hub.url}/operator/endpoints?failing=1"


def test_an_endpoint_is_run_now_paused_and_resumed(page, hub):
    sign_in(page, "/operator/endpoints/fine")
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_role("status")).to_contain_text("schedule run endpoint:fine")
    assert get_schedule(hub.store, "fine").due_since > 0
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("paused", exact=True)).to_be_visible()
    assert [(one.name, one.state, one.actor) for one in list_controls(hub.store)] == [("fine", "paused", "alice")]
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    assert list_controls(hub.store) == []
    wanted = ["resume", "pause", "schedule run"]
    assert done_by_alice(hub) == [(action, "endpoint:fine") for action in wanted]


def test_everything_is_paused_with_a_reason_and_the_form_does_not_go_away(page, hub):
    sign_in(page, "/operator/stop")
    assert page.request.get("/operator/stop").headers.get("refresh") is None
    form = page.locator("section", has=page.get_by_role("heading", name="Pause everything"))
    form.get_by_label("Why").fill("<b>fire</b>")
    form.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("pause everything (reason <b>fire</b>)")
    page.goto("/operator")
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("everything is paused")).to_have_count(0)


def test_a_stage_that_is_left_alone_is_tried_at_once(page, hub):
    note_failure(hub.store, "index", "no answer", hub.store.now())
    sign_in(page)
    page.get_by_role("button", name="Try at once: index").click()
    expect(page.get_by_role("status")).to_contain_text("try stage:index")
    assert breaker_state(hub.store, "index").open_until <= hub.store.now()
    assert done_by_alice(hub) == [("try", "stage:index")]


def test_all_that_an_operator_does_is_done_by_keyboard(page, hub):
    """From the first key on: sign in, come to an endpoint, pause it; what has the focus is seen."""
    page.goto("/operator/endpoints/fine")
    for text in ("alice", WORDS):
        press_until(page, "input", text="")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Endpoint fine")).to_be_visible()
    press_until(page, "button", text="Pause")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    assert [one.name for one in list_controls(hub.store)] == ["fine"]


def press_until(page, tag, *, text):
    """Go on from one thing to the next, as a keyboard can, to an element with a text; of fields to an empty one."""
    for _ in range(60):
        page.keyboard.press("Tab")
        here = page.evaluate("[document.activeElement.localName, document.activeElement.textContent]")
        if here == [tag, text] and page.evaluate("!document.activeElement.value"):
            return
    raise AssertionError(f"no key leads to a {tag} {text!r}")


def test_a_cause_is_retried(page, hub):
    sign_in(page, "/operator/runs/1")
    assert count_rejected(hub.store, 1) == {"no_identifier": 2, "bad_xml": 1}
    page.get_by_role("button", name="Retry this cause: bad_xml").click()
    expect(page.get_by_role("status")).to_contain_text("retry rejected run:1 (cause bad_xml, pages 1")
    assert done_by_alice(hub)[0] == ("retry rejected", "run:1")


def test_a_deletion_plan_is_approved_carried_out_and_taken_back(page, hub):
    sign_in(page, "/operator/plans")
    page.get_by_role("rowheader").get_by_role("link").first.click()
    page.get_by_role("button", name="Delete 19 records").click()
    expect(page.get_by_text("applying", exact=True)).to_be_visible()
    assert settle_plan(hub.tools.harvesting, 1).deleted == 19
    page.reload()
    page.get_by_role("button", name="Bring them back").click()
    expect(page.get_by_text("undoing", exact=True)).to_be_visible()
    assert (settle_plan(hub.tools.harvesting, 1).state, get_plan(hub.store, 1).deleted) == ("undone", 0)
    assert done_by_alice(hub) == [("plan undo", "plan:1"), ("plan approve", "plan:1")]


def test_dead_letters_are_chosen_and_dropped(page, hub):
    sign_in(page, "/operator/dead")
    page.get_by_text("Choose", exact=True).first.click()
    page.get_by_label("Endpoint").fill("broken")
    page.get_by_role("button", name="Choose").click()
    expect(page.get_by_role("rowheader")).to_have_count(3)
    page.get_by_role("button", name="Drop all that fit").click()
    expect(page.get_by_text("Dead letters: none.")).to_be_visible()


def test_pages_refresh_themselves_until_that_is_stopped(page):
    sign_in(page)
    assert page.request.get("/operator").headers["refresh"] == "15"
    page.get_by_role("link", name="Stop that").click()
    expect(page.get_by_role("link", name="Refresh it")).to_be_visible()
    assert page.request.get("/operator?still=1").headers.get("refresh") is None


def test_who_may_only_watch_sees_no_button(page, hub):
    assert "operate" not in ROLES["viewer"]
    hub.add_user("vera", "viewer")
    page.goto("/operator/endpoints/fine")
    page.get_by_label("Name").fill("vera")
    page.get_by_label("Password").fill(WORDS)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Endpoint fine")).to_be_visible()
    for path in ("/operator/endpoints/fine", "/operator/plans/1", "/operator/dead", "/operator/schedule"):
        page.goto(path)
        assert page.locator("form[method=post]").count() == 0
    assert page.request.get("/operator/stop").status == 403


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_grave_and_nothing_runs_out_of_a_narrow_page(page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto("/sign-in")
    found = {"/sign-in": grave(page)}
    sign_in(page)
    for path in PAGES:
        page.goto(path)
        found[path] = grave(page)
        assert page.evaluate("document.documentElement.scrollWidth") == 360, path
    assert {path: faults for path, faults in found.items() if faults} == {}


def test_headings_come_in_order_and_the_place_is_told(page):
    sign_in(page)
    for path in PAGES[:-1]:
        page.goto(path)
        levels = [int(level) for level in re.findall(r"<h([1-6])", page.content())]
        assert levels[0] == 1
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), path
        assert page.locator("nav [aria-current=page]").count() == 1
