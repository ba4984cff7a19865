"""Europeana Data Model: one object, and what its references mean."""

from tests.harvester.mappings.reading_records import read

EDM = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:edm="http://www.europeana.eu/schemas/edm/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"
 xmlns:ore="http://www.openarchives.org/ore/terms/" xmlns:skos="http://www.w3.org/2004/02/skos/core#">
 <edm:ProvidedCHO rdf:about="#o"><dc:title>Brae</dc:title><dc:creator rdf:resource="#a"/>
  <dc:subject rdf:resource="#c"/><dc:subject>Settlement</dc:subject><dc:language>English</dc:language>
  <dc:source>Some archive</dc:source><dcterms:isPartOf>3D Icons</dcterms:isPartOf>
  <dcterms:created>1911</dcterms:created>
  <dcterms:isVersionOf rdf:resource="https://doi.org/10.1234/other"/><edm:type>3D</edm:type></edm:ProvidedCHO>
 <edm:WebResource rdf:about="http://f.example.org/1.jpg"><dc:title>A file</dc:title></edm:WebResource>
 <edm:Agent rdf:about="#a"><skos:prefLabel xml:lang="de">Reh, Anna</skos:prefLabel>
  <skos:prefLabel xml:lang="en">Roe, Ann</skos:prefLabel></edm:Agent>
 <skos:Concept rdf:about="#c"><skos:prefLabel xml:lang="en">Houses</skos:prefLabel></skos:Concept>
 <ore:Aggregation rdf:about="#g"><edm:isShownAt rdf:resource="http://p.example.org/1"/>
  <edm:rights rdf:resource="http://rightsstatements.org/vocab/InC/1.0/"/></ore:Aggregation></rdf:RDF>"""


def test_object_and_what_it_refers_to():
    item = read(EDM, "edm")
    assert ([text.value for text in item.title], item.alternative) == (["Brae"], ())
    assert item.creator[0].name == "Roe, Ann"
    assert [subject.value for subject in item.subject] == ["Houses", "Settlement"]
    assert (item.container.title, item.date.edtf, item.rights[0].label) == ("3D Icons", "1911", "In Copyright")
    assert ([term.label for term in item.resource_type], [language.tag for language in item.language]) == (
        ["model"], ["en"],
    )  # fmt: skip
    assert "http://p.example.org/1" in [found.value for found in item.identifier]


def test_doi_of_another_version_stays_a_link():
    item = read(EDM, "oai_edm")
    assert item.doi is None
    assert ("is_version_of", "10.1234/other") in [(link.relation, link.doi) for link in item.links]
