"""What settings change on pages and in the API: name, colours, logo, texts; all by files and addresses of the hub."""

import re

import pytest

from harvester.store.hubs.settings import Logo, put_settings
from search_api.pages.texts import text_content
from tests.search_api.accounts.conftest import opened_site
from tests.search_api.hub_settings.test_logos import make_png

SETTINGS = """
name = "Küste <und> Meer"
[colours]
link_light = "#123456"
[comments]
question = "Who?"
answer = "a secret answer"
[texts.en]
footer = "Kept by the [institute](https://institute.example/a?b=c)."
about = "## Who\\n\\nWe are.\\nTwo lines, see https://hub.example/x."
[texts.de]
privacy = "Wir merken uns nichts. <script>alert(1)</script>"
"""


@pytest.fixture
def site(tmp_path):
    with opened_site(tmp_path) as site:
        yield site


def change(site, document=SETTINGS, **more):
    put_settings(site.store, document, after=None, actor="ada", now=1.0, **more)
    site.app.state.access.kept_settings.look_now()


def test_a_hub_without_settings_has_neither_theme_logo_nor_pages_of_its_own(site):
    page = site.client.get("/items").text
    assert "/static/theme" not in page
    assert "/static/logo" not in page
    assert 'href="/about"' not in page
    assert [site.client.get(path).status_code for path in ("/about", "/privacy")] == [404, 404]


def test_name_colours_and_logo_are_on_every_page(site):
    change(site, logo=Logo(make_png(), "image/png"))
    for path in ("/", "/items", "/docs", "/sign-in", "/about", "/nothing"):
        page = site.client.get(path, headers={"Accept": "text/html"}).text
        assert "Küste &lt;und&gt; Meer" in page
        (theme,) = re.findall(r'<link rel="stylesheet" href="(/static/theme\.[0-9a-f]{12}\.css)">', page)
        (logo,) = re.findall(r'<img src="(/static/logo\.[0-9a-f]{12}\.png)" alt="">', page)
    style, picture = site.client.get(theme), site.client.get(logo)
    assert (style.text, style.headers["content-type"]) == (
        ":root { --hub-link: light-dark(#123456, #8ab8f0) }\n",
        "text/css; charset=utf-8",
    )
    assert (picture.content, picture.headers["content-type"]) == (make_png(), "image/png")
    for answer in (style, picture):
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert site.client.get("/static/logo.000000000000.png").status_code == 404


def test_texts_are_paragraphs_and_links_in_the_language_that_has_them(site):
    change(site)
    page = site.client.get("/about").text
    assert '<div lang="en"><h2>Who</h2><p>We are.<br>Two lines, see ' in page
    assert '<a href="https://hub.example/x" rel="noopener nofollow">https://hub.example/x</a>.</p>' in page
    footer = page[page.index("<footer>") :]
    assert '<a href="https://institute.example/a?b=c" rel="noopener nofollow">institute</a>.' in footer
    assert '<a href="/about">About</a><a href="/privacy">Privacy</a>' in footer
    german = site.client.get("/privacy").text
    assert '<div lang="de"><p>Wir merken uns nichts. &lt;script&gt;alert(1)&lt;/script&gt;</p></div>' in german


def test_a_page_of_the_hub_changes_with_its_text(site):
    change(site)
    first = site.client.get("/about")
    assert site.client.get("/about", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    change(site, SETTINGS.replace("We are.", "We were."))
    again = site.client.get("/about", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, "We were." in again.text) == (200, True)


def test_programs_are_told_what_is_public(site):
    change(site, logo=Logo(make_png(), "image/png"))
    answer = site.client.get("/api/v1/hub")
    told = answer.json()
    assert (told["version"], told["name"], told["languages"]) == (1, "Küste <und> Meer", ["en", "de"])
    assert told["facets"][0] == {"name": "genre", "label": "Genre"}
    assert told["template"][0] == {"name": "title", "labels": {}, "editable": True, "shown": True}
    assert told["comments"] == {"writers": "anyone", "moderated": "visitors", "threaded": True}
    assert site.client.get(told["logo"]).content == make_png()
    assert "secret" not in answer.text
    assert site.client.get("/api/v1/hub?x=1").status_code == 400


# Addresses of other kinds, quotes that end an attribute, and markup: nothing of it may become more than text.
@pytest.mark.parametrize(
    "text",
    [
        "[a](javascript:alert(1))",
        "[a](data:text/html,x)",
        "[a](//evil.example)",
        "[a](/\\evil.example)",
        '[a](https://x"onmouseover=alert(1))',
        "javascript:alert(1)",
        "<a href=x>b</a>",
        "[<b>](ftp://x)",
        "&lt;script&gt;",
        "](https://",
    ],
)
def test_what_is_no_link_is_text(text):
    content = str(text_content(text))
    assert not re.search(r"<(?!/?(p|br|a|h2)\b)", content)
    assert all(address.startswith("https://x") for address in re.findall(r'href="([^"]*)"', content))
    assert re.search(r"<a (?!href=\"[^\"<>]*\" rel=\"noopener nofollow\">)", content) is None


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("one\r\n\r\ntwo", "<p>one</p><p>two</p>"),
        ("a\nb", "<p>a<br>b</p>"),
        ("[words](/about)", '<p><a href="/about" rel="noopener nofollow">words</a></p>'),
        (
            "(see https://a.example/b.)",
            '<p>(see <a href="https://a.example/b" rel="noopener nofollow">https://a.example/b</a>.)</p>',
        ),
        ("", ""),
        ("\n \n", ""),
    ],
)
def test_texts_become_paragraphs(text, content):
    assert str(text_content(text)) == content
