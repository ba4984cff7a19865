"""Mappings are checked when they are loaded, and one walk gives every value of a record."""

import pytest
from lxml import etree

from harvester.crosswalk.mapping import (
    MappingError,
    compile_rules,
    decode_mapping,
    find_mapping,
    load_mapping,
)
from harvester.crosswalk.reading import read_metadata

DATACITE = """
<oai_datacite xmlns="http://schema.datacite.org/oai/oai-1.1/"><schemaVersion>4</schemaVersion><payload>
 <resource xmlns="{namespace}">
  <identifier identifierType="DOI">10.1234/AB</identifier>
  <creators><creator><creatorName nameType="Personal">Cannata, M.</creatorName><givenName>M.</givenName>
   <familyName>Cannata</familyName>
   <nameIdentifier nameIdentifierScheme="ISNI">0000</nameIdentifier>
   <nameIdentifier nameIdentifierScheme="orcid">0000-0001</nameIdentifier></creator></creators>
  <titles><title>Main</title><title titleType="Subtitle">Sub</title></titles>
  <relatedItems><relatedItem relatedItemType="Journal" relationType="IsPublishedIn">
   <titles><title>A Journal</title></titles><volume>92</volume></relatedItem></relatedItems>
  <sizes><size>12 pages</size></sizes>
  <geoLocations><geoLocation><geoLocationPlace>Oslo</geoLocationPlace></geoLocation></geoLocations>
 </resource></payload></oai_datacite>"""


def readings(xml, prefix):
    element = etree.fromstring(xml)
    return read_metadata(find_mapping(prefix, element.tag), element)


@pytest.mark.parametrize(
    "namespace", ["http://datacite.org/schema/kernel-2.2", "http://datacite.org/schema/kernel-4", ""]
)
def test_nested_format_is_read_in_any_namespace_version(namespace):
    found = readings(DATACITE.replace("{namespace}", namespace), "oai_datacite")
    creator = found.targets["creator"][0]
    assert creator.parts == {
        "name": ["Cannata, M."],
        "kind": ["Personal"],
        "given": ["M."],
        "family": ["Cannata"],
        "orcid": ["0000-0001"],
    }
    assert [(title.text, title.kind) for title in found.targets["title"]] == [("Main", ""), ("Sub", "subtitle")]
    assert found.targets["doi"][0].text == "10.1234/AB"
    assert found.targets["related_item"][0].parts == {"title": ["A Journal"], "volume": ["92"], "type": ["Journal"]}
    assert found.extra == {"size": ["12 pages"], "geo_location_place": ["Oslo"]}


def test_parts_are_read_by_every_kind_of_path_in_the_order_of_the_record():
    parts = """{ name = "last|first", any = "*", role = "role[@type='main|']/term", where = "at/@href", id = "@id",
        own = ".", none = "role[@type='other']" }""".replace("\n", " ")
    rules = f'rules = [{{ path = "person", to = "creator", parts = {parts} }}]'
    mapping = compile_rules("own", decode_mapping("own", f'format = "own"\nroot = "r"\n{rules}'.encode()))
    root = etree.fromstring(
        '<r xmlns:x="urn:x"><person id="7"><first>A.</first><!-- c --><x:last>Roe</x:last><first>B.</first>'
        '<role type="MAIN"><term>one</term></role><role><term>two</term></role><role x:type="sub"><term>3</term></role>'
        '<at x:href="urn:here"/></person></r>'
    )
    assert read_metadata(mapping, root).targets["creator"][0].parts == {
        "name": ["A.", "Roe", "B."],
        "any": ["A.", "Roe", "B.", "one", "two", "3"],
        "role": ["one", "two"],
        "where": ["urn:here"],
        "id": ["7"],
        "own": ["A.RoeB.onetwo3"],
    }


def test_flat_format_keeps_order_language_and_unknown_elements():
    found = readings(
        '<dc xmlns:x="urn:x"><title xml:lang="en">One <i>two</i></title><creator/><creator> B </creator>'
        '<creator>A</creator><x:audienceLevel>9</x:audienceLevel><x:ref href="u"/></dc>',
        "oai_dc",
    )
    assert [(title.text, title.lang) for title in found.targets["title"]] == [("One two", "en")]
    assert [creator.text for creator in found.targets["creator"]] == ["B", "A"]
    assert found.extra == {"audience_level": ["9"], "ref": ["u"]}


def test_format_without_a_mapping_keeps_every_leaf():
    found = readings("<foo><bar>1</bar><deep><bazQux>2</bazQux></deep></foo>", "foo")
    assert (found.targets, found.extra) == ({}, {"bar": ["1"], "baz_qux": ["2"]})


def test_record_in_a_known_format_under_a_foreign_prefix_is_recognised():
    assert find_mapping("dc", "{http://www.openarchives.org/OAI/2.0/oai_dc/}dc").name == "oai_dc"


@pytest.mark.parametrize("name", ["oai_dc", "oai_datacite"])
def test_our_mappings_load(name):
    assert load_mapping(name).name == name


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ('{ path = "a", to = "nothing" }', "'nothing' is no target"),
        ('{ path = "a//b", to = "title" }', "'' is no step of a path"),
        ('{ path = "a/@b/c", to = "title" }', "'c' is no step of a path"),
        ('{ path = "a[1]", to = "title" }', r"'a\[1\]' is no step of a path"),
        ('{ path = "a", to = "title", exec = "rm" }', "unknown field `exec`"),
        ('{ path = "a" }', "missing required field `to`"),
        ("{ path = ", "."),
    ],
)
def test_wrong_mapping_names_the_rule(rule, reason):
    with pytest.raises(MappingError, match=f"mapping mine: .*{reason}"):
        compile_rules("mine", decode_mapping("mine", f'format = "f"\nroot = "r"\nrules = [{rule}]'.encode()))
