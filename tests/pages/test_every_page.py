"""Every page of a hub, as each role finds it: valid HTML, fit for all, and nothing from elsewhere."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.pages.crawling import crawl, kind_of
from tests.pages.furnishing import furnish
from tests.pages.site import Site
from tests.pages.watching import Visits
from tests.services.html_checker import check_html
from workers.demo import demo_records

GRAVE = ("serious", "critical")
AT_A_PATH = 4
WIDTHS = (360, 768, 1440)
STARTS = {
    "": (
        "/",
        "/items?q=improvement&facet=genre,year",
        "/items?q=nosuchword",
        "/items?filter=no_such:x",
        "/no-such-page",
        "/sign-in",
        "/docs",
    ),
    "carl": ("/account", "/contributions"),
    "edda": ("/account", "/moderation", "/review", "/admin/tokens"),
    "ada": ("/account", "/admin/users", "/admin/hub", "/admin/audit", "/operator"),
}
"""Where each begins; "" is a visitor. What he has seen is not looked at again for the others."""

Pages = dict[tuple[str, str], str]


@pytest.fixture(scope="module")
def pages(site) -> Pages:
    """The HTML of all pages, by person and path."""
    furnish(site, known_item(site))
    found: Pages = {}
    own = f"/items/{known_item(site)}"
    of_item = {"": (own, f"{own}/comment", f"{own}/history", f"{own}/sources"), "carl": (f"{own}/edit",)}
    for person, starts in STARTS.items():
        known = [path for someone, path in found if someone != person]
        with site.client(person) as client:
            reached = crawl(client, (*starts, *of_item.get(person, ())), known)
        found |= {(person, path): html for path, html in reached.items()}
    return found


def known_item(site: Site) -> str:
    """Give the id of the item of which the hub was made: an article that a special issue contains."""
    return site.item_id(demo_records()[0].identifier)


def walked(pages: Pages, visits: Visits, **view) -> Iterator[tuple[str, Page]]:
    """Yield one page of each kind in a browser, and at most a few at one path."""
    person = page = None
    kinds: Counter[tuple[str, ...]] = Counter()
    places: Counter[tuple[str, str]] = Counter()
    for someone, path in pages:
        kind = (someone, *kind_of(path))
        if kinds[kind] or places[kind[:2]] >= AT_A_PATH:
            continue
        kinds[kind] += 1
        places[kind[:2]] += 1
        if page is None or someone != person:
            person, page = someone, visits.open(someone, **view)
        page.goto(path)
        yield f"{person} {path}", page


def test_every_page_is_valid_html(engines, pages, tmp_path):
    jar = engines.url("html_checker")
    errors = check_html(jar, {f"{person} {path}": html for (person, path), html in pages.items()}, tmp_path)
    assert errors == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_axe_finds_nothing_grave(pages, visits, width, scheme):
    axe = Axe()
    found = {}
    for name, page in walked(pages, visits, width=width, scheme=scheme):
        faults = [
            (one["id"], one["nodes"][0]["html"][:200])
            for one in axe.run(page).response["violations"]
            if one["impact"] in GRAVE
        ]
        if faults:
            found[name] = faults
    assert found == {}


def test_no_page_is_wider_than_the_screen(pages, visits):
    wide = []
    for name, page in walked(pages, visits):
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth"):
                wide.append((name, width))
    assert wide == []


def test_headings_come_in_order_and_one_is_the_first(pages):
    for name, html in pages.items():
        levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", html)]
        assert levels.count(1) == 1, name
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), name
