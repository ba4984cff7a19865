"""Every answer of /oai is what the protocol says, whoever asks: held to a grammar of it."""

from functools import partial

import pytest
from lxml import etree

from harvester.item import Link, Metadata, Text
from harvester.store.filters import fill_filter, save_filter
from indexer.matching import encode_conditions, pick_matching
from search_api.grammar import parse_condition
from search_api.oai import answering
from tests.search_api.conftest import made_item, opened, record
from tests.search_api.oai_envelope import faults

OAI = "{http://www.openarchives.org/OAI/2.0/}"
FIRST, SECOND = 1_700_000_000, 1_700_001_000
LISTS = ("ListIdentifiers", "ListRecords")
ODD = Metadata(title=(Text("a\x0b<b> ]]> & \ufffe"),), links=(Link("references", doi="10.1000/<a>#b c"),))


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch, opened(tmp_path_factory.mktemp("envelope"), "embedded:") as hub:
        patch.setattr(answering, "PAGE", 7)
        hub.harvest([record("odd", ODD), *(record(str(one), made_item(one)) for one in range(1, 30))], now=FIRST)
        hub.harvest([record("5", None), record("6", made_item(31))], now=SECOND)
        for name, said in (("some", "genre:Empirical"), ("none", "genre:Nothing")):
            conditions = encode_conditions([parse_condition(said)])
            saved = save_filter(hub.store, name, [said], conditions, FIRST)
            fill_filter(hub.store, saved, partial(pick_matching, conditions), now=lambda: SECOND)
        hub.harvest([record("4", made_item(1))], now=SECOND)  # leaves the filter
        yield hub


def ask(hub, pairs, expected_error=None):
    """Ask, hold the answer to the grammar, and give its element."""
    answer = hub.client.get("/oai", params=pairs)
    assert answer.status_code == 200
    assert faults(answer.content) == [], answer.text
    root = etree.fromstring(answer.content)
    error = root.find(f"{OAI}error")
    assert (None if error is None else error.get("code")) == expected_error
    return root


def follow(hub, verb, **arguments):
    """Give the elements of all pages of a list."""
    found, pages = [], 1
    root = ask(hub, {"verb": verb} | arguments)
    while token := root.findtext(f".//{OAI}resumptionToken"):
        found += list(root.iter(f"{OAI}header"))
        root, pages = ask(hub, {"verb": verb, "resumptionToken": token}), pages + 1
    return found + list(root.iter(f"{OAI}header")), pages


@pytest.mark.parametrize("verb", ["Identify", "ListMetadataFormats", "ListSets"])
def test_what_describes_the_repository(hub, verb):
    ask(hub, {"verb": verb})


@pytest.mark.parametrize("verb", LISTS)
@pytest.mark.parametrize("prefix", ["oai_dc", "oai_datacite"])
def test_lists_of_many_pages_with_deletions(hub, verb, prefix):
    found, pages = follow(hub, verb, metadataPrefix=prefix)
    assert (len(found), pages) == (30, 5)
    assert [header.get("status") for header in found].count("deleted") == 1


@pytest.mark.parametrize("verb", LISTS)
def test_lists_of_sets_and_spans(hub, verb):
    found, _ = follow(hub, verb, metadataPrefix="oai_dc", set="filter:some")
    assert [header.get("status") for header in found].count("deleted") == 1
    assert all("filter:some" in [one.text for one in header.iter(f"{OAI}setSpec")] for header in found)
    follow(hub, verb, metadataPrefix="oai_dc", set="endpoint:made", **{"from": "2023-11-14", "until": "2023-11-14"})
    follow(hub, verb, metadataPrefix="oai_dc", **{"from": "2023-11-14T22:30:00Z"})


@pytest.mark.parametrize("name", ["6", "5", "odd"])
@pytest.mark.parametrize("prefix", ["oai_dc", "oai_datacite"])
def test_one_record(hub, name, prefix):
    ask(hub, {"verb": "GetRecord", "identifier": f"oai:127.0.0.1:{hub.item_id(name)}", "metadataPrefix": prefix})


LIST = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
GET = {"verb": "GetRecord", "metadataPrefix": "oai_dc"}


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ({}, "badVerb"),
        ({"verb": "Steal\x00"}, "badVerb"),
        ([("verb", "Identify"), ("verb", "Identify")], "badVerb"),
        ({"verb": "Identify", "q\x00<": "x"}, "badArgument"),
        ({"verb": "Identify", "identifier": "oai:x:1"}, "badArgument"),
        ({"verb": "ListRecords"}, "badArgument"),
        ({"verb": "ListSets", "resumptionToken": "x"}, "badResumptionToken"),
        ({"verb": "ListRecords", "resumptionToken": "x\x01"}, "badArgument"),
        ({"verb": "ListRecords", "resumptionToken": 'x" y'}, "badResumptionToken"),
        (LIST | {"set": "filter:none"}, "noRecordsMatch"),
        (LIST | {"set": "filter:other"}, "noRecordsMatch"),
        (LIST | {"set": "no such set"}, "badArgument"),
        (LIST | {"set": ""}, "badArgument"),
        (LIST | {"from": "9999-01-01"}, "noRecordsMatch"),
        (LIST | {"from": "٢٠٢٤-01-01"}, "badArgument"),
        (LIST | {"metadataPrefix": "marcxml"}, "cannotDisseminateFormat"),
        (LIST | {"metadataPrefix": "marcxml", "from": "yesterday"}, "badArgument"),
        (LIST | {"metadataPrefix": "marc xml"}, "badArgument"),
        (GET | {"identifier": "oai:elsewhere.example:1"}, "idDoesNotExist"),
        (GET | {"identifier": 'invalid"id'}, "badArgument"),
        (GET | {"identifier": "oai:127.0.0.1:%zz"}, "badArgument"),
        (GET | {"identifier": "oai:127.0.0.1:\x00"}, "badArgument"),
        ({"verb": "ListMetadataFormats", "identifier": "oai:127.0.0.1:none"}, "idDoesNotExist"),
    ],
)
def test_errors(hub, pairs, code):
    ask(hub, pairs, code)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<verb>Identify", "<verb>List"),
        ("Z</responseDate>", "+00:00</responseDate>"),
        ("22:30:00Z</datestamp>", "22:30:00</datestamp>"),
        ("T22:30:00Z</datestamp>", "</datestamp>"),
        ("<setSpec>endpoint:made", "<setSpec>endpoint::made"),
        ('<header status="deleted">', '<header status="gone">'),
        ('<header status="deleted">', "<header>"),
        ('verb="ListRecords"', 'verb="ListIdentifiers"'),
        ('metadataPrefix="oai_dc"', ""),
        ('cursor="0"', 'cursor="-1"'),
    ],
)
def test_the_grammar_refuses_what_is_wrong(hub, old, new):
    arguments = LIST | {"from": "2023-11-14T22:30:00Z"}
    text = hub.client.get("/oai", params=arguments).text
    if "cursor" in old:
        text = hub.client.get("/oai", params=LIST).text
    if old.startswith("<verb>"):
        text, old, new = hub.client.get("/oai", params={"verb": "Identify"}).text, "<adminEmail>", "<adminEmail>no "
    assert old in text
    assert faults(text.replace(old, new, 1).encode()) != []
