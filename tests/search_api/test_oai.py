"""The hub as a repository: harvested whole by programs of others and by itself, deletions too."""

import time

import pytest
import sickle
from lxml import etree
from oaipmh_scythe import Scythe
from sickle.oaiexceptions import (
    BadArgument,
    BadResumptionToken,
    CannotDisseminateFormat,
    IdDoesNotExist,
    NoRecordsMatch,
)

from harvester.store.items import iter_items
from search_api.app import create_app
from search_api.oai import answering
from tests.harvester.harvesting import harvest_all, keep, open_here
from tests.search_api.conftest import SETTINGS, made_item, opened, record, served

OAI = "{http://www.openarchives.org/OAI/2.0/}"
FIRST, SECOND = 1_700_000_000, 1_700_001_000  # 2023-11-14T22:13:20Z and 22:30:00Z


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch, opened(tmp_path_factory.mktemp("oai"), "embedded:") as hub:
        patch.setattr(answering, "PAGE", 7)
        hub.harvest([record(str(number), made_item(number)) for number in range(1, 31)], now=FIRST)
        hub.harvest([record("5", None), record("6", made_item(31))], now=SECOND)
        yield hub


def address(hub):
    return f"{hub.client.base_url}/oai"


def ask(hub, **arguments):
    answer = hub.client.get("/oai", params=arguments)
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    return etree.fromstring(answer.content)


def test_sickle_harvests_all_with_deletions(hub):
    found = list(sickle.Sickle(address(hub)).ListRecords(metadataPrefix="oai_dc"))
    assert len(found) == len({record.header.identifier for record in found}) == 30
    (gone,) = [record for record in found if record.deleted]
    assert gone.header.identifier == f"oai:127.0.0.1:{hub.item_id('5')}"
    assert gone.header.datestamp == "2023-11-14T22:30:00Z"
    (live,) = [record for record in found if record.header.identifier.endswith(hub.item_id("7"))]
    assert live.metadata["title"] == ["Survey of schools 07"]
    assert live.header.setSpecs == ["endpoint:made"]


@pytest.mark.parametrize("prefix", ["oai_dc", "oai_datacite"])
def test_scythe_harvests_all(hub, prefix):
    with Scythe(address(hub)) as scythe:
        assert len(list(scythe.list_records(metadata_prefix=prefix))) == 30
        assert len(list(scythe.list_identifiers(metadata_prefix=prefix, ignore_deleted=True))) == 29


@pytest.mark.parametrize("prefix", ["oai_dc", "oai_datacite"])
def test_it_harvests_itself(hub, prefix, tmp_path):
    with open_here(tmp_path) as harvesting:
        run = harvest_all(harvesting, keep(harvesting, address(hub), metadata_prefix=prefix))
        assert run.state == "complete"
        again = {item.title[0].value: item for item in iter_items(harvesting.store) if not item.deleted}
    ours = [item for item in iter_items(hub.store) if not item.deleted]
    assert len(again) == len(ours)
    ours = [item for item in ours if "<" not in item.title[0].value]  # markup in a title is taken off
    assert again.keys() >= {item.title[0].value for item in ours}
    for item in ours:
        other = again[item.title[0].value]
        assert (other.creator, other.date.edtf) == (item.creator, item.date.edtf)
        assert other.resource_type[0].label.casefold() == item.resource_type[0].label.casefold()
        assert {language.tag for language in other.language} == {language.tag for language in item.language}


def test_only_what_changed_since_is_given(hub):
    client = sickle.Sickle(address(hub))
    newer = list(client.ListIdentifiers(metadataPrefix="oai_dc", **{"from": "2023-11-14T22:30:00Z"}))
    assert sorted(header.deleted for header in newer) == [False, True]
    older = list(client.ListIdentifiers(metadataPrefix="oai_dc", until="2023-11-14T22:29:59Z"))
    assert len(older) == 28
    assert len(list(client.ListIdentifiers(metadataPrefix="oai_dc", until="2023-11-14", set="endpoint:made"))) == 30
    assert len(list(client.ListIdentifiers(metadataPrefix="oai_dc", set="endpoint"))) == 30


