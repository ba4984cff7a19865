"""What registered works say, from the shapes that the registries' documentation and recorded answers have."""

import msgspec
import pytest

from harvester.dois.datacite import map_datacite
from harvester.dois.limits import read_limits
from harvester.dois.works import map_work
from harvester.item import Container, Funding, Link


def work(**fields):
    return map_work(msgspec.json.encode({"DOI": "10.5555/X", "title": ["T"], **fields}))


def dated(*parts):
    return {"date-parts": [list(parts)]}


def test_a_date_that_is_null_is_no_date():
    said = work(issued={"date-parts": [[None]]})
    assert said.date is None
    assert "no_date" in said.quality


def test_the_earliest_publication_is_the_date_and_the_finer_of_two_that_agree():
    both = {"published-print": dated(2010, 5), "published-online": dated(2009, 12, 3), "issued": dated(2009, 12)}
    assert work(**both).date.edtf == "2009-12-03"
    assert work(**{"published-print": dated(2010, 5), "published-online": dated(2010, 5, 7)}).date.edtf == "2010-05-07"
    assert work(created=dated(2014, 8, 19), issued=dated(2010)).date.edtf == "2010"


def test_a_retraction_of_a_work_is_its_status_and_one_that_it_makes_is_a_link():
    retracted = work(**{"updated-by": [{"DOI": "10.5555/R", "type": "retraction"}]})
    assert [term.label for term in retracted.resource_status] == ["Retracted"]
    assert "retracted" in retracted.quality
    assert retracted.links == (Link("is_updated_by", doi="10.5555/r"),)
    notice = work(**{"update-to": [{"DOI": "10.5555/R", "type": "retraction"}]})
    assert (notice.resource_status, notice.quality, notice.links) == (
        (),
        ("no_date",),
        (Link("updates", doi="10.5555/r"),),
    )
    corrected = work(**{"updated-by": [{"DOI": "10.5555/c", "type": "correction"}]})
    assert [term.label for term in corrected.resource_status] == ["Corrected"]


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        ("Retraction", "Retracted"),
        ("retration", "Retracted"),
        ("partial-retraction", "Retracted"),
        ("Withdrawal", "Retracted"),
        ("Removal", "Retracted"),
        ("expression-of-concern", "Expression of Concern"),
        ("Corrigendum", "Corrected"),
        ("err", "Corrected"),
        ("corrected-article", "Corrected"),
        ("new_version", None),
        ("correspondence", None),
    ],
)
def test_every_word_for_a_notice_gives_its_status(kind, label):
    said = work(**{"updated-by": [{"DOI": "10.5555/N", "type": kind, "source": "retraction-watch"}]})
    assert [term.label for term in said.resource_status] == ([label] if label else [])
    assert said.links == (Link("is_updated_by", doi="10.5555/n"),)


def test_relations_funders_and_licences_keep_their_identifiers():
    said = work(
        relation={"is-preprint-of": [{"id-type": "doi", "id": "10.5555/Y", "asserted-by": "subject"}], "cites": []},
        funder=[{"name": "NSF", "DOI": "10.13039/100000001", "award": ["1", "2"]}],
        license=[
            {"URL": "http://creativecommons.org/licenses/by/4.0/", "content-version": "vor"},
            {"URL": "https://publisher.example/tdm", "content-version": "tdm"},
        ],
    )
    assert said.links == (Link("is_preprint_of", doi="10.5555/y"),)
    assert said.funding == tuple(Funding("NSF", "https://doi.org/10.13039/100000001", number) for number in "12")
    assert [rights.label for rights in said.rights] == ["CC BY 4.0"]


def test_csl_json_has_the_same_facts_in_single_texts():
    said = map_work(
        b'{"DOI":"https://doi.org/10.1400/1","type":"article-journal","title":"Titolo","container-title":"Rivista",'
        b'"ISSN":"1234-5679","issued":{"date-parts":[["2016","12"]]},"author":[{"family":"Rossi","given":"A."}],"page":"1-9"}'
    )
    assert (said.doi, said.title[0].value, said.date.edtf) == ("10.1400/1", "Titolo", "2016-12")
    assert said.container == Container("Rivista", "journal", ("1234-5679",))
    assert (said.creator[0].name, said.pages.end, said.resource_type[0].label) == ("Rossi, A.", "9", "journal article")


def test_datacite_gives_the_year_where_no_day_is_said():
    said = map_datacite(
        b'{"id":"x","attributes":{"doi":"10.5061/X","titles":[{"title":"Data"},{"title":"Daten","titleType":"TranslatedTitle"}],'
        b'"creators":[{"name":"Maker, A.","affiliation":[{"name":"U","affiliationIdentifier":"https://ror.org/00abcde12"}]}],'
        b'"publisher":{"name":"Dryad"},"publicationYear":2011,"types":{"resourceTypeGeneral":"Dataset"},'
        b'"relatedIdentifiers":[{"relationType":"IsSupplementTo","relatedIdentifier":"10.1/a","relatedIdentifierType":"DOI"}]}}'
    )
    assert (said.date.edtf, said.publisher, said.resource_type[0].label) == ("2011", ("Dryad",), "dataset")
    assert said.creator[0].affiliation[0].ror == "https://ror.org/00abcde12"
    assert said.alternative[0].kind == "translated"


def test_limits_are_read_from_headers():
    said = read_limits({"x-rate-limit-limit": "50", "x-rate-limit-interval": "10s", "x-concurrency-limit": "5"}, 0.0)
    assert (said.rate, said.concurrent, said.pause_s) == (5.0, 5, None)
    assert read_limits({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "30"}, 0.0).pause_s == 30
    assert read_limits({"x-rate-limit-limit": "many"}, 0.0).rate is None
