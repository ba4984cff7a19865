"""Damaged pages: what the bytes tell is mended and counted, what they do not is set aside, and nothing is lost."""

import csv
import socket
import time
from pathlib import Path

import pytest

from harvester.pages.records import normalize_page
from harvester.parsing.record import (
    DoctypeError,
    NotOaiError,
    PageCutError,
    number_elements,
    parse_page,
    parse_record,
)
from harvester.parsing.repair import REPAIRS
from tests import faults
from tests.faults import Answer
from tests.repository import oai_dc, read_recording
from workers.demo.provider import OAI_DC, Entry, Holdings, answer, in_order

REAL = Path(__file__).parents[3] / "../shared/data/real"
TITLES = ["Grüße", "R&D <in> 東京", "½ “quoted”", "\U0001d7d8 plain", "five", "six"]
IDENTIFIERS = [f"oai:test:{number}" for number in range(1, 7)]
DC_TITLE = "{http://purl.org/dc/elements/1.1/}title"


def made_page(verb="ListRecords", page_size=50):
    entries = in_order(
        Entry(
            identifier, f"2024-01-0{number}T00:00:00Z", ("a",), metadata={"oai_dc": oai_dc(title=title, type="article")}
        )
        for number, (identifier, title) in enumerate(zip(IDENTIFIERS, TITLES, strict=True), start=1)
    )
    holdings = Holdings(
        name="r", base_url="http://r.example/oai", entries=entries, formats=(OAI_DC,), page_size=page_size
    )
    asked = [("verb", verb), ("metadataPrefix", "oai_dc")]
    asked += [("identifier", IDENTIFIERS[1])] if verb == "GetRecord" else []
    return answer(holdings, asked, "2024-02-01T00:00:00Z")


def damaged(*made, **options):
    page = Answer(made_page(**options))
    for fault in made:
        page = fault(page)
    return page.body


def identifiers(page):
    return [parse_record(element).identifier for element in page.elements]


def titles(page):
    return [record.metadata.findtext(DC_TITLE) for record in map(parse_record, page.elements)]


def test_good_page_needs_no_repair():
    page = parse_page(made_page())
    assert (identifiers(page), titles(page)) == (IDENTIFIERS, TITLES)
    assert (page.repairs, page.broken) == ({}, ())


@pytest.mark.parametrize(
    ("fault", "repairs"),
    [
        (faults.garbage(before=b"\n"), {"garbage_before": 1}),
        (
            faults.garbage(before=b"<br />\n<b>Warning</b>: mysql_connect() in <b>/x.php</b><br />\n"),
            {"garbage_before": 1},
        ),
        (faults.garbage(before=b"\xef\xbb\xbf"), {}),
        (faults.garbage(before=b"\xef\xbb\xbf\xef\xbb\xbf"), {"garbage_before": 1}),
        (faults.garbage(before=b" \xef\xbb\xbf"), {"garbage_before": 1}),
        (faults.altered(b"?>\n<OAI", b"?>\xef\xbb\xbf<OAI"), {"garbage_before": 1}),
        (faults.altered(b"?>\n<OAI", b"?>\n<!-- made by x --><?style x?> <OAI"), {}),
        (faults.garbage(after=b"<!-- 0.2 s --> \n"), {}),
        (faults.garbage(after=b"0\r\n\r\n"), {"garbage_after": 1}),
        (faults.garbage(after=b"\n<b>Notice</b>: undefined"), {"garbage_after": 1}),
        (faults.garbage(after=b"\0" * 100), {"control_characters": 100}),
        (faults.prolog_per_record(), {"prologs": 6}),
        (faults.altered(b"<record>", b'<record>\xef\xbb\xbf<?xml version="1.0"?>'), {"prologs": 6}),
        (faults.in_charset("utf-8", "ISO-8859-1"), {"charset": 1}),
        (faults.in_charset("utf-8", "windows-1252"), {"charset": 1}),
        (faults.in_charset("utf-8", "utf-16"), {"charset": 1}),
        (faults.in_charset("utf-8", "Shift_JIS"), {"charset": 1}),
        (faults.in_charset("utf-8", "x-nobody-knows"), {"charset": 1}),
        (faults.in_charset("utf-8", "unicode_escape"), {"charset": 1}),
        (faults.in_charset("utf-16", "utf-16"), {}),
        (faults.in_charset("utf-16", "utf-8"), {"charset": 1}),
        (faults.in_charset("utf-16-le", "utf-16"), {}),
        (faults.in_charset("utf-16-be", "utf-16"), {}),
        (faults.in_charset("gb18030", "GB18030"), {}),
        (faults.undeclared_prefix(), {"undeclared_prefixes": 1}),
        (faults.without_namespaces(), {"no_namespace": 1}),
        (faults.with_prefix(), {}),
    ],
)
def test_damage_around_the_records_costs_nothing(fault, repairs):
    page = parse_page(damaged(fault))
    assert (identifiers(page), titles(page)) == (IDENTIFIERS, TITLES)
    assert (page.repairs, page.broken) == (repairs, ())
    assert set(repairs) <= set(REPAIRS)