def test_what_changes_during_a_list_comes_with_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(answering, "PAGE", 3)
    with opened(tmp_path, "embedded:") as hub:
        hub.harvest([record(str(number), made_item(number)) for number in range(1, 10)], now=FIRST)
        first = ask(hub, verb="ListIdentifiers", metadataPrefix="oai_dc")
        token, begun = first.findtext(f".//{OAI}resumptionToken"), first.findtext(f"{OAI}responseDate")
        seen = [element.text for element in first.iter(f"{OAI}identifier")]
        hub.harvest([record("1", made_item(20)), record("9", made_item(21))], now=time.time())
        while token:
            page = ask(hub, verb="ListIdentifiers", resumptionToken=token)
            seen += [element.text for element in page.iter(f"{OAI}identifier")]
            token = page.findtext(f".//{OAI}resumptionToken")
        assert len(seen) == len(set(seen)) == 8  # the ninth has moved behind the end of this list
        monkeypatch.setattr(answering, "SETTLED_S", -2.0)
        following = ask(hub, verb="ListIdentifiers", metadataPrefix="oai_dc", **{"from": begun})
        newer = {element.text for element in following.iter(f"{OAI}identifier")}
        assert newer == {f"oai:127.0.0.1:{hub.item_id(name)}" for name in ("1", "9")}


def test_identify_and_formats(hub):
    said = sickle.Sickle(address(hub)).Identify()
    assert (said.adminEmail, said.deletedRecord, said.repositoryName) == (
        "a.person@hub.example.org", "persistent", "Test <hub>",
    )  # fmt: skip
    assert (said.earliestDatestamp, said.baseURL) == ("2023-11-14T22:13:20Z", address(hub))
    formats = sickle.Sickle(address(hub)).ListMetadataFormats()
    assert [one.metadataPrefix for one in formats] == ["oai_dc", "oai_datacite"]
    assert [one.setSpec for one in sickle.Sickle(address(hub)).ListSets()] == ["endpoint", "endpoint:made"]


def test_get_record_gives_live_and_deleted_ones(hub):
    client = sickle.Sickle(address(hub))
    live = client.GetRecord(identifier=f"oai:127.0.0.1:{hub.item_id('6')}", metadataPrefix="oai_dc")
    assert live.metadata["title"] == ["Survey of schools 31"]
    assert client.GetRecord(identifier=f"oai:127.0.0.1:{hub.item_id('5')}", metadataPrefix="oai_dc").deleted


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, BadArgument),
        ({"metadataPrefix": "marcxml"}, CannotDisseminateFormat),
        ({"metadataPrefix": "oai_dc", "set": "endpoint:other"}, NoRecordsMatch),
        ({"metadataPrefix": "oai_dc", "from": "2030-01-01"}, NoRecordsMatch),
        ({"metadataPrefix": "oai_dc", "from": "2023-02-30"}, BadArgument),
        ({"metadataPrefix": "oai_dc", "from": "2023-01-01T00:00:00"}, BadArgument),
        ({"metadataPrefix": "oai_dc", "from": "2024-01-01", "until": "2023-01-01"}, BadArgument),
        ({"metadataPrefix": "oai_dc", "from": "2023-01-01", "until": "2024-01-01T00:00:00Z"}, BadArgument),
        ({"metadataPrefix": "oai_dc", "colour": "red"}, BadArgument),
        ({"resumptionToken": "made up"}, BadResumptionToken),
        ({"resumptionToken": "x", "metadataPrefix": "oai_dc"}, BadArgument),
    ],
)
def test_errors_of_the_protocol(hub, arguments, error):
    with pytest.raises(error):
        next(iter(sickle.Sickle(address(hub)).ListRecords(**arguments)))


def test_other_errors_of_the_protocol(hub):
    with pytest.raises(IdDoesNotExist):
        sickle.Sickle(address(hub)).GetRecord(identifier="oai:other.example:1", metadataPrefix="oai_dc")
    for pairs in ([], [("verb", "Steal")], [("verb", "Identify"), ("verb", "Identify")]):
        root = etree.fromstring(hub.client.get("/oai", params=pairs).content)
        assert root.find(f"{OAI}error").get("code") == "badVerb"
        assert not root.find(f"{OAI}request").attrib
    token = ask(hub, verb="ListRecords", metadataPrefix="oai_dc").findtext(f".//{OAI}resumptionToken")
    assert ask(hub, verb="ListIdentifiers", resumptionToken=token).find(f"{OAI}error").get("code") == (
        "badResumptionToken"
    )


def test_post_is_as_good_as_get(hub):
    answer = hub.client.post("/oai", data={"verb": "ListSets"})
    assert [element.text for element in etree.fromstring(answer.content).iter(f"{OAI}setSpec")][1] == "endpoint:made"


def test_without_a_contact_it_is_not_open_to_harvesters(hub):
    with served(create_app(hub.store, hub.index, SETTINGS)) as client:
        answer = client.get("/oai", params={"verb": "Identify"})
    assert answer.status_code == 404
    assert "OAIHUB_CONTACT" in answer.json()["detail"]
