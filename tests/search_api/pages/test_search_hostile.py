"""Values that a repository sends: shown as they are, run by no browser, and followed like any other."""

import pytest
from lxml import html

from tests.search_api.pages.conftest import HOSTILE
from tests.search_api.pages.taken import open_page, seen, text_of

FACETS = "genre,creator,container,extra"


def harmless(page):
    """Give a page that holds nothing which a browser would run or fetch, but the hub's own files."""
    assert page.all("//main//script | //main//img | //main//iframe | //@style") == []
    for element in page.root.iter():
        if isinstance(element.tag, str):
            assert not [name for name in element.attrib if name.startswith("on")], html.tostring(element)
    assert not [
        link
        for link in page.all("//@href | //@action")
        if ":" in link.partition("/")[0] and not link.startswith(("https://doi.org/", "http://127.0.0.1"))
    ]
    return page


def odd_name(hub):
    return next(name for name in names(hub) if "odd" in name)


def names(hub):
    return [one["name"] for one in hub.get("/api/v1/properties").json()["properties"]]


def test_values_of_all_kinds_lead_to_their_items(hostile_hub):
    page = harmless(open_page(hostile_hub, "/items", facet="genre:50", size="50"))
    genre = "//details[@class='facet'][summary/h3='Scholarship genre']//li"
    lines = [line for line in page.all(genre) if seen(line.xpath("a")[0]) != "(none)"]
    assert len(lines) == len(HOSTILE)
    for line in lines:
        found = harmless(page.open(line.xpath("a/@href")[0]))
        assert found.count == int(text_of(line.xpath("span[@class='number']")[0])) == 1
        others = harmless(page.open(line.xpath("a[@class='not']/@href")[0]))
        assert others.count == len(HOSTILE) - 1
        (chip,) = others.all("//a[@class='chip']")
        assert page.open(chip.get("href")).count == len(HOSTILE)


@pytest.mark.parametrize("value", HOSTILE)
def test_any_text_can_be_searched_for(hostile_hub, value):
    page = harmless(open_page(hostile_hub, "/items", q=value))
    assert page.status == 200
    assert page.one("//input[@name='q'][@id]").get("value") == value.strip()
    assert harmless(page.send("//form[@role='search']")).count == page.count


def test_a_property_of_an_odd_name_can_be_a_facet(hostile_hub):
    name = odd_name(hostile_hub)
    page = open_page(hostile_hub, "/items")
    (option,) = [one for one in page.all("//form[@class='adding']//option") if name in one.text]
    added = harmless(page.send("//form[@class='adding']", facet=option.get("value")))
    facet = [one for one in added.all("//details[@class='facet']") if text_of(one.xpath("summary/h3")[0]) == name]
    assert len(facet) == 1
    values = harmless(added.open(facet[0].xpath(".//p/a[.='All values']/@href")[0]))
    lines = values.all("//ul[@class='columns']/li")
    assert len(lines) == len(HOSTILE)
    assert values.open(lines[0].xpath("a/@href")[0]).count == 1
    form = facet[0].xpath(".//form/@action")[0]
    assert harmless(added.open(f"{form}?contains=script")).all("//ul[@class='columns']/li")
    off = next(a.get("href") for a in facet[0].xpath(".//a") if seen(a).startswith("Take"))
    assert added.open(off).asked("facet") == []


def test_a_long_value_does_not_fill_the_page(hostile_hub):
    page = open_page(hostile_hub, "/items", q="x" * 1_000, facet="creator", size="50")
    assert max(map(len, page.texts("//a[@class='chip'] | //h1 | //details[@class='facet']//li/a"))) < 200