@pytest.mark.parametrize(
    ("codec", "declared", "repairs"),
    [
        ("iso-8859-1", "ISO-8859-1", {}),
        ("windows-1252", "windows-1252", {}),
        ("windows-1252", "ISO-8859-1", {"charset": 1}),
        ("windows-1252", "us-ascii", {"charset": 1}),
        ("windows-1252", "UTF-8", {"invalid_bytes": 3}),
        ("koi8-r", "KOI8-R", {}),
        ("iso2022_jp", "ISO-2022-JP", {}),
    ],
)
def test_page_really_in_another_charset_is_read(codec, declared, repairs):
    title = {"iso-8859-1": "déjà vu", "koi8-r": "Привет", "iso2022_jp": "東京"}.get(codec, "déjà “vu")
    body = damaged(
        faults.altered(TITLES[0].encode(), title.encode()),
        *(faults.altered(other.encode(), b"plain") for other in ("R&amp;D &lt;in&gt; 東京", *TITLES[2:4])),
        faults.in_charset(codec, declared),
    )
    page = parse_page(body)
    assert titles(page)[:3] == [title, "plain", "plain"]
    assert page.repairs == repairs


@pytest.mark.parametrize(
    ("junk", "text", "repairs"),
    [
        (b"a\x03b", "ab", {"control_characters": 1}),
        (b"a\x0bb\x0cc", "a b c", {"control_characters": 2}),
        (b"a\0b\xef\xbf\xbe\xef\xbf\xbfc", "abc", {"control_characters": 3}),
        (b"caf\xe9 \x93x\x94", "café “x”", {"invalid_bytes": 3}),
        (b"\x81", "\ufffd", {"invalid_bytes": 1}),
        (b"\xed\xa0\xb5\xed\xbf\x98", "\U0001d7d8", {"invalid_bytes": 1}),
        (b"a&#3;b&#x1F;c", "abc", {"illegal_references": 2}),
        (b"a&#11;b", "a b", {"illegal_references": 1}),
        (b"&#55349;&#57304;", "\U0001d7d8", {"surrogate_references": 1}),
        (b"&#xD835;&#xDFD8;!", "\U0001d7d8!", {"surrogate_references": 1}),
        (b"&#55349;!&#57304;", "\ufffd!\ufffd", {"illegal_references": 2}),
        (
            b"&#65;&#55349;&#55349;&#57304;&#66;",
            "A\ufffd\U0001d7d8B",
            {"illegal_references": 1, "surrogate_references": 1},
        ),
        (b"&#1114112;&#xFFFF;", "\ufffd\ufffd", {"illegal_references": 2}),
        (b"&#99999999999;", "&#99999999999;", {"bare_ampersands": 1}),
        (b"&#X41;", "A", {"illegal_references": 1}),
        (b"&nbsp;&eacute;&NotEqualTilde;", "\xa0é≂̸", {"entities": 3}),
        (b"&LT;b&AMP;", "<b&", {"entities": 2}),
        (b"&nobody;", "&nobody;", {"unknown_entities": 1}),
        (b"A & B&C &amp; D &;", "A & B&C & D &;", {"bare_ampersands": 3}),
        (b"p < 0.05 <= 1 <", "p < 0.05 <= 1 <", {"bare_less_than": 3}),
        (
            b"<![CDATA[A & B &nbsp; < <?xml version='1.0'?>]]>&nbsp;",
            "A & B &nbsp; < <?xml version='1.0'?>\xa0",
            {"entities": 1},
        ),
        (b"x<!-- & &nbsp; < -->&nbsp;", "x\xa0", {"entities": 1}),
    ],
)
def test_damage_in_a_text_is_mended(junk, text, repairs):
    page = parse_page(damaged(faults.altered(b"six", junk)))
    assert titles(page) == [*TITLES[:5], text]
    assert (page.repairs, page.broken) == (repairs, ())
    assert set(repairs) <= set(REPAIRS)


