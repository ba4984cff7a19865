"""MARC 21 in XML: fields by tag, coded fields by place, other works' DOIs as links."""

import pytest

from tests.harvester.mappings.reading_records import read


def marc(*fields, leader="00000nam a2200000 a 4500", fixed="200101s1998    sz ||||| |||| 00| 0 ger d"):
    data = "".join(
        f'<datafield tag="{tag[:3]}" ind1=" " ind2="{tag[3:] or " "}">'
        + "".join(f'<subfield code="{piece[0]}">{piece[1:]}</subfield>' for piece in pieces)
        + "</datafield>"
        for tag, *pieces in fields
    )
    control = f'<controlfield tag="008">{fixed}</controlfield>'
    return f'<record xmlns="http://www.loc.gov/MARC21/slim"><leader>{leader}</leader>{control}{data}</record>'


@pytest.mark.parametrize(
    ("field", "title"),
    [
        (("245", "aA title :", "bits rest /", "cby me"), "A title : its rest"),
        (("245", "aA title", "bits rest"), "A title: its rest"),
        (("245", "aA title.", "n2,", "pThe part /"), "A title. 2, The part"),
    ],
)
def test_title_joins_its_subfields(field, title):
    assert read(marc(field), "marcxml").title[0].value == title


def test_coded_year_and_language_serve_where_no_field_says_them():
    item = read(marc(("245", "aT")), "marc21")
    assert (item.date.edtf, item.language[0].tag, item.resource_type[0].label) == ("1998", "de", "book")


def test_year_of_the_imprint_goes_before_the_coded_one():
    item = read(marc(("245", "aT"), ("264" + "1", "bPress,", "c[2015]"), ("264" + "4", "c©2016")), "marcxml")
    assert (item.date.edtf, item.dates, item.publisher) == ("2015", (), ("Press",))


def test_doi_of_a_host_stays_a_link():
    item = read(
        marc(("245", "aT"), ("773", "tHost", "x0028-0836", "gVol. 3, no. 2, p. 5-9", "o10.1234/host")), "marc21"
    )
    assert item.doi is None
    assert [link.doi for link in item.links] == ["10.1234/host"]
    assert (item.container.title, item.container.issn, item.volume, item.issue) == ("Host", ("0028-0836",), "3", "2")
    assert (item.pages.start, item.pages.end) == ("5", "9")


def test_own_doi_and_roles():
    item = read(
        marc(
            ("024", "a10.1234/OWN", "2doi"), ("100", "aDoe, Ann."), ("700", "aRoe, Bo,", "eeditor."),
            ("700", "aCole, C.", "4aut"), ("700", "aPart, P.", "tContained work"), ("245", "aT"),
        ),
        "marcxml",
    )  # fmt: skip
    assert item.doi == "10.1234/own"
    assert [agent.name for agent in item.creator] == ["Doe, Ann", "Cole, C."]
    assert [(agent.name, agent.role) for agent in item.contributor] == [("Roe, Bo", "editor")]


def test_record_of_invenio_names_people_type_and_funding_in_local_fields():
    item = read(
        """<record xmlns="http://www.loc.gov/MARC21/slim">
        <datafield tag="245"><subfield code="a">Thesis</subfield></datafield>
        <datafield tag="502"><subfield code="b">Bc.</subfield></datafield>
        <datafield tag="720"><subfield code="a">Roe, Ann</subfield></datafield>
        <datafield tag="720"><subfield code="i">Doe, Bo</subfield><subfield code="e">advisor</subfield></datafield>
        <datafield tag="980"><subfield code="a">bakalarske_prace</subfield></datafield>
        <datafield tag="999" ind1="C" ind2="1"><subfield code="a">1/2</subfield>
        <subfield code="b">GA</subfield></datafield>
        </record>""",
        "marcxml",
    )
    assert [agent.name for agent in item.creator] == ["Roe, Ann"]
    assert [(agent.name, agent.role) for agent in item.contributor] == [("Doe, Bo", "advisor")]
    assert [term.label for term in item.resource_type] == ["bachelor thesis"]
    assert [(grant.funder, grant.number) for grant in item.funding] == [("GA", "1/2")]
