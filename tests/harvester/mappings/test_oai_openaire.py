"""OpenAIRE 4, whose root has the name of DataCite's."""

import pytest

from tests.harvester.mappings.reading_records import read

OPENAIRE = """<oaire:resource xmlns:oaire="http://namespace.openaire.eu/schema/oaire/"
  xmlns:datacite="http://datacite.org/schema/kernel-4" xmlns:dc="http://purl.org/dc/elements/1.1/">
 <datacite:titles><datacite:title>Lamps</datacite:title></datacite:titles>
 <datacite:creators><datacite:creator><datacite:creatorName>Farol, Ana</datacite:creatorName>
  <datacite:nameIdentifier nameIdentifierScheme="ORCID">https://orcid.org/0000-0002-1825-0097</datacite:nameIdentifier>
 </datacite:creator></datacite:creators>
 <oaire:fundingReferences><oaire:fundingReference><oaire:funderName>Lamp Fund</oaire:funderName>
  <oaire:awardNumber>7</oaire:awardNumber></oaire:fundingReference></oaire:fundingReferences>
 <datacite:relatedIdentifiers><datacite:relatedIdentifier relatedIdentifierType="DOI"
  relationType="References">10.1234/cited</datacite:relatedIdentifier></datacite:relatedIdentifiers>
 <datacite:dates><datacite:date dateType="Available">2023-08-01</datacite:date>
  <datacite:date dateType="Issued">2023-06</datacite:date></datacite:dates>
 <dc:publisher>Coast</dc:publisher>
 <oaire:resourceType uri="http://purl.org/coar/resource_type/c_6501">artigo</oaire:resourceType>
 <datacite:identifier identifierType="DOI">10.1234/own</datacite:identifier>
 <datacite:rights rightsURI="http://purl.org/coar/access_right/c_abf2">open access</datacite:rights>
 <oaire:licenseCondition uri="https://creativecommons.org/licenses/by/4.0/">CC BY</oaire:licenseCondition>
 <oaire:version uri="http://purl.org/coar/version/c_ab4af688f83e57aa">AM</oaire:version>
 <oaire:citationTitle>Signals 2000</oaire:citationTitle><oaire:citationVolume>12</oaire:citationVolume>
 <oaire:citationStartPage>201</oaire:citationStartPage><oaire:citationEndPage>219</oaire:citationEndPage>
</oaire:resource>"""


def test_word_that_there_is_no_funder_is_no_funder():
    item = read(OPENAIRE.replace("Lamp Fund", "Funding information not available."), "oai_openaire")
    assert [(grant.funder, grant.number) for grant in item.funding] == [(None, "7")]


@pytest.mark.parametrize("prefix", ["oai_openaire", "unknown"])
def test_openaire_is_known_by_prefix_and_by_namespace(prefix):
    item = read(OPENAIRE, prefix)
    assert (item.title[0].value, item.creator[0].name, item.creator[0].orcid) == (
        "Lamps", "Farol, Ana", "0000-0002-1825-0097",
    )  # fmt: skip
    assert (item.date.edtf, item.publisher, item.access.label) == ("2023-06", ("Coast",), "open access")
    assert (item.container.title, item.volume, item.pages.start, item.pages.end) == ("Signals 2000", "12", "201", "219")
    assert [term.label for term in (*item.resource_type, *item.resource_status)] == [
        "journal article", "accepted version",
    ]  # fmt: skip
    assert "CC BY 4.0" in [rights.label for rights in item.rights]
    assert (item.funding[0].funder, item.funding[0].number) == ("Lamp Fund", "7")
    assert (item.doi, [link.doi for link in item.links]) == ("10.1234/own", ["10.1234/cited"])