@pytest.mark.parametrize(
    "soup", [b"<p>open", b"</dc:title>", b"<a b=c>x</a>", b"<![CDATA[", b"<!--", b"<a:b/>", b"]]>", b"<"]
)
@pytest.mark.parametrize("number", [1, 3, 6])
def test_record_that_cannot_be_mended_costs_itself_only(soup, number):
    if soup == b"<":
        soup = b"<x & y"
    page = parse_page(damaged(faults.broken_record(number, soup)))
    kept = [place for place in range(6) if place != number - 1]
    assert [(place, parse_record(element).identifier) for place, element in number_elements(page)] == [
        (place, IDENTIFIERS[place]) for place in kept
    ]
    assert titles(page) == [TITLES[place] for place in kept]
    (broken,) = page.broken
    assert (broken.position, broken.identifier) == (number - 1, IDENTIFIERS[number - 1])
    assert broken.raw.startswith(b"<record><header>")
    assert soup in broken.raw
    assert broken.reason
    assert (page.received, page.token) == (6, None)


def test_several_broken_records_keep_token_and_order():
    body = damaged(faults.broken_record(1), faults.broken_record(3), faults.altered(b"five", b"f & g"), page_size=5)
    page = parse_page(body)
    assert [parse_record(element).identifier for element in page.elements] == [IDENTIFIERS[i] for i in (1, 3, 4)]
    assert [(broken.position, broken.identifier) for broken in page.broken] == [
        (0, IDENTIFIERS[0]),
        (2, IDENTIFIERS[2]),
    ]
    assert [place for place, _ in number_elements(page)] == [1, 3, 4]
    assert titles(page)[-1] == "f & g"
    assert page.repairs == {"bare_ampersands": 1}
    assert page.token == parse_page(made_page(page_size=5)).token


def test_raw_bytes_of_a_broken_record_are_those_before_mending():
    page = parse_page(damaged(faults.altered(b"six", b"<p>A & B")))
    assert b"<p>A & B" in page.broken[0].raw


def test_record_never_closed_is_set_aside_with_its_own_text_only():
    page = parse_page(damaged(faults.unclosed_record(2)))
    assert identifiers(page) == [IDENTIFIERS[0], *IDENTIFIERS[2:]]
    assert [broken.identifier for broken in page.broken] == [IDENTIFIERS[1]]


def test_last_record_never_closed_is_a_cut_page_unless_a_token_follows():
    with pytest.raises(PageCutError, match="last record is not closed"):
        parse_page(damaged(faults.unclosed_record(6)))
    page = parse_page(damaged(faults.unclosed_record(5), page_size=5))
    assert (identifiers(page), page.broken[0].identifier) == (IDENTIFIERS[:4], IDENTIFIERS[4])
    assert page.token


def test_footer_behind_a_cut_does_not_make_a_last_page():
    with pytest.raises(PageCutError):
        parse_page(damaged(faults.closed_early(0.6)))


