"""Whatever happens to a page's bytes, no record of it is lost in silence.

A page is read, or it is an error; if it is read, every record whose identifier is still in the bytes is an element of
it or lies among the bytes that are set aside.
"""

import html

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from harvester.errors import HarvestError
from harvester.parsing.record import RecordError, number_elements, parse_page, parse_record
from tests import faults
from tests.faults import Answer
from tests.harvester.parsing.test_repair import DC_TITLE, IDENTIFIERS, TITLES, identifiers, made_page, titles

HARMLESS = [b"\x03", b"\0", b"\xef\xbf\xbf", b"\xe9", b"\xff\xfe", b"&", b"&&", b"&nbsp;", b"&nobody;", b"&#3;"]
HARMLESS += [b"&#55349;&#57304;", b"&#55349;", b"< ", b"<=", b"&amp;", b"<?xml version='1.0'?>", b"\xef\xbb\xbf", b"x"]
SOUP = [b"<p>", b"</p>", b"<br>", b"<a b=c>", b"</dc:title>", b"</metadata>", b"<record>", b"</record>", b"<header>"]
SOUP += [
    b"<identifier>",
    b"</identifier>",
    b"<datestamp>",
    b"</ListRecords>",
    b"</OAI-PMH>",
    b"<OAI-PMH ",
    b"<ListRecords>",
]
SOUP += [b"<!--", b"<![CDATA[", b"<a:b>", b"<", b">", b"'", b'"', b"/", b"<?", b"<!DOCTYPE x>", b"<resumptionToken>"]
AROUND = [b"", b"\n", b"\xef\xbb\xbf", b"<br />\n<b>Warning</b>: x in <b>/y.php</b>\n", b"Notice: & <", b"\0\0"]
CHARSETS = [("utf-8", "UTF-8"), ("utf-8", "ISO-8859-1"), ("utf-8", "none"), ("utf-16", "utf-16"), ("utf-16", "UTF-8")]


def inside(body, share):
    """Give a place in the text of a title."""
    starts = [place for place in range(len(body)) if body.startswith(b"</dc:title>", place)]
    return starts[int(share * len(starts))]


def page_size_of(page_size):
    return min(page_size, len(TITLES))


def put(body, place, junk):
    return body[:place] + junk + body[place:]


def names(page):
    """Give the identifiers of a page's elements; of those that normalize_page sets aside, all their text."""
    found = []
    for element in page.elements:
        try:
            found.append(parse_record(element).identifier)
        except RecordError as error:
            found.append(error.identifier or "".join(element.itertext()))
    return found


share = st.floats(0, 1, exclude_max=True)


@settings(max_examples=300, deadline=None)
@given(
    junk=st.lists(st.tuples(share, st.sampled_from(HARMLESS)), max_size=6),
    around=st.tuples(st.sampled_from(AROUND), st.sampled_from(AROUND)),
    charset=st.sampled_from(CHARSETS),
    page_size=st.sampled_from([5, 50]),
    odd=st.booleans(),
)
def test_damage_that_can_be_mended_costs_no_record(junk, around, charset, page_size, odd):
    before, after = around
    assume(not (odd and before))
    body = made_page(page_size=page_size)
    for where, piece in junk:
        body = put(body, inside(body, where), piece)
    valid = body.decode("utf-8", "ignore").encode() == body
    assume(valid or charset == ("utf-8", "UTF-8"))  # what is no UTF-8 cannot be written in another charset
    body = before + body + after
    body = faults.in_charset(*charset)(Answer(body)).body if valid else body
    page = parse_page(b"\n" * odd + body)
    assert (identifiers(page), page.broken) == (IDENTIFIERS[:page_size], ())
    hit = {int(where * page_size_of(page_size)) for where, _ in junk}
    kept = [title for number, title in enumerate(TITLES[:page_size]) if number not in hit]
    assert set(kept) <= set(titles(page))


@settings(max_examples=300, deadline=None)
@given(number=st.integers(0, 5), soup=st.lists(st.sampled_from(SOUP + HARMLESS), min_size=1, max_size=8).map(b"".join))
@example(number=5, soup=b"</dc:title></oai_dc:dc></metadata></record></ListRecords></OAI-PMH>")
@example(number=2, soup=b"<resumptionToken>")
def test_anything_within_a_record_costs_at_most_that_record(number, soup):
    """But for what opens a comment or CDATA, or closes the list: there the page as a whole may be refused."""
    body = put(made_page(), inside(made_page(), number / 6), soup)
    try:
        page = parse_page(body)
    except HarvestError:
        assert any(piece in soup for piece in (b"ListRecords>", b"OAI-PMH", b"resumptionToken"))
        return
    others = [name for place, name in enumerate(IDENTIFIERS) if place != number]
    assert [name for name in names(page) if name in others] == others
    told = "".join([*names(page), *(f"{broken.identifier} {broken.raw.decode()}" for broken in page.broken)])
    assert IDENTIFIERS[number] in told
    texts = {
        element.findtext("{*}header/{*}identifier"): element.findtext(f".//{DC_TITLE}") for element in page.elements
    }
    assert [texts[name] for name in others] == [title for place, title in enumerate(TITLES) if place != number]


@settings(max_examples=800, deadline=None)
@given(
    cuts=st.lists(st.tuples(share, st.integers(1, 40)), max_size=3),
    junk=st.lists(st.tuples(share, st.sampled_from(SOUP + HARMLESS)), max_size=4),
    verb=st.sampled_from(["ListRecords", "ListIdentifiers"]),
    page_size=st.sampled_from([5, 50]),
)
def test_no_record_is_lost_in_silence_whatever_happens_anywhere(cuts, junk, verb, page_size):
    body = made_page(verb, page_size=page_size)
    for where, length in cuts:
        body = body[: int(where * len(body))] + body[int(where * len(body)) + length :]
    for where, piece in junk:
        body = put(body, int(where * len(body)), piece)
    try:
        page = parse_page(body)
    except HarvestError:
        return
    places = [place for place, _ in number_elements(page)] + [broken.position for broken in page.broken]
    assert sorted(places) == list(range(page.received))
    told = "".join("".join(element.itertext()) for element in page.elements)
    told += "".join(broken.raw.decode() for broken in page.broken)
    assert [name for name in IDENTIFIERS if f"{name}<".encode() in body and name not in html.unescape(told)] == []
