"""What people come for, from the first click to the last, in a real browser, with scripts and without."""

import re
import time

import bibtexparser
import pytest
import rispy
from msgspec.structs import replace
from playwright.sync_api import Page, expect

from tests.pages.site import Site
from workers.demo import DemoRecord, demo_records
from workers.demo.server import demo_entry

KNOWN, ISSUE = demo_records()[:2]
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
AS_PEOPLE_WRITE_S = 3.5


def other_article(number: int) -> DemoRecord:
    """Give one of the other records that have a volume."""
    return [one for one in demo_records()[2:] if one.volume and not one.deleted][number]


def read_back(page: Page, link: str) -> str:
    """Follow a link to a file and give what is in it."""
    with page.expect_download() as download:
        page.locator("#export").get_by_role("link", name=link, exact=True).click()
    return download.value.path().read_text(encoding="utf-8")


@SCRIPTS
def test_a_reader_narrows_a_search_opens_an_item_follows_its_links_and_takes_it_along(site, visits, scripts):
    page = visits.open(scripts=scripts, accept_downloads=True, permissions=["clipboard-read", "clipboard-write"])
    page.goto("/")
    page.get_by_role("searchbox").or_(page.get_by_role("combobox")).first.fill("improvement")
    page.keyboard.press("Enter")
    found = page.locator("main ol > li")
    everything = page.get_by_role("status").inner_text()
    page.locator(".facets").get_by_role("link", name="Empirical", exact=True).click()
    expect(page.get_by_role("status")).not_to_have_text(everything)
    page.get_by_label("From", exact=True).fill("2017")
    page.get_by_label("To", exact=True).fill("2017")
    page.get_by_label("To", exact=True).press("Enter")
    page.wait_for_url("**2017**")
    expect(found.filter(has_text=KNOWN.title)).to_have_count(1)
    page.get_by_role("link", name=KNOWN.title).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(KNOWN.title)
    linked = page.locator("#linked")
    expect(linked.get_by_role("link", name=ISSUE.title)).to_be_visible()
    linked.get_by_label("Filter by property").select_option(index=1)
    linked.get_by_role("button", name="Filter").click()
    page.wait_for_url("**property=**")
    expect(linked.locator("tbody th")).to_contain_text("Contains part")
    expect(linked.get_by_role("link", name=ISSUE.title)).to_be_visible()

    copy = page.get_by_role("button", name="Copy citation")
    if scripts:
        copy.click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == page.locator("#citation-text").inner_text()
    else:
        expect(copy).to_be_hidden()
    expect(page.locator("#citation-text")).to_contain_text(f"https://doi.org/{KNOWN.doi}")
    (ris,) = rispy.loads(read_back(page, "RIS"))
    assert (ris["title"], ris["doi"], ris["year"]) == (KNOWN.title, KNOWN.doi.lower(), "2017")
    (entry,) = bibtexparser.parse_string(read_back(page, "BibTeX")).entries
    assert entry["title"].replace("{", "").replace("}", "") == KNOWN.title
    assert (entry["volume"], entry["number"], entry["pages"]) == ("92", "5", "569--588")


@SCRIPTS
def test_a_visitor_comments_and_it_shows_once_a_moderator_has_approved_it(site, visits, scripts):
    path = f"/items/{site.item_id(other_article(int(scripts)).identifier)}"
    visitor = visits.open(scripts=scripts)
    visitor.goto(path)
    expect(visitor.get_by_text("No comment yet!")).to_be_visible()
    visitor.get_by_role("link", name="Be the first to add one!").click()
    visitor.get_by_label("Your name").fill("Vera Visitor")
    visitor.get_by_label("Your comment").fill("See https://example.org/data\n<b>for</b> the data.")
    time.sleep(AS_PEOPLE_WRITE_S)
    visitor.get_by_role("button", name="Send").click()
    expect(visitor.get_by_role("status")).to_contain_text("waits for approval")
    visitor.goto(path)
    expect(visitor.get_by_text("No comment yet!")).to_be_visible()

    moderator = visits.open("edda", scripts=scripts)
    moderator.goto("/moderation")
    moderator.get_by_label("Choose the comment of Vera Visitor").check()
    moderator.get_by_role("button", name="Approve").click()
    expect(moderator.get_by_role("status")).to_contain_text("1 comment was decided on.")

    visitor.reload()
    comments = visitor.locator("#comments")
    expect(comments.get_by_text("<b>for</b> the data.")).to_be_visible()
    assert comments.get_by_role("link", name="https://example.org/data").get_attribute("rel") is not None


@SCRIPTS
def test_what_a_reviewer_accepts_of_a_proposal_stands_through_the_next_harvest(site, visits, scripts):
    record = other_article(2 + scripts)
    path = f"/items/{site.item_id(record.identifier)}"
    link = make_link(visits.open("edda", scripts=scripts), path)

    holder = visits.open(scripts=scripts)
    holder.goto(link)
    holder.get_by_role("button", name="Go on").click()
    holder.wait_for_url(f"**{path}/edit")
    holder.get_by_label("Title", exact=True).fill("A title that a reader has mended")
    holder.get_by_label("Volume", exact=True).fill("77")
    holder.get_by_role("button", name="Hand in", exact=True).click()
    expect(holder.get_by_role("status")).to_contain_text("Your proposal was handed in")

    reviewer = visits.open("edda", scripts=scripts)
    reviewer.goto("/review")
    reviewer.get_by_role("link", name=record.title).first.click()
    expect(reviewer.get_by_role("row").filter(has_text="Volume")).to_contain_text(record.volume)
    reviewer.get_by_role("checkbox", name="Title").check()
    reviewer.get_by_role("button", name="Accept chosen").click()
    expect(reviewer.get_by_role("status")).to_contain_text("The decision is kept")
    reviewer.get_by_role("button", name="Reject all").click()
    expect(reviewer.locator("main")).to_contain_text("rejected")

    harvest_again(site, record)
    holder.goto(path)
    expect(holder.get_by_role("heading", level=1)).to_have_text("A title that a reader has mended")
    expect(holder.get_by_text("An abstract that came later")).to_be_visible()
    expect(holder.locator("main dl.properties")).to_contain_text(record.volume)
    expect(holder.locator("main dl.properties")).not_to_contain_text("77")
    holder.goto("/contributions")
    expect(holder.locator("main")).to_contain_text("decided")


def make_link(editor: Page, path: str) -> str:
    editor.goto(f"/admin/tokens?item={path.rpartition('/')[2]}")
    editor.get_by_label("Name of whom it is for").fill("Grace Holder")
    editor.get_by_role("button", name="Make the link").click()
    link = editor.locator("#token-link").input_value()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/pass/[\w-]{40,}", link)
    return link


def harvest_again(site: Site, record: DemoRecord) -> None:
    """Have the repository change the title and the abstract of a record, and really harvest it."""
    changed = replace(record, title=f"{record.title} (changed there)", abstract="An abstract that came later")
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    site.repository.put(replace(demo_entry(changed), datestamp=moment))
    site.harvest()
