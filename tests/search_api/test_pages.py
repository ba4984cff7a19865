"""The pages: they work as plain HTML, escape what repositories send, and ask no foreign host."""

import re
from html.parser import HTMLParser

import pytest

from harvester.store import open_store
from indexer.engines import open_index
from search_api.app import create_app
from tests.search_api.conftest import SETTINGS, served

VOID = {"meta", "input", "link"}


class Page(HTMLParser):
    """A page taken apart: its links by text, the hidden fields of its form, and whether its elements nest."""

    def __init__(self, answer):
        super().__init__()
        assert answer.headers["content-type"].startswith("text/html")
        self.status, self.source = answer.status_code, answer.text
        self.links, self.fields, self.open = {}, [], []
        self.feed(answer.text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "input":
            self.fields.append((found["name"], found["value"]))
        if tag not in VOID:
            self.open.append((tag, found.get("href")))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, text):
        if self.open and self.open[-1][0] == "a":
            self.links[text] = self.open[-1][1]


def test_first_page_lists_newest_items_and_genres(hub):
    page = Page(hub.get("/"))
    assert page.status == 200
    assert page.links["Empirical"] == "/items?sort=-harvested&filter=genre%3AEmpirical"
    assert page.source.count("<li><h2>") == 20
    assert "<title>Test &lt;hub&gt;</title>" in page.source


def test_links_of_a_search_lead_on(hub):
    page = Page(hub.get("/items", q="survey", filter="genre:Empirical"))
    assert "13 items" in page.source
    both = Page(hub.client.get(page.links["Methodological"]))
    assert "18 items" in both.source
    left = Page(hub.client.get(both.links["genre:Empirical ×"]))
    assert "9 items" in left.source
    none = Page(hub.client.get(left.links["(none)"]))
    assert "19 items" in none.source


def test_a_facet_tells_of_the_values_that_it_does_not_show(hub):
    page = Page(hub.get("/items", facet="year:3"))
    shown = [int(count) for count in re.findall(r"<li><a [^>]*>20\d\d</a><span>(\d+)</span>", page.source)]
    (others,) = re.findall(r"<li>\(other values\)<span>(\d+)</span>", page.source)
    assert len(shown) == 3
    assert sum(shown) + int(others) == 30


def test_nothing_found_says_what_to_do(hub):
    assert "use fewer words, or take a filter away" in Page(hub.get("/items", q="zzz")).source
    assert "use fewer words" not in Page(hub.get("/items")).source


def test_a_hub_without_items_says_how_to_get_some(tmp_path):
    with open_store(f"sqlite:///{tmp_path}/store.sqlite") as store:
        index = open_index("embedded:", data_dir=tmp_path)
        index.create()
        with served(create_app(store, index, SETTINGS)) as client:
            assert "oaihub harvest URL" in Page(client.get("/")).source
        index.close()


def test_next_page_and_form_keep_the_search(hub):
    first = Page(hub.get("/items", filter="genre:*", sort="title", size="15", q=""))
    assert first.fields == [("q", ""), ("sort", "title"), ("size", "15"), ("filter", "genre:*")]
    second = Page(hub.client.get(first.links["Next page"]))
    assert second.source.count("<li><h2>") == 5
    assert "Next page" not in second.links


def test_item_page_shows_every_property(hub):
    page = Page(hub.get(f"/items/{hub.item_id('known')}"))
    assert (
        '<h1 dir="auto">Partnering for Improvement: Improvement Communities and Their Role in Scale Up</h1>'
        in page.source
    )
    for text in ("92", "569-588", "Published Text", "Institute of Education Sciences Grant #R305C10023"):
        assert text in page.links
    assert page.links["↗"] == "https://doi.org/10.1080/0161956x.2017.1368633"
    found = Page(hub.client.get(page.links["Institute of Education Sciences (IES)"]))
    assert "1 item<" in found.source


def test_what_repositories_send_is_escaped(hub):
    for page in (Page(hub.get("/items", q="alert")), Page(hub.get(f"/items/{hub.item_id('2')}"))):
        assert "<script>" not in page.source
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page.source
    asked = Page(hub.get("/items", q='"><script>'))
    assert "<script" not in asked.source


def test_odd_property_can_be_followed_from_its_item(hub):
    page = Page(hub.get(f"/items/{hub.item_id('1')}"))
    assert "1 item<" in Page(hub.client.get(page.links["a..b"])).source


@pytest.mark.parametrize("path", ["/", "/items", "/docs", "/items/nobody"])
def test_no_page_asks_a_foreign_host(hub, path):
    answer = hub.client.get(path, headers={"Accept": "text/html"})
    Page(answer)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert not re.search(r"""(src|href|action|url\()=?["']?(https?:)?//""", answer.text)


def test_docs_name_every_address_parameter_and_problem(hub):
    source = hub.get("/docs").text
    for text in ("GET /api/v1/items", "GET /readyz", "cursor", "name:a..b", 'id="bad-parameter"', 'id="unavailable"'):
        assert text in source
