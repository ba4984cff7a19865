"""RIOXX 2 and 3."""

import pytest

from tests.harvester.mappings.reading_records import read

SPACES = """xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"
 xmlns:ali="http://www.niso.org/schemas/ali/1.0/" xmlns:r="http://docs.rioxx.net/schema/v3.0/rioxxterms/" """
THREE = f"""<rioxx xmlns="http://www.rioxx.net/schema/v3.0/rioxx/" {SPACES}>
 <ali:license_ref start_date="2024-03-01">https://creativecommons.org/licenses/by/4.0/</ali:license_ref>
 <dc:language>en-GB</dc:language><dc:publisher>Press</dc:publisher><dc:title>Pools</dc:title>
 <dcterms:dateAccepted>2024-02-20</dcterms:dateAccepted>
 <r:creator><r:name>Doe, Ann</r:name><r:id>https://orcid.org/0000-0002-1825-0097</r:id></r:creator>
 <r:creator><r:name>Roe, Bo</r:name><r:id>https://isni.org/isni/0000000121032683</r:id></r:creator>
 <r:grant funder_name="Shore Council" funder_id="https://ror.org/00exampl0">T/42</r:grant>
 <r:publication_date>2024-03-01</r:publication_date>
 <r:record_public_release_date>2024-05-02</r:record_public_release_date>
 <r:relation rel="item">https://r.example.org/1.pdf</r:relation>
 <r:relation rel="cite-as">https://doi.org/10.1234/Own</r:relation>
 <r:ext_relation rel="cites">https://doi.org/10.1234/cited</r:ext_relation>
 <dc:type>https://purl.org/coar/resource_type/c_6501/</dc:type></rioxx>"""
TWO = f"""<rioxx xmlns="http://www.rioxx.net/schema/v2.0/rioxx/" {SPACES}>
 <dc:title>Pools</dc:title><r:author id="https://orcid.org/0000-0002-1825-0097">Doe, Ann</r:author>
 <r:version>{{version}}</r:version>
 <r:version_of_record>https://doi.org/10.1234/record</r:version_of_record></rioxx>"""


def test_third_version():
    item = read(THREE, "rioxx")
    assert (item.title[0].value, item.doi, item.date.edtf) == ("Pools", "10.1234/own", "2024-03-01")
    assert [(agent.name, agent.orcid) for agent in item.creator] == [
        ("Doe, Ann", "0000-0002-1825-0097"), ("Roe, Bo", None),
    ]  # fmt: skip
    assert [(grant.funder, grant.number) for grant in item.funding] == [("Shore Council", "T/42")]
    assert [term.label for term in item.resource_type] == ["journal article"]
    assert (item.links[0].doi, item.rights[0].label) == ("10.1234/cited", "CC BY 4.0")


@pytest.mark.parametrize(
    ("version", "doi", "role"), [("AM", None, "version"), ("VoR", "10.1234/record", "self"), ("NA", None, "version")]
)
def test_doi_of_the_version_of_record_is_the_own_one_of_that_version_only(version, doi, role):
    item = read(TWO.format(version=version), "rioxx2")
    assert (item.doi, item.identifier[0].role) == (doi, role)
    assert (item.creator[0].name, item.creator[0].orcid) == ("Doe, Ann", "0000-0002-1825-0097")
