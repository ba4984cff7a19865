"""The ways in which an answer's bytes go wrong in the wild, each served by a real repository and read by our client.

Every record of the list is read or is set aside with its reason, or the page is an error: nothing else can happen.
"""

import pytest

from harvester.http import Http, RetryLaterError, UnreachableError
from harvester.oai import fetch_page, list_parameters
from harvester.pages.records import normalize_page
from harvester.parsing.record import DoctypeError, NotOaiError, PageCutError, ProtocolError, parse_page
from tests import faults
from tests.repository import Repository, made_entries

ALL = [f"oai:test:{number}" for number in range(1, 31)]
WARNING = b"<br />\n<b>Warning</b>: Cannot modify header information in <b>/oai.php</b><br />\n"


def both(*made):
    def fault(answer):
        for one in made:
            answer = one(answer)
        return answer

    return fault


ACCENTS = faults.altered(b">Record ", ">Réc ".encode())

# The mode's number in ../shared/research/harvest.md, 3b; what happens to page 2 of 3 (those of the token: to page 3);
# what is noted of it and how many of its records are set aside, or the error that it is.
MODES = [
    (1, "a page cut by a proxy", faults.cut_page(0.7), PageCutError),
    (1, "a page cut a byte before its end", faults.altered(b"</OAI-PMH>", b"</OAI-PMH"), PageCutError),
    (1, "a page cut in a record and closed by a footer", faults.closed_early(0.7), PageCutError),
    (1, "a page cut and damaged", both(faults.invalid_utf8(), faults.cut_page(0.9)), PageCutError),
    (1, "a connection that ends early", faults.cut_connection(), UnreachableError),
    (2, "an HTML page as success", faults.html_page(200), NotOaiError),
    (2, "an HTML page as accepted", faults.html_page(202), NotOaiError),
    (2, "an HTML page as forbidden", faults.html_page(403), NotOaiError),
    (2, "an HTML page as a late answer", faults.html_page(503), RetryLaterError),
    (2, "nothing at all", faults.cut_page(0), NotOaiError),
    (5, "a token of white space", faults.blank_token(), ({}, 0)),
    (5, "an empty token", faults.blank_token(b"<resumptionToken/>"), ({}, 0)),
    (14, "records inside an error of the server", faults.with_status(500), ({"error_status": 1}, 0)),
    (
        14,
        "an error of the protocol inside HTTP 422",
        both(faults.oai_error("badArgument"), faults.with_status(422)),
        ProtocolError,
    ),
    (17, "control characters", faults.control_characters(3), ({"control_characters": 3}, 0)),
    (18, "invalid UTF-8", faults.invalid_utf8(2), ({"invalid_bytes": 2}, 0)),
    (18, "UTF-8 said to be Latin-1", both(ACCENTS, faults.in_charset("utf-8", "ISO-8859-1")), ({"charset": 1}, 0)),
    (18, "honest Latin-1", both(ACCENTS, faults.in_charset("latin-1", "ISO-8859-1")), ({}, 0)),
    (18, "honest UTF-16", faults.in_charset("utf-16", "UTF-16"), ({}, 0)),
    (18, "UTF-16 said to be UTF-8", faults.in_charset("utf-16", "UTF-8"), ({"charset": 1}, 0)),
    (19, "references to control characters", faults.illegal_references(), ({"illegal_references": 1}, 0)),
    (
        19,
        "a character as two references",
        faults.illegal_references(b"&#55349;&#56476;"),
        ({"surrogate_references": 1}, 0),
    ),
    (19, "half of a character as a reference", faults.illegal_references(b"&#55349;"), ({"illegal_references": 1}, 0)),
    (19, "entities of HTML", faults.illegal_references(b"&nbsp;&ouml;"), ({"entities": 2}, 0)),
    (19, "entities of nobody", faults.illegal_references(b"&unheardof;"), ({"unknown_entities": 1}, 0)),
    (20, "a line end before the document", faults.garbage(before=b"\r\n"), ({"garbage_before": 1}, 0)),
    (20, "a warning of PHP before the document", faults.garbage(before=WARNING), ({"garbage_before": 1}, 0)),
    (20, "a warning of PHP behind the document", faults.garbage(after=WARNING), ({"garbage_after": 1}, 0)),
    (20, "a prolog in every record", faults.prolog_per_record(), ({"prologs": 10}, 0)),
    (21, "a bare ampersand", faults.broken_record(4, b"A & B"), ({"bare_ampersands": 1}, 0)),
    (21, "a bare less-than sign", faults.broken_record(4, b"p < 0.05"), ({"bare_less_than": 1}, 0)),
    (21, "a record of tag soup", faults.broken_record(4), ({}, 1)),
    (21, "a record never closed", faults.unclosed_record(4), ({}, 1)),
    (
        21,
        "tag soup and control characters",
        both(faults.broken_record(4), faults.control_characters(1)),
        ({"control_characters": 1}, 1),
    ),
    (22, "a text of 12 MB", faults.huge_text(), ({}, 0)),
    (30, "a live record without metadata", faults.without_metadata(4), ({}, 1)),
    (30, "deleted records with metadata", faults.deleted_with_metadata(), ({}, 0)),
    (31, "a redirect for now", faults.redirect("/elsewhere"), ({"redirected": 1, "lost_arguments": 1}, 0)),
    (31, "a redirect for good", faults.redirect("/new", 301), ({"redirected": 1, "moved": 1, "lost_arguments": 1}, 0)),
    (34, "no namespaces", faults.without_namespaces(), ({"no_namespace": 1}, 0)),
    (34, "a prefix for all elements", faults.with_prefix(), ({}, 0)),
    (34, "a prefix that nobody declares", faults.undeclared_prefix(), ({"undeclared_prefixes": 1}, 0)),
    (35, "packed and not said", faults.gzip_unsaid(), ({"encoding_mismatch": 1}, 0)),
    (35, "said to be packed and not", faults.gzip_only_said(), ({"encoding_mismatch": 1}, 0)),
    (20, "a DOCTYPE", faults.altered(b"?>\n<OAI", b"?>\n<!DOCTYPE a><OAI"), DoctypeError),
]


@pytest.fixture(scope="module")
def http():
    with Http(allow_private=True, timeout_s=5) as client:
        yield client


@pytest.mark.parametrize(("name", "fault", "outcome"), [mode[1:] for mode in MODES], ids=[mode[1] for mode in MODES])
def test_answer_that_goes_wrong_costs_nothing_in_silence(http, name, fault, outcome):
    with Repository(made_entries(30), page_size=10) as repository:
        bad = 3 if "token" in name else 2
        repository.misbehave(fault, page=bad)
        token, told, aside, notes = None, [], [], {}
        for number in (1, 2, 3):
            asked = list_parameters("oai_dc", token=token)
            if number == bad and not isinstance(outcome, tuple):
                with pytest.raises(outcome):
                    parse_page(fetch_page(http, repository.url, asked).body)
                assert told == ALL[:10]
                return
            response = fetch_page(http, repository.url, asked)
            page = parse_page(response.body)
            rows, rejected = normalize_page(page, "oai_dc", run=1, number=number)
            told += [row.identifier for row in rows] + [one.identifier for one in rejected]
            aside += rejected
            notes |= response.notes | page.repairs
            token = page.token
        assert token is None
        assert (sorted(told), notes, len(aside)) == (sorted(ALL), *outcome)
        assert all(one.reason and one.raw for one in aside)
