"""Theses: ETD-MS and the British UKETD_DC."""

from tests.harvester.mappings.reading_records import read

ETDMS = """<thesis xmlns="http://www.ndltd.org/standards/metadata/etdms/1.1/"><title>Bridges</title>
 <creator>Ferry, Agnes</creator><publisher>University</publisher><contributor role="advisor">Ford, Basil</contributor>
 <date>2011-11</date><type>Electronic Thesis or Dissertation</type><identifier>https://t.example.org/77</identifier>
 <language>en</language><rights>In the public domain</rights><degree><name>Doctor of Philosophy</name>
 <level>{level}</level><discipline>Geography</discipline><grantor>University</grantor></degree></thesis>"""
UKETD = """<u:uketddc xmlns:u="http://naca.central.cranfield.ac.uk/ethos-oai/2.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"
 xmlns:t="http://naca.central.cranfield.ac.uk/ethos-oai/terms/"><dc:title>Fens</dc:title>
 <dc:creator>Mole, Ida</dc:creator>
 <t:advisor>Ford, Basil</t:advisor><dcterms:abstract>Wet.</dcterms:abstract><dcterms:issued>2012-05</dcterms:issued>
 <dc:type>Thesis (Doctoral)</dc:type><dcterms:isReferencedBy>https://r.example.org/9</dcterms:isReferencedBy>
 <t:sponsor>Fen Fund</t:sponsor><t:grantnumber>F-1</t:grantnumber>
 <t:embargodate>2014-01-01</t:embargodate></u:uketddc>"""


def test_level_of_the_degree_tells_the_type():
    for level, label in (("doctoral", "doctoral thesis"), ("Masters", "master thesis")):
        item = read(ETDMS.format(level=level), "oai_etdms")
        assert [term.label for term in item.resource_type] == [label]
    assert (item.title[0].value, item.creator[0].name, item.publisher) == ("Bridges", "Ferry, Agnes", ("University",))
    assert (item.date.edtf, item.rights[0].label) == ("2011-11", "Public domain")
    assert [(agent.name, agent.role) for agent in item.contributor] == [("Ford, Basil", "advisor")]
    assert item.extra["degree_discipline"] == ("Geography",)


def test_british_thesis():
    item = read(UKETD, "uketd_dc")
    assert (item.title[0].value, item.abstract[0].value, item.date.edtf) == ("Fens", "Wet.", "2012-05")
    assert [(date.edtf, date.kind) for date in item.dates] == [("2014-01-01", "embargo_end")]
    assert [(agent.name, agent.role) for agent in item.contributor] == [("Ford, Basil", "advisor")]
    assert [(grant.funder, grant.number) for grant in item.funding] == [("Fen Fund", "F-1")]
    assert item.identifier[0].value == "https://r.example.org/9"
