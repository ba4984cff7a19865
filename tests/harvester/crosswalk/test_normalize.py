"""Whole records through the normaliser: what is said is kept, what is not said is not invented."""

import pytest
from lxml import etree

from harvester.crosswalk.normalize import normalize
from harvester.item import Agent, Container, Date, Funding, Identifier, Link, Pages, Term, Text
from harvester.parsing.record import Record, RecordError
from tests.repository import oai_dc

CITATION = (
    "Cannata, M., Cohen-Vogel, L., & Sorum, M. (2017). Partnering for Improvement: Improvement Communities and Their "
    "Role in Scale Up. Peabody Journal of Education, 92(5), 569–588. https://doi.org/10.1080/0161956X.2017.1368633"
)
TITLE = "Partnering for Improvement: Improvement Communities and Their Role in Scale Up"


def read(xml, prefix="oai_dc"):
    return normalize(Record("oai:r:1", "2025-01-01", (), deleted=False, metadata=etree.fromstring(xml)), prefix)


def test_the_item_every_test_knows_from_plain_dublin_core():
    item = read(
        oai_dc(
            title=TITLE,
            creator=["Cannata, M.", "Cohen-Vogel, L.", "Sorum, M."],
            date="",
            type=[
                "Research/Scholarly Media",
                "Published Text",
                "Preprint/Forthcoming Resource",
                "Methodological",
                "Empirical",
            ],
            identifier=[CITATION, "https://doi.org/10.1080/0161956X.2017.1368633"],
            relation="info:eu-repo/grantAgreement/Institute%20of%20Education%20Sciences%20%28IES%29//"
            "Institute%20of%20Education%20Sciences%20Grant%20%23R305C10023",
        )
    )
    assert item.title == (Text(TITLE),)
    assert [agent.name for agent in item.creator] == ["Cannata, M.", "Cohen-Vogel, L.", "Sorum, M."]
    assert item.date == Date("2017", 2017, "year", "issued", "2017")
    assert (item.volume, item.issue) == ("92", "5")
    assert (item.pages.start, item.pages.end, item.pages.count) == ("569", "588", 20)
    assert item.container == Container("Peabody Journal of Education")
    assert [term.label for term in item.resource_type] == ["Research/Scholarly Media"]
    assert [term.label for term in item.resource_status] == ["Published Text", "Preprint/Forthcoming Resource"]
    assert [term.label for term in item.genre] == ["Methodological", "Empirical"]
    assert item.funding[0].funder == "Institute of Education Sciences (IES)"
    assert item.funding[0].number == "Institute of Education Sciences Grant #R305C10023"
    assert item.doi == "10.1080/0161956x.2017.1368633"
    assert item.citation.text == CITATION
    assert [identifier.scheme for identifier in item.identifier] == ["doi"]
    assert item.quality == ("date_from_citation",)
    assert item.origin == dict.fromkeys(("volume", "issue", "pages", "container", "date"), "citation")


