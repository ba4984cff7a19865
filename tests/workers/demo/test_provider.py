"""The answers of the repository against OAI-PMH 2.0, chapter by chapter of its section 4."""

import pytest
from lxml import etree

from workers.demo.provider import OAI_DATACITE, OAI_DC, Entry, Holdings, answer, in_order

NS = {"o": "http://www.openarchives.org/OAI/2.0/"}
HOLDINGS = Holdings(
    name="R&D",
    base_url="http://127.0.0.1/oai",
    entries=in_order(
        [
            Entry("oai:x:3", "2024-01-03T10:00:00Z", ("b",), metadata={"oai_dc": "<dc/>"}),
            Entry("oai:x:1", "2024-01-01T23:59:59Z", ("a:one",), metadata={"oai_dc": "<dc/>", "oai_datacite": "<r/>"}),
            Entry("oai:x:2", "2024-01-02T00:00:00Z", ("a",), deleted=True),
        ]
    ),
    sets={"a": "A", "a:one": "A 1", "b": "B", "ab": "none"},
    formats=(OAI_DC, OAI_DATACITE),
    page_size=2,
)


def ask(query, holdings=HOLDINGS):
    parameters = [tuple(part.split("=", 1)) for part in query.split("&")]
    return etree.fromstring(answer(holdings, parameters, "2024-05-01T00:00:00Z"))


def identifiers(query):
    return [element.text for element in ask(query).iterfind(".//o:header/o:identifier", NS)]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("verb=Nonsense", "badVerb"),
        ("metadataPrefix=oai_dc", "badVerb"),
        ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=Identify&set=a", "badArgument"),
        ("verb=ListRecords", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=yesterday", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2024-01-02&until=2024-01-01", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2024-01-01&until=2024-01-02T00:00:00Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc21", "cannotDisseminateFormat"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2025-01-01", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=nowhere", "noRecordsMatch"),
        ("verb=ListRecords&resumptionToken=x", "badResumptionToken"),
        ("verb=ListSets&resumptionToken=x", "badResumptionToken"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:x:9", "idDoesNotExist"),
        ("verb=GetRecord&metadataPrefix=oai_datacite&identifier=oai:x:3", "cannotDisseminateFormat"),
        ("verb=ListMetadataFormats&identifier=oai:x:9", "idDoesNotExist"),
        ("verb=ListMetadataFormats&identifier=oai:x:2", "noMetadataFormats"),
    ],
)
def test_wrong_request_has_the_code_of_the_standard(query, code):
    root = ask(query)
    assert [error.get("code") for error in root.iterfind("o:error", NS)] == [code]
    repeated = {"badVerb": False, "badArgument": False}.get(code, True)  # section 3.2
    assert bool(root.find("o:request", NS).attrib) == repeated


def test_repository_without_sets_says_so():
    without = Holdings(name="x", base_url="http://127.0.0.1/oai", entries=HOLDINGS.entries)
    for query in ("verb=ListSets", "verb=ListRecords&metadataPrefix=oai_dc&set=a"):
        assert ask(query, without).find("o:error", NS).get("code") == "noSetHierarchy"


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("until=2024-01-01", ["oai:x:1"]),
        ("until=2024-01-02", ["oai:x:1", "oai:x:2"]),
        ("from=2024-01-02", ["oai:x:2", "oai:x:3"]),
        ("from=2024-01-01T23:59:59Z&until=2024-01-01T23:59:59Z", ["oai:x:1"]),
        ("set=a", ["oai:x:1", "oai:x:2"]),
        ("set=a:one", ["oai:x:1"]),
        ("set=b", ["oai:x:3"]),
    ],
)
def test_bounds_are_inclusive_and_a_set_holds_its_descendants(chosen, expected):
    assert identifiers(f"verb=ListIdentifiers&metadataPrefix=oai_dc&{chosen}") == expected


def test_deleted_records_are_listed_in_every_format_without_metadata():
    assert identifiers("verb=ListIdentifiers&metadataPrefix=oai_datacite") == ["oai:x:1", "oai:x:2"]
    record = ask("verb=GetRecord&metadataPrefix=oai_datacite&identifier=oai:x:2").find(".//o:record", NS)
    assert [etree.QName(child).localname for child in record] == ["header"]
    assert record[0].get("status") == "deleted"


def test_only_lists_in_several_pages_have_a_token_and_the_last_is_empty():
    first = ask("verb=ListRecords&metadataPrefix=oai_dc").find(".//o:resumptionToken", NS)
    assert (first.get("completeListSize"), first.get("cursor")) == ("3", "0")
    last = ask(f"verb=ListRecords&resumptionToken={first.text}").find(".//o:resumptionToken", NS)
    assert (last.get("completeListSize"), last.get("cursor"), last.text) == ("3", "2", None)
    assert ask("verb=ListRecords&metadataPrefix=oai_dc&set=b").find(".//o:resumptionToken", NS) is None


def test_identify_tells_what_a_harvester_needs():
    identity = ask("verb=Identify").find("o:Identify", NS)
    assert {etree.QName(child).localname: child.text for child in identity} == {
        "repositoryName": "R&D",
        "baseURL": "http://127.0.0.1/oai",
        "protocolVersion": "2.0",
        "adminEmail": "admin@hub.example.org",
        "earliestDatestamp": "2024-01-01T23:59:59Z",
        "deletedRecord": "persistent",
        "granularity": "YYYY-MM-DDThh:mm:ssZ",
    }


def test_formats_of_one_item_are_those_it_has():
    found = ask("verb=ListMetadataFormats&identifier=oai:x:3").iterfind(".//o:metadataPrefix", NS)
    assert [element.text for element in found] == ["oai_dc"]
