"""Omeka S: items as the REST API gives them, by the terms of templates and of a hub's own vocabulary."""

import json

import pytest
from lxml import etree

from harvester.crosswalk.normalize import normalize
from harvester.item import Link
from harvester.parsing.json_page import parse_json_record
from harvester.parsing.record import Record, RecordError
from tests.omeka import HUB, address, literal, made_item, resource

DOI = "10.1080/01443610902753630"


def read(**properties):
    return normalize(parse_json_record(json.dumps(made_item(1, **properties)).encode()), "omeka_json")


def test_the_properties_of_a_template_are_read_by_their_terms():
    found = read(
        dcterms__creator=[literal("Cannata, M."), literal("Strozzi, S.")],
        dcterms__abstract=[literal("What was found.", **{"@language": "en"})],
        dcterms__issued=[{"type": "numeric:timestamp", "is_public": True, "@value": "2009-05"}],
        bibo__volume=[literal("29")],
        bibo__issue=[literal("3")],
        bibo__pages=[literal("12-34")],
        bibo__doi=[address(f"https://doi.org/{DOI}", "DOI")],
    )
    assert [agent.family for agent in found.creator] == ["Cannata", "Strozzi"]
    assert [(text.value, text.lang) for text in found.abstract] == [("What was found.", "en")]
    assert (found.date.edtf, found.volume, found.issue, found.pages.literal) == ("2009-05", "29", "3", "12-34")
    assert found.doi == DOI


@pytest.mark.parametrize(
    "names",
    [
        ("resourceType", "resourceStatusForm", "scholarshipGenre", "grantFunding", "grantNumber"),
        ("resource_type", "resource_status_form", "scholarship_genre", "grant_funding", "grant_number"),
        ("Resource-Type", "ResourceStatus", "Scholarship-Genre", "Grant-Funding", "GrantNumber"),
    ],
)
def test_a_hub_s_own_vocabulary_is_read_by_its_names_however_they_are_spelt(names):
    values = ("Journal Article", "Published", "Empirical", "Institute of Education Sciences", "R305A1")
    found = read(**{f"hub__{name}": [literal(value)] for name, value in zip(names, values, strict=True)})
    assert [term.label for term in found.resource_type] == ["journal article"]
    assert [term.label for term in found.resource_status] == ["version of record"]
    assert [term.label for term in found.genre] == ["Empirical"]
    assert [(one.funder, one.number) for one in found.funding] == [("Institute of Education Sciences (IES)", "R305A1")]
    assert not found.extra


def test_other_resources_are_links_with_their_titles():
    found = read(
        dcterms__isPartOf=[resource(99, "Special Issue")],
        dcterms__hasPart=[resource(98, "")],
        hub__relatedStudy=[resource(97, "A study", type="resource")],
    )
    assert set(found.links) == {
        Link("is_part_of", url=f"{HUB}/api/items/99", title="Special Issue"),
        Link("has_part", url=f"{HUB}/api/items/98"),
        Link("related_study", url=f"{HUB}/api/items/97", title="A study"),
    }
    assert not found.extra


def test_a_resource_that_stands_for_a_person_is_both_a_person_and_a_link():
    found = read(dcterms__creator=[resource(5, "Strozzi, Salvatore")])
    assert [agent.name for agent in found.creator] == ["Strozzi, Salvatore"]
    assert found.links == (Link("relation", url=f"{HUB}/api/items/5", title="Strozzi, Salvatore"),)


def test_what_is_no_resource_of_the_hub_is_no_link_of_its_own():
    found = read(hub__site=[address("https://a.example/", "A site")])
    assert not found.links
    assert found.extra == {"site": ("A site",)}


def test_the_item_s_address_is_its_own_so_that_links_to_it_lead_there():
    found = [(one.scheme, one.value, one.role) for one in read().identifier]
    assert found == [("url", f"{HUB}/api/items/1", "self")]


def test_values_that_are_not_public_and_the_housekeeping_are_not_read():
    found = read(
        dcterms__abstract=[literal("Secret", is_public=False)],
        hub__note=[literal("Secret too", is_public=False)],
        **{"@reverse": {"dcterms:hasPart": [{"@id": f"{HUB}/api/resources/9", "o:title": "Issue"}]}},
    )
    assert (found.abstract, found.links, found.extra) == ((), (), {})


def test_the_title_of_a_template_that_names_another_property_as_title_is_taken():
    found = read(dcterms__title=[], hub__heading=[literal("Heading")], o__title="Heading")
    assert [text.value for text in found.title] == ["Heading"]
    assert [text.value for text in read(o__title="Other").title] == ["Item 1"]


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b'{"@id":"a","dcterms:title":[{"@value":"\xff"}]}', "metadata_no_json"),
        (b'{"@id":"a","dcterms:title":[' + b"[" * 50_000 + b"]" * 50_000 + b"]}", "bad_header"),
        (b'{"@id":"a","o:id":1}', None),
        (b'{"@id":"a","dcterms:title":[{"@value":[1]},{"@id":5},null,"Plain",7]}', None),
    ],
)
def test_odd_objects_are_set_aside_or_read_as_far_as_they_go(content, cause):
    try:
        normalize(parse_json_record(content), "omeka_json")
    except RecordError as error:
        assert error.cause == cause  # noqa: PT017  two of them raise
    else:
        assert cause is None


def test_an_item_as_the_text_of_an_xml_element_is_read_alike():
    element = etree.Element("omeka_json")
    element.text = json.dumps(made_item(1, bibo__volume=[literal("29")]))
    found = normalize(Record("oai:hub:1", "2024-01-01", (), deleted=False, metadata=element), "omeka_json")
    assert found == read(bibo__volume=[literal("29")])