def test_nested_datacite():
    item = read(
        """<resource xmlns="http://datacite.org/schema/kernel-4">
        <identifier identifierType="DOI">10.1234/AB</identifier>
        <creators><creator><creatorName nameType="Personal">Cannata, M.</creatorName><givenName>Marisa</givenName>
          <familyName>Cannata</familyName>
          <nameIdentifier nameIdentifierScheme="ORCID">https://orcid.org/0000-0002-1825-0097</nameIdentifier>
          <affiliation affiliationIdentifier="https://ror.org/02vm5rt34" affiliationIdentifierScheme="ROR">Vanderbilt
          University</affiliation></creator>
          <creator><creatorName nameType="Organizational">Institute of Things</creatorName></creator></creators>
        <titles><title xml:lang="en">Main</title><title titleType="TranslatedTitle" xml:lang="de">Haupt</title></titles>
        <publisher>Press</publisher><publicationYear>2017</publicationYear>
        <dates><date dateType="Issued">2017-05</date><date dateType="Collected">2014-03-01/2014-03-31</date></dates>
        <resourceType resourceTypeGeneral="Text">Journal Article</resourceType>
        <fundingReferences><fundingReference><funderName>A Funder</funderName>
          <funderIdentifier funderIdentifierType="ROR">https://ror.org/1</funderIdentifier>
          <awardNumber awardURI="https://a.example/7">7</awardNumber></fundingReference></fundingReferences>
        <relatedItems><relatedItem relationType="IsPublishedIn" relatedItemType="Journal">
          <relatedItemIdentifier relatedItemIdentifierType="ISSN">0161-956X</relatedItemIdentifier>
          <titles><title>A Journal</title></titles><volume>92</volume><issue>5</issue><firstPage>1</firstPage>
          <lastPage>12</lastPage></relatedItem></relatedItems>
        <relatedIdentifiers>
          <relatedIdentifier relatedIdentifierType="DOI" relationType="HasPart">10.1234/P</relatedIdentifier>
          <relatedIdentifier relatedIdentifierType="URL" relationType="Cites">https://x.example/</relatedIdentifier>
        </relatedIdentifiers>
        <rightsList><rights rightsURI="https://creativecommons.org/licenses/by/4.0/">Attribution</rights></rightsList>
        <version>2</version></resource>""",
        "oai_datacite",
    )
    person, organisation = item.creator
    assert (person.given, person.orcid) == ("Marisa", "0000-0002-1825-0097")
    assert (person.affiliation[0].name, person.affiliation[0].ror) == (
        "Vanderbilt University",
        "https://ror.org/02vm5rt34",
    )
    assert organisation == Agent("Institute of Things", kind="organization")
    assert item.alternative == (Text("Haupt", "de", "translated"),)
    assert item.date == Date("2017-05", 2017, "month", "issued", "2017-05")
    assert [(date.edtf, date.kind) for date in item.dates] == [
        ("2017", "issued"),
        ("2014-03-01/2014-03-31", "collected"),
    ]
    assert [term.label for term in item.resource_type] == ["journal article"]
    assert item.funding == (Funding("A Funder", "https://ror.org/1", "7", None, "https://a.example/7"),)
    assert item.container == Container("A Journal", "journal", ("0161-956X",))
    assert (item.volume, item.issue, item.pages) == ("92", "5", Pages("1-12", "1", "12", 12))
    assert item.links == (Link("has_part", doi="10.1234/p"), Link("references", url="https://x.example/"))
    assert (item.rights[0].label, item.rights[0].literal) == ("CC BY 4.0", "Attribution")
    assert item.extra == {"oai_datacite_version": ("2",)}
    assert item.origin == {}


@pytest.mark.parametrize(
    ("own", "uri"),
    [("", "https://doi.org/10.13039/100000001"), ("https://ror.org/021nxhr62", "https://ror.org/021nxhr62")],
)
def test_funder_has_one_name_in_every_format(own, uri):
    nested = read(
        f"""<resource xmlns="http://datacite.org/schema/kernel-4"><fundingReferences><fundingReference>
          <funderName>National Science Foundation (NSF)</funderName><funderIdentifier>{own}</funderIdentifier>
          <awardNumber>DRL-1</awardNumber></fundingReference></fundingReferences></resource>""",
        "oai_datacite",
    )
    plain = read(oai_dc(relation="info:eu-repo/grantAgreement/National%20Science%20Foundation%20%28NSF%29//DRL-1"))
    assert nested.funding == (Funding("National Science Foundation", uri, "DRL-1"),)
    assert plain.funding[0].funder == nested.funding[0].funder


