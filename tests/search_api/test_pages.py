"""The pages: they work as plain HTML, escape what repositories send, and ask no foreign host."""

import re
from html.parser import HTMLParser

import pytest

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
        if tag == "input" and "name" in found:
            self.fields.append((found["name"], found.get("value", "")))
        if tag not in VOID:
            self.open.append((tag, found.get("href")))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, text):
        if self.open and self.open[-1][0] == "a":
            self.links[text] = self.open[-1][1]


def test_what_repositories_send_is_escaped(hub):
    for page in (Page(hub.get("/items", filter="year:2002")), Page(hub.get(f"/items/{hub.item_id('2')}"))):
        assert "<script>" not in page.source
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page.source
    asked = Page(hub.get("/items", q='"><script>'))
    assert "<script>" not in asked.source


@pytest.mark.parametrize("path", ["/", "/items", "/docs", "/items/nobody"])
def test_no_page_asks_a_foreign_host(hub, path):
    answer = hub.client.get(path, headers={"Accept": "text/html"})
    Page(answer)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; ")
    assert not re.search(r"""<(?!a )[^>]* (src|href|action)="(https?:)?//""", answer.text)


def test_docs_name_every_address_parameter_and_problem(hub):
    source = hub.get("/docs").text
    for text in ("GET /api/v1/items", "GET /readyz", "cursor", "name:a..b", 'id="bad-parameter"', 'id="unavailable"'):
        assert text in source
