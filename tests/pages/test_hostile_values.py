"""Values that wish a reader no good, really harvested and written, in a real browser: all of them are only text."""

from pathlib import Path
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace

from harvester.store.items import iter_items
from tests.pages.hostile_values import BROKEN_BYTES, VALUES
from tests.pages.site import Site, open_site
from tests.repository import oai_dc
from workers.demo.provider import Entry

HARMLESS = Path(__file__).with_name("harmless.js").read_text(encoding="utf-8")
ELEMENTS = (
    *("title", "creator", "contributor", "subject", "description", "publisher", "date", "type", "format"),
    *("identifier", "source", "language", "relation", "coverage", "rights"),
)
WHOLE = "https://doi.org/10.1234/whole"
LONGEST_ASKED = 500
TURNING = [value for value in VALUES if set(value) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def hostile_entry(number: int, value: str) -> Entry:
    """Give a record that has a value everywhere, and belongs to the whole."""
    metadata = oai_dc(**{name: [value, WHOLE] if name == "relation" else value for name in ELEMENTS})
    return Entry(
        f"oai:hostile:{number}", f"2024-01-01T{number // 60:02}:{number % 60:02}:00Z", (), False, {"oai_dc": metadata}
    )


def broken(answer):
    """Put the bytes that no text can have in the places kept for them."""
    body = answer.body
    for number, damage in enumerate(BROKEN_BYTES):
        body = body.replace(b"@@%d@@" % number, damage)
    return replace(answer, body=body)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    marks = [f"@@{number}@@" for number in range(len(BROKEN_BYTES))]
    entries = [hostile_entry(number, value) for number, value in enumerate((*VALUES, *marks))]
    whole = Entry(
        "oai:hostile:whole", "2024-02-01T00:00:00Z", (), False, {"oai_dc": oai_dc(title="The whole", identifier=WHOLE)}
    )
    with open_site(tmp_path_factory.mktemp("hostile"), [*entries, whole], fault=broken) as site:
        yield site


@pytest.fixture
def look(visits):
    """Gives the faults of a page."""
    page = visits.open(width=360)
    page.set_default_timeout(60_000)

    def at(path: str) -> list[str]:
        page.goto(path)
        return page.evaluate(HARMLESS, TURNING)

    return at


def ids(site: Site) -> list[str]:
    return [item.id for item in iter_items(site.store)]


def told(faults: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: found for name, found in faults.items() if found}


def test_there_are_two_hundred_and_all_are_harvested(site):
    assert len({*VALUES, *BROKEN_BYTES}) >= 200
    assert len(ids(site)) == len(VALUES) + len(BROKEN_BYTES) + 1


@pytest.mark.parametrize("place", ["", "/history", "/sources"])
def test_pages_of_items_show_them_as_text(site, look, place):
    assert told({item: look(f"/items/{item}{place}") for item in ids(site)}) == {}


def test_the_whole_lists_its_parts(site, look):
    assert look(f"/items/{site.item_id('oai:hostile:whole')}") == []


def test_the_search_page_shows_them_as_text(site, visits):
    page = visits.open(width=360)
    page.set_default_timeout(60_000)
    page.goto("/items?facet=subject,creator,publisher&size=50")
    faults = {"1": page.evaluate(HARMLESS, TURNING)}
    while page.locator("a[rel=next]").count():
        page.locator("a[rel=next]").first.click()
        faults[page.url] = page.evaluate(HARMLESS, TURNING)
    assert len(faults) >= 4
    assert told(faults) == {}


@pytest.mark.parametrize("name", ["q", "filter"])
def test_what_is_asked_for_is_text_in_what_is_answered(look, name):
    asked = [value if name == "q" else f'subject:"{value}"' for value in VALUES if len(value) <= LONGEST_ASKED]
    assert told({value: look(f"/items?{urlencode({name: value})}") for value in asked}) == {}