@pytest.mark.parametrize(
    "tail", [b"", b"</ListRecords>", b"</OAI-PMH>", b"</ListRecords></oai>", b"<OAI-PMH></OAI-PMH>"]
)
def test_page_without_its_closing_tags_is_cut_however_it_goes_on(tail):
    body = made_page(page_size=5).partition(b"<resumptionToken")[0]
    with pytest.raises(PageCutError):
        parse_page(body.replace(b"five", b"f&nbsp;g") + tail)


def test_broken_header_of_a_list_of_identifiers_costs_itself_only():
    body = made_page("ListIdentifiers").replace(b"oai:test:3<", b"oai:test:3<x><")
    page = parse_page(body)
    assert [element.findtext("{*}identifier") for element in page.elements] == IDENTIFIERS[:2] + IDENTIFIERS[3:]
    assert [(broken.position, broken.identifier) for broken in page.broken] == [(2, IDENTIFIERS[2])]


def test_single_broken_record_is_set_aside():
    page = parse_page(made_page("GetRecord").replace(b"R&amp;D", b"R<D"))
    assert (page.elements, [broken.identifier for broken in page.broken]) == ([], [IDENTIFIERS[1]])


def test_elements_named_record_inside_the_metadata_do_not_confuse():
    marc = b"<record xmlns='urn:m'><leader/></record><record xmlns='urn:m'><identifier>1</identifier></record>"
    about = (
        b"</metadata><about><provenance><originDescription><baseURL>http://a.example</baseURL>"
        b"<identifier>oai:other:1</identifier><datestamp>2001-01-01</datestamp></originDescription></provenance></about>"
    )
    body = made_page().replace(b"</oai_dc:dc></metadata>", b"<all>" + marc + b"</all></oai_dc:dc>" + about)
    page = parse_page(body.replace(b"five", b"<five"))
    assert identifiers(page) == [*IDENTIFIERS[:4], IDENTIFIERS[5]]
    assert [broken.identifier for broken in page.broken] == [IDENTIFIERS[4]]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<record><header><identifier>oai:test:3", b"<rec\xe9ord><header><identifier>oai:test:3"),
        (b"<header><identifier>oai:test:3", b"<hea\xe9der><identifier>oai:test:3"),
        (b"<identifier>oai:test:3", b"<identi\xe9fier>oai:test:3"),
    ],
)
def test_damage_where_a_record_begins_hides_no_record(old, new):
    page = parse_page(damaged(faults.altered(old, new)))
    held = b"".join(broken.raw for broken in page.broken)
    assert [name for name in IDENTIFIERS if name not in identifiers(page)] == ["oai:test:3"]
    assert b"oai:test:3" in held
    assert page.received == 6


def test_damage_in_the_frame_is_mended_too():
    body = made_page(page_size=5).replace(b"http://r.example/oai</request>", b"http://r.example/oai?a&b</request>")
    page = parse_page(body.replace(b"<resumptionToken", b"\x02<resumptionToken"))
    assert identifiers(page) == IDENTIFIERS[:5]
    assert page.repairs == {"control_characters": 1, "bare_ampersands": 1}


def test_prefix_that_only_a_record_does_not_declare_is_declared():
    body = made_page().replace(b' xmlns:dc="http://purl.org/dc/elements/1.1/"', b"", 2).replace(b"six", b"<six")
    page = parse_page(body)
    assert titles(page) == TITLES[:5]
    assert page.repairs == {"undeclared_prefixes": 2}


def test_rows_of_a_page_with_broken_records_are_all_told_apart():
    body = damaged(faults.broken_record(2), faults.altered(b"five", b"<five"))
    body = body.replace(b"<metadata>", b"<nothing>", 1).replace(b"</metadata>", b"</nothing>", 1)
    rows, rejected = normalize_page(parse_page(body), "oai_dc", run=1, number=1)
    assert [row.identifier for row in rows] == [IDENTIFIERS[2], IDENTIFIERS[3], IDENTIFIERS[5]]
    told = sorted((row.position, row.identifier, row.cause) for row in rejected)
    assert told == [
        (0, IDENTIFIERS[0], "no_metadata"),
        (1, IDENTIFIERS[1], "not_well_formed"),
        (4, IDENTIFIERS[4], "not_well_formed"),
    ]


