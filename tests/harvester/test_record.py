"""Pages are read strictly: what is not a whole OAI-PMH document is never taken for the end of a list."""

import pytest

from harvester.record import (
    BadResumptionTokenError,
    CannotDisseminateFormatError,
    DoctypeError,
    NotOaiError,
    PageCutError,
    ProtocolError,
    RecordError,
    parse_page,
    parse_record,
)

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    "<responseDate>2026-01-02T03:04:05Z</responseDate><request>http://r.example/oai</request>"
)
RECORD = (
    "<record><header><identifier>oai:r:1</identifier><datestamp>2025-05-05</datestamp><setSpec>a</setSpec>"
    "<setSpec>b:c</setSpec></header><metadata><d xmlns='urn:d'><t>x &amp; y</t></d></metadata></record>"
)


def page(inside, tail="</OAI-PMH>"):
    return (HEAD + inside + tail).encode()


def listed(inside):
    return page(f"<ListRecords>{inside}</ListRecords>")


def test_page_gives_records_token_and_the_servers_claims():
    token = '<resumptionToken completeListSize="7" cursor="0"> t/1|a+b=&amp;c </resumptionToken>'
    parsed = parse_page(listed(RECORD + RECORD + token))
    assert (len(parsed.elements), parsed.token) == (2, "t/1|a+b=&c")
    assert (parsed.complete_list_size, parsed.cursor, parsed.response_date) == (7, 0, "2026-01-02T03:04:05Z")


@pytest.mark.parametrize("token", ["", "<resumptionToken/>", "<resumptionToken> \n </resumptionToken>"])
def test_list_ends_without_a_token_or_with_an_empty_one(token):
    assert parse_page(listed(RECORD + token)).token is None


def test_no_records_match_is_an_empty_list():
    parsed = parse_page(page('<error code="noRecordsMatch">nothing</error>'))
    assert (parsed.elements, parsed.token) == ([], None)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (listed(RECORD)[:-3], PageCutError),
        (listed(RECORD)[:400], PageCutError),
        (page("", tail=""), PageCutError),
        (page(""), PageCutError),
        (page("<ListRecords><record>&nbsp;</record></ListRecords>"), PageCutError),
        (b"<!DOCTYPE html><html><head><title>Bad gateway</title></head><body></body></html>", NotOaiError),
        (b"<html><body><p>closed<br></body></html>", NotOaiError),
        (b'<?xml version="1.0"?><rss><channel/></rss>', NotOaiError),
        (b"", NotOaiError),
        (b"not found", NotOaiError),
        (page('<error code="badResumptionToken">expired</error>'), BadResumptionTokenError),
        (page('<error code="cannotDisseminateFormat">no</error>'), CannotDisseminateFormatError),
        (page('<error code="badArgument">from</error>'), ProtocolError),
        (page("<error/>"), ProtocolError),
        (b"<!DOCTYPE OAI-PMH [<!ENTITY a 'b'>]>" + listed(RECORD).partition(b"?>")[2], DoctypeError),
    ],
)
def test_what_is_no_whole_answer_is_an_error(body, error):
    with pytest.raises(error):
        parse_page(body)


def test_error_of_an_html_page_shows_its_title():
    with pytest.raises(NotOaiError, match="an HTML page, beginning 'Just a moment'"):
        parse_page(b"<html><head><title>Just a moment</title></head><body>Checking your browser<br></body></html>")


def test_record_gives_header_sets_and_metadata():
    record = parse_record(parse_page(listed(RECORD)).elements[0])
    assert (record.identifier, record.datestamp, record.sets) == ("oai:r:1", "2025-05-05", ("a", "b:c"))
    assert not record.deleted
    assert record.metadata[0].text == "x & y"


@pytest.mark.parametrize("metadata", ["", "<metadata/>", "<metadata><d/></metadata>"])
def test_deleted_record_needs_no_metadata(metadata):
    header = '<header status="deleted"><identifier>i</identifier><datestamp>2025-05-05</datestamp></header>'
    record = parse_record(parse_page(listed(f"<record>{header}{metadata}</record>")).elements[0])
    assert record.deleted
    assert record.metadata is None


@pytest.mark.parametrize(
    ("record", "cause"),
    [
        ("<record/>", "no_header"),
        ("<record><header><identifier> </identifier></header></record>", "no_identifier"),
        ("<record><header><identifier>i</identifier></header></record>", "no_metadata"),
        ("<record><header><identifier>i</identifier></header><metadata> </metadata></record>", "no_metadata"),
    ],
)
def test_record_that_cannot_be_used_names_its_cause(record, cause):
    with pytest.raises(RecordError) as caught:
        parse_record(parse_page(listed(record)).elements[0])
    assert caught.value.cause == cause


def test_page_without_namespace_is_read():
    body = listed(RECORD + "<resumptionToken>t</resumptionToken>").replace(
        b' xmlns="http://www.openarchives.org/OAI/2.0/"', b""
    )
    parsed = parse_page(body)
    assert (parse_record(parsed.elements[0]).identifier, parsed.token) == ("oai:r:1", "t")
