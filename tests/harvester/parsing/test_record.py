"""Pages are read strictly: what is not a whole OAI-PMH document is never taken for the end of a list."""

import pytest

from harvester.parsing.record import (
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
        (page("<ListRecords><record>"), PageCutError),
        (page("<ListRecords></OAI-PMH><ListRecords>"), PageCutError),
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
        (b"<!doctype OAI-PMH>" + listed(RECORD).replace(b"x &amp; y", b"x & y").partition(b"?>")[2], DoctypeError),
    ],
)
def test_what_is_no_whole_answer_is_an_error(body, error):
    with pytest.raises(error):
        parse_page(body)


def test_error_of_an_html_page_shows_its_title():
    with pytest.raises(NotOaiError, match="an HTML page titled 'Just a moment…'") as caught:
        parse_page(
            b"<html><head><title>\nJust a\n moment&hellip;</title></head><body>Checking your browser<br></body></html>"
        )
    assert (caught.value.kind, caught.value.title) == ("blocked", "Just a moment…")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html><body>no title<br></body></html>", "blocked"),
        (b"<?xml version='1.0'?><rss><channel/></rss>", "xml"),
        (b"not found", "text"),
        (b" \n", "empty"),
        (b"", "empty"),
    ],
)
def test_what_is_no_document_says_what_it_looks_like(body, kind):
    with pytest.raises(NotOaiError) as caught:
        parse_page(body)
    assert caught.value.kind == kind


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


NAMESPACE = b' xmlns="http://www.openarchives.org/OAI/2.0/"'


@pytest.mark.parametrize(
    ("frame", "repairs"),
    [
        (lambda body: body.replace(NAMESPACE, b""), {"no_namespace": 1}),
        (
            lambda body: body.replace(NAMESPACE, b"").replace(b"<ListRecords", b"<ListRecords" + NAMESPACE),
            {"no_namespace": 1},
        ),
        (lambda body: body.replace(b"<resumptionToken", b'<resumptionToken xmlns=""'), {}),
        (lambda body: body.replace(b"OAI/2.0/", b"OAI/2.0"), {}),
    ],
)
def test_page_whose_frame_has_wrong_namespaces_is_read(frame, repairs):
    parsed = parse_page(frame(listed(RECORD + "<resumptionToken>t</resumptionToken>")))
    assert (parse_record(parsed.elements[0]).identifier, parsed.token) == ("oai:r:1", "t")
    assert parsed.repairs == repairs


def test_records_of_two_lists_on_a_page_are_all_read():
    parsed = parse_page(
        page(
            f"<ListRecords>{RECORD}</ListRecords><ListRecords>{RECORD}<resumptionToken>t</resumptionToken></ListRecords>"
        )
    )
    assert (len(parsed.elements), parsed.token) == (2, "t")


def test_list_beside_a_no_records_match_is_read():
    assert len(parse_page(page(f'<error code="noRecordsMatch"/><ListRecords>{RECORD}</ListRecords>')).elements) == 1


@pytest.mark.parametrize("size", ["many", "-1", "²", "9" * 19, "9" * 5000, ""])
def test_size_that_is_no_number_is_not_believed(size):
    assert (
        parse_page(listed(f'<resumptionToken completeListSize="{size}">t</resumptionToken>')).complete_list_size is None
    )


@pytest.mark.parametrize(
    "datestamp", ["2025-05-05T10:00:00", "2025-05-05 10:00", "05/05/2025", "", "2025-13-99T99:99:99Z"]
)
def test_datestamp_stays_as_it_is_written(datestamp):
    record = parse_record(parse_page(listed(RECORD.replace("2025-05-05", datestamp))).elements[0])
    assert record.datestamp == datestamp