@pytest.mark.parametrize("fault", [faults.huge_text(), lambda page: faults.invalid_utf8()(faults.huge_text()(page))])
def test_huge_text_is_read_good_or_damaged(fault):
    page = parse_page(damaged(fault))
    assert len(titles(page)[0]) > 12_000_000
    assert identifiers(page) == IDENTIFIERS


LAUGHS = b'<!DOCTYPE l [<!ENTITY a "%s">%s]>' % (
    b"x" * 1000,
    b"".join(b'<!ENTITY %c "%s">' % (98 + place, b"&%c;" % (97 + place) * 10) for place in range(8)),
)


@pytest.mark.parametrize("junk", [b"", b"&nbsp;", b"\x03", b"<"])
@pytest.mark.parametrize(
    "doctype",
    [
        LAUGHS,
        b'<!DOCTYPE l [<!ENTITY i SYSTEM "file:///etc/hostname">]>',
        b'<!DOCTYPE l SYSTEM "http://127.0.0.1:1/dtd">',
        b'<!doctype l [<!ENTITY i "x">]>',
    ],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-7"])
def test_doctype_is_refused_before_anything_of_it_is_read(monkeypatch, doctype, junk, codec):
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("the parser goes to the network"))
    body = made_page().replace(b"?>\n<OAI", b"?>" + doctype + b"<OAI").replace(b"six", b"&i;" + junk)
    body = body.replace(b'xsi:schemaLocation="', b'xsi:schemaLocation="&i;')
    body = body.replace(b'encoding="UTF-8"', b'encoding="%s"' % codec.encode()).decode().encode(codec)
    begun = time.monotonic()
    with pytest.raises((DoctypeError, NotOaiError)):  # in UTF-7 there is no tag to see
        parse_page(body)
    assert time.monotonic() - begun < 2


def test_nesting_beyond_the_parsers_depth_costs_one_record():
    page = parse_page(damaged(faults.altered(b"six", b"<a>" * 100_000 + b"</a>" * 100_000)))
    assert (identifiers(page), [broken.identifier for broken in page.broken]) == (IDENTIFIERS[:5], [IDENTIFIERS[5]])


def test_page_of_many_damaged_records_is_read_in_time():
    body = made_page().replace(b"</ListRecords>", b"")
    start, end = body.index(b"<record>"), body.index(b"</OAI-PMH>")
    record = body[start : body.index(b"</record>") + 9].replace("Grüße".encode(), b"<p>A & B&nbsp;")
    begun = time.monotonic()
    page = parse_page(body[:start] + record * 5000 + b"</ListRecords>" + body[end:])
    assert len(page.broken) == 5000
    assert time.monotonic() - begun < 10


@pytest.mark.skipif(not REAL.is_dir(), reason="recorded pages are not here")
@pytest.mark.parametrize(
    ("name", "records", "repairs"),  # counts of ../shared/data/real/MANIFEST.tsv, faults of its AWKWARD.tsv
    [("maxwell-pucrio/scrapi__pcurio_0.xml", 5, {"control_characters": 1})],
)
def test_real_damaged_page_gives_all_its_records(name, records, repairs):
    page = parse_page((REAL / name).read_bytes())
    assert len({parse_record(element).identifier for element in page.elements}) == records
    assert (page.repairs, page.broken) == (repairs, ())


@pytest.mark.skipif(not REAL.is_dir(), reason="recorded pages are not here")
def test_real_good_pages_need_no_repair():
    with (REAL / "MANIFEST.tsv").open(encoding="utf-8", newline="") as table:
        rows = [row for row in csv.DictReader(table, delimiter="\t") if row["verb"] == "ListRecords"]
    good = [row for row in rows if row["well_formed"] == "yes"]
    assert len(good) > 50
    for row in good:
        page = parse_page(read_recording(REAL / row["path"]))
        assert (len(page.elements), page.broken) == (int(row["records"]), ()), row["path"]
        assert set(page.repairs) <= {"no_namespace"}, row["path"]