@pytest.mark.parametrize(
    ("dates", "date", "others"),
    [
        (["2008-08-25T19:00:49Z", "2008-08-25T19:00:49Z", "1999-05"], "1999-05", ["2008-08-25", "2008-08-25"]),
        (["2016-04-01T07:00:00Z"], "2016-04-01", []),
        (["2016-01-01T08:00:00Z"], "2016", []),
        (["2014-12-22", "2015-03-01"], "2014-12-22", ["2015-03-01"]),
        (["2015", "2015-06-01"], "2015-06-01", ["2015"]),
        (["info:eu-repo/date/embargoEnd/2018-05-27", "2017"], "2017", ["2018-05-27"]),
        (["2015-10-05", "2013-07-15", "2003"], "2003", ["2015-10-05", "2013-07-15"]),
        (["2014-12-23T23:06:53Z", "2014-09", "2013-10"], "2014-09", ["2014-12-23", "2013-10"]),
        (["2015-10-05", "2013-08-19"], "2013-08-19", ["2015-10-05"]),
        (["undated"], None, [None]),
        (["undated", "2007-01-03T08:09:03Z"], None, [None, "2007-01-03"]),
        ([":unav"], None, []),
    ],
)
def test_form_and_kind_decide_which_date_is_the_works_own(dates, date, others):
    item = read(oai_dc(title="t", date=dates))
    assert (item.date.edtf if item.date else None) == date
    assert [other.edtf for other in item.dates] == others


def test_date_that_is_not_understood_keeps_its_words_and_is_flagged():
    item = read(oai_dc(title="t", date="sometime in spring"))
    assert (item.date, item.dates[0].literal) == (None, "sometime in spring")
    assert item.quality == ("date_not_understood",)


def test_doi_in_a_relation_stays_a_relation():
    item = read(oai_dc(title="t", relation=["10.1000/other", "https://x.example/a", "Series;12", "A talk; isPartOf"]))
    assert item.doi is None
    assert item.links == (
        Link("relation", doi="10.1000/other"),
        Link("relation", url="https://x.example/a"),
        Link("relation", title="Series;12"),
        Link("is_part_of", title="A talk"),
    )


def test_second_doi_is_an_alternate_one_and_other_identifiers_are_kept():
    item = read(oai_dc(title="t", identifier=["box 3, folder 7", "doi:10.1234/a", "https://doi.org/10.5281/zenodo.1"]))
    assert item.doi == "10.1234/a"
    assert Identifier("doi", "10.5281/zenodo.1", "https://doi.org/10.5281/zenodo.1", "alternate") in item.identifier
    assert Identifier("other", "box 3, folder 7") in item.identifier


def test_longest_description_is_the_abstract_and_the_others_stay():
    abstract = "This study follows three districts over five years and reports what their teachers learned from it."
    item = read(
        oai_dc(title="t", description=["12 pages", abstract, "Submitted by A. B. (ab@x.example) on 2010-01-01"])
    )
    assert [text.value for text in item.abstract] == [abstract]
    assert len(item.description) == 2


def test_types_are_split_over_their_axes_and_a_general_word_gives_way():
    item = read(
        oai_dc(title="t", type=["Text", "Article", "PeerReviewed", "publishedVersion", "application/pdf", "Odd"])
    )
    assert [term.label for term in item.resource_type] == ["journal article", "Odd"]
    assert len(item.resource_status) == 2
    assert item.extra["format"] == ("application/pdf",)
    assert Term("Odd", "Odd") in item.resource_type


def test_creators_of_the_citation_are_taken_only_where_there_are_none():
    assert read(oai_dc(title="t", identifier=CITATION)).creator[0].name == "Cannata, M."
    (given,) = read(oai_dc(title="t", identifier=CITATION, creator="Else, A.")).creator
    assert given.name == "Else, A."


def test_people_with_their_roles_in_brackets_are_creators_and_publishers():
    item = read(
        oai_dc(title="t", contributor=["Roe, Ann (Author)", "Doe, Bo (Editor)", "Geological Survey (Publisher)"])
    )
    assert [(agent.name, agent.role) for agent in item.creator] == [("Roe, Ann", None)]
    assert ("Doe, Bo", "editor") in [(agent.name, agent.role) for agent in item.contributor]
    assert item.publisher == ("Geological Survey",)


def test_volume_and_issue_of_an_article_are_read_from_its_address():
    item = read(oai_dc(title="t", source="Quarterly", identifier="http://r.example.org/mpq/vol61/iss1/5"))
    assert (item.volume, item.issue, item.container.title) == ("61", "1", "Quarterly")
    assert item.origin["volume"] == item.origin["issue"] == "address"


@pytest.mark.parametrize("source", ["Ann Roe", "Ann M. Roe"])
def test_source_that_is_a_creators_own_page_is_no_container(source):
    assert read(oai_dc(title="t", source=source, creator=["Roe, Ann", "Doe, Bo"])).container is None


