"""What people type is shown as text with links, and as nothing else."""

import re
import time
from html.parser import HTMLParser

import pytest

from search_api.comments.texts import Link, clean_body, clean_line, fault_of_mail, parts_of
from search_api.pages.comments.bodies import shown_body

RLO, PDI, RLI = "\u202e", "\u2069", "\u2067"
HOSTILE = (
    "<script>alert(1)</script>",
    "</p></div></section><script src=//evil.example/x.js></script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '"><iframe src=javascript:alert(1)>',
    "<!-- --!><b>",
    "<![CDATA[<x>]]>",
    "&lt;script&gt; &#60;script&#62; &amp",
    "javascript:alert(1)",
    "JaVaScRiPt://example.org/%0aalert(1)",
    "https://example.org/' onmouseover='alert(1)",
    'https://example.org/" style="x',
    "https://example.org/`x`",
    "http://example.org\\@evil.example/",
    "http://[::ffff:127.0.0.1]/<b>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "<a href=vbscript:x>x</a>",
    f"{RLO}<script>{PDI}",
    "\ud800 \udfff \ufeff \ufffe",
    "\x00<\x00script\x00>",
    "\u2028\u2029\u0085",
    "Z\u0351\u036b" * 500,
    "A" * 100_000,
)


def links(line):
    return [part.address for part in parts_of(line) if isinstance(part, Link)]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("see https://example.org/a?b=c&d#e.", ["https://example.org/a?b=c&d#e"]),
        ("(http://example.org/a_(b)) and HTTPS://EXAMPLE.ORG", ["http://example.org/a_(b)", "HTTPS://EXAMPLE.ORG"]),
        ("https://example.org, https://example.com!", ["https://example.org", "https://example.com"]),
        ("javascript:alert(1) data:text/html,x ftp://example.org mailto:a@example.org", []),
        ("https://", []),
        ("https://bank.example@evil.example/", []),
        ("https://user:password@evil.example/", []),
        ("https://[::1", []),
        ("https://example.org:99999999/", []),
        ("//example.org www.example.org", []),
        ('https://example.org/"onmouseover="alert(1)', ["https://example.org/"]),
        ("https://example.org/<script>", ["https://example.org/"]),
        (f"https://example.org/{RLO}gpj.exe", ["https://example.org/"]),
        ("https://example.org/\u200bhidden", ["https://example.org/"]),
        ("https://bücher.example/ü", ["https://bücher.example/ü"]),
    ],
)
def test_addresses_of_the_web_become_links_and_nothing_else(line, found):
    assert links(line) == found
    assert "".join(part.address if isinstance(part, Link) else part for part in parts_of(line)) == line


def test_a_link_says_that_it_is_of_a_user_and_tells_its_target_nothing():
    assert shown_body("https://example.org/?a&b") == (
        '<div class="said"><p dir="auto">'
        '<a href="https://example.org/?a&amp;b" rel="nofollow ugc noreferrer" dir="ltr">'
        "https://example.org/?a&amp;b</a></p></div>"
    )


def test_lines_and_paragraphs_stay_and_controls_go():
    assert clean_body(" a\tb \r\nc\rd\n\n\n\n\ne\x00\x1b[31m\x7f\x85\ufffe\U0010ffff ") == "a\tb\nc\nd\n\ne[31m"
    assert clean_body("e\u0301") == "\u00e9"
    assert clean_line(f" a\n{RLO}b{PDI}\u200e  c ") == "a b c"
    assert shown_body("a\nb\n\nc") == '<div class="said"><p dir="auto">a<br>b</p><p dir="auto">c</p></div>'


@pytest.mark.parametrize("text", [RLO * 3, f"{RLO}txt.exe", f"{RLI}abc", "\u05d0\u05d1\u05d2 abc", f"a{RLO}\n\nb"])
def test_what_turns_writing_around_ends_with_its_paragraph(text):
    assert all(part.startswith('<p dir="auto">') for part in re.findall("<p.*?</p>", shown_body(text)))


class Tags(HTMLParser):
    def __init__(self, source):
        super().__init__()
        self.tags = []
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_no_hostile_text_becomes_more_than_text_and_links(value):
    for tag, attributes in Tags(shown_body(clean_body(value))).tags:
        assert (tag in {"div", "p", "br", "a"}, "style" in attributes) == (True, False)
        assert not any(name.startswith("on") for name in attributes)
        assert attributes.get("href", "http://").lower().startswith(("http://", "https://"))


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "https://" * 12_500,
        "https://example.org/" + "(" * 50_000 + ")" * 50_000,
        "a\n\n" * 33_000,
        ".@" * 50_000,
    ],
    ids=["brackets", "schemes", "nested", "paragraphs", "signs"],
)
def test_a_hundred_thousand_characters_are_read_in_a_moment(text):
    began = time.process_time()
    shown_body(clean_body(text)[:5_000])
    fault_of_mail(text, needed=True)
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize(
    ("mail", "is_one"),
    [
        ("a@example.org", True),
        ("a.b+c@sub.example.org", True),
        ("a@localhost", False),
        ("a b@example.org", False),
        ("a@example.org\nBcc: b@example.org", False),
        ("<a@example.org>", False),
        ("a@example.org,b@example.org", False),
        ("@example.org", False),
        ("a" * 250 + "@example.org", False),
    ],
)
def test_a_mail_address_is_one_address(mail, is_one):
    assert (fault_of_mail(mail, needed=False) == "") == is_one
