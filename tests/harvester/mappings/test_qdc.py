"""Qualified Dublin Core and DCMI Terms."""

import pytest

from tests.harvester.mappings.reading_records import read

QDC = """<{root} xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">
 <dc:title>Tides</dc:title><dcterms:alternative>Ebb and flow</dcterms:alternative>
 <dc:creator>Doe, Ann</dc:creator><dcterms:available>2021-06-16T06:31:44Z</dcterms:available>
 <dcterms:issued>2020-03</dcterms:issued><dcterms:abstract>Short.</dcterms:abstract>
 <dc:identifier type="doi">https://doi.org/10.1234/own</dc:identifier>
 <dc:identifier type="citation">Doe, A. (2020). Tides. Sea Letters, 5(1), 10-12.</dc:identifier>
 <dcterms:isPartOf>https://doi.org/10.1234/whole</dcterms:isPartOf><dcterms:references>10.1234/cited</dcterms:references>
 <dc:type>Article</dc:type><dc:language>en</dc:language>
 <dcterms:license>https://creativecommons.org/licenses/by/4.0/</dcterms:license>
 <dcterms:extent>3 pages</dcterms:extent></{root}>"""


@pytest.mark.parametrize(
    ("root", "prefix"), [("qualifieddc", "oai_qdc"), ("dcterms", "dcterms"), ("qdc", "qdc"), ("qualifieddc", "x")]
)
def test_terms_are_read_under_every_name_of_the_format(root, prefix):
    item = read(QDC.format(root=root), prefix)
    assert (item.title[0].value, item.alternative[0].value, item.abstract[0].value) == (
        "Tides",
        "Ebb and flow",
        "Short.",
    )
    assert (item.date.edtf, [(date.edtf, date.kind) for date in item.dates]) == (
        "2020-03", [("2021-06-16", "available")],
    )  # fmt: skip
    assert (item.container.title, item.volume, item.issue, item.pages.end) == ("Sea Letters", "5", "1", "12")
    assert ([term.label for term in item.resource_type], item.rights[0].label) == (["journal article"], "CC BY 4.0")
    assert item.extra == {"extent": ("3 pages",)}


def test_dois_of_relations_stay_links():
    item = read(QDC.format(root="qualifieddc"), "qdc")
    assert item.doi == "10.1234/own"
    assert [(link.relation, link.doi) for link in item.links] == [
        ("is_part_of", "10.1234/whole"), ("references", "10.1234/cited"),
    ]  # fmt: skip