def test_source_that_is_a_publisher_is_no_container():
    assert read(oai_dc(title="t", source="State of Utah", publisher=["Library", "State of Utah"])).container is None


def test_series_that_dublin_core_of_datacite_names_is_the_container():
    said = ["Abstract", "What it says.", "SeriesInformation", "Tides and Shores; 12(3):Doc17; ISSN 0028-0836"]
    item = read(oai_dc(title="t", description=said))
    assert (item.container.title, item.volume, item.issue) == ("Tides and Shores", "12", "3")
    assert read(oai_dc(title="t", description=said[3:])).container is None


def test_issue_without_a_volume_is_kept():
    item = read(oai_dc(title="t", relation="Revue ; no. 60 (2015)"))
    assert (item.container.title, item.volume, item.issue) == ("Revue", None, "60")


def test_title_ends_before_a_librarys_mark():
    assert read(oai_dc(title="A catalogue of seeds /")).title[0].value == "A catalogue of seeds"


def test_brackets_of_a_cataloguer_are_not_the_publishers():
    assert read(oai_dc(title="t", publisher=["[Press]", "[s.n.?] (Paris)"])).publisher == ("Press", "[s.n.?] (Paris)")


@pytest.mark.parametrize(
    ("header", "payload", "doi"),
    [
        ("doi:10.18710/4XTXMH", "https://hdl.handle.net/1/2", "10.18710/4xtxmh"),
        ("oai:r.example.org:doi:10.1234/A", "7", "10.1234/a"),
        ("doi:10.1234/header", "doi:10.1234/own", "10.1234/own"),
        ("oai:r.example.org:10.1234/a", "7", None),
    ],
)
def test_identifier_of_the_record_is_its_doi_where_it_says_so_and_the_payload_has_none(header, payload, doi):
    metadata = etree.fromstring(oai_dc(title="t", identifier=payload))
    item = normalize(Record(header, "2025-01-01", (), deleted=False, metadata=metadata), "oai_dc")
    assert item.doi == doi
    assert (item.origin.get("doi") == "header") == (payload in {"7", "https://hdl.handle.net/1/2"} and doi is not None)


def test_year_of_publication_goes_before_datacites_date_of_issue():
    item = read(
        """<resource xmlns="http://datacite.org/schema/kernel-4"><titles><title>t</title></titles>
        <dates><date dateType="Issued">2020-01-01</date></dates><publicationYear>2018</publicationYear></resource>""",
        "oai_datacite",
    )
    assert (item.date.edtf, item.dates[0].edtf) == ("2018", "2020-01-01")


def test_journal_in_a_relation_is_a_container_and_its_doi_is_none():
    item = read(oai_dc(title="t", relation="Revue ; vol. 68 no. 3-4 (2015)"))
    assert (item.container.title, item.volume, item.issue, item.doi) == ("Revue", "68", "3-4", None)


def test_particular_thesis_is_not_called_a_thesis_as_well():
    item = read(oai_dc(title="t", type=["Electronic Thesis or Dissertation", "doctoral"]))
    assert [term.label for term in item.resource_type] == ["doctoral thesis"]
    film = read(oai_dc(title="t", type=["Moving Image", "Video"]))
    assert [term.label for term in film.resource_type] == ["video"]


def test_several_languages_in_one_value_are_told_apart():
    assert [one.tag for one in read(oai_dc(title="t", language=["en fr", "Spanish"])).language] == ["en", "fr", "es"]


def test_record_without_a_title_is_kept_and_flagged():
    assert read(oai_dc(creator="A, B.")).quality == ("no_title",)


def test_record_without_any_value_is_set_aside():
    with pytest.raises(RecordError) as caught:
        read(oai_dc())
    assert caught.value.cause == "empty_metadata"


def test_undeclared_property_may_not_take_the_name_of_a_declared_one():
    item = read("<resource><colour>red</colour><year>1999</year></resource>", "oai_datacite")
    assert item.extra == {"colour": ("red",), "oai_datacite_year": ("1999",)}
