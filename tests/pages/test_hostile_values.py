"""Values that wish a reader no good, really harvested and written, in a real browser: all of them are only text."""

from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
import tomli_w
from msgspec.structs import replace

from harvester.store.items import iter_items
from search_api.hub_settings.document import DEFAULT_TEMPLATE
from tests.flow.hub import wait_until
from tests.pages.furnishing import load_settings, program_of, write_as_visitor
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
    pages = {}

    def at(path: str, person: str = "") -> list[str]:
        if person not in pages:
            pages[person] = visits.open(person, width=360)
            pages[person].set_default_timeout(60_000)
        page = pages[person]
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
    address, faults = "/items?facet=subject,creator,publisher&size=50", {}
    while address:
        page.goto(address)
        faults[page.url] = page.evaluate(HARMLESS, TURNING)
        following = page.locator("a[rel=next]")
        address = following.first.get_attribute("href") if following.count() else None
    assert len(faults) >= 4
    assert told(faults) == {}


@pytest.mark.parametrize("name", ["q", "filter"])
def test_what_is_asked_for_is_text_in_what_is_answered(look, name):
    asked = [value if name == "q" else f'subject:"{value}"' for value in VALUES if len(value) <= LONGEST_ASKED]
    assert told({value: look(f"/items?{urlencode({name: value})}") for value in asked}) == {}


def test_comments_are_text_to_readers_and_to_moderators(site, look):
    """As many on an item as a page shows, and all of them in the queues of who decides on them."""
    items = ids(site)
    written = [
        write_as_visitor(site, items[number // 20], value[:60], value[:5_000]) for number, value in enumerate(VALUES)
    ]
    faults = {f"queue {before}": look(f"/moderation?queue=waiting{before}", "edda") for before in ("", "&before=100")}
    with program_of(site, "edda") as edda:
        for first in range(0, len(written), 50):
            chosen = [{"id": number} for number in written[first : first + 50]]
            edda.do("/comments/decide", decision="approve", comments=chosen)
    faults |= {f"item {item}": look(f"/items/{item}") for item in items[:10]}
    faults |= {f"history {number}": look(f"/moderation/{number}", "edda") for number in written[::40]}
    assert told(faults) == {}


@pytest.mark.parametrize("half", [rb"\ud800", rb"\udc00\ud800", b"\xed\xa0\x80", b"\xff", rb"\u0000"])
def test_what_is_no_text_is_not_taken(site, half):
    with program_of(site, "edda") as edda:
        answer = edda.send(f"/items/{ids(site)[-1]}/comments", b'{"body": "a' + half + b'b"}')
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_proposals_are_text_to_authors_and_to_reviewers(site, look):
    items, faults, taken = ids(site), {}, 0
    with program_of(site, "carl") as carl, program_of(site, "edda") as edda:
        for number, value in enumerate(VALUES):
            change = {"property": "description", "proposed": value[:20_000]}
            author = carl if number % 2 else edda  # of each a hundred may wait
            answer = author.try_to(f"/items/{items[number]}/contributions", changes=[change], message=value[:2_000])
            assert answer.status_code in {200, 400, 409}, answer.text
            taken += answer.is_success
            if answer.is_success:
                faults[f"review {value[:60]}"] = look(f"/review/{answer.json()['id']}", "edda")
    assert taken > 150
    faults |= {path: look(path, "edda") for path in ("/review", "/review?state=submitted")}
    faults |= {f"own {number}": look(f"/items/{items[number]}/edit", "carl") for number in range(0, 200, 20)}
    assert told(faults | {"own": look("/contributions", "carl")}) == {}


def test_texts_of_the_hub_are_text(site, look):
    """All that an admin may write, at once."""
    texts = "\n\n".join(value for value in VALUES if len(value) < 200 and value.isprintable())
    labels = [value for value in VALUES if len(value) <= 100 and value.isprintable() and value.strip()]
    document = {
        "name": "<script>window.hit=1</script>",
        "texts": {"en": dict.fromkeys(("welcome", "footer", "about", "privacy"), texts[:20_000])},
        "template": [
            {"name": name, "labels": {"en": said}} for name, said in zip(DEFAULT_TEMPLATE, labels, strict=False)
        ],
    }
    load_settings(site, tomli_w.dumps(document))
    wait_until(lambda: "window.hit" in httpx.get(f"{site.url}/about", trust_env=False).text)
    paths = ("/", "/about", "/privacy", f"/items/{ids(site)[0]}")
    faults = {path: look(path) for path in paths} | {"/admin/hub": look("/admin/hub", "ada")}
    assert told(faults) == {}
