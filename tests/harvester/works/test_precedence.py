"""Who wins: records and the registry of a DOI, field by field."""

import itertools

from harvester.item import Agent, Date, Funding, Metadata, Provenance, Subject, Term, Text
from harvester.works.precedence import Source, load_precedence, merge


def of_record(**fields):
    return Source("record", Metadata(**fields), record=Provenance("here", "oai_dc", "1", "2026-01-01"))


def of_registry(**fields):
    return Source("registry", Metadata(**fields), doi="10.1000/1")


def test_the_registry_gives_the_place_and_the_record_what_is_of_its_copy():
    record = of_record(volume="1", resource_status=(Term("Preprint"),), date=Date("2016", 2016))
    registry = of_registry(volume="2", resource_status=(Term("Retracted"),), date=Date("2017", 2017))
    for sources in itertools.permutations((record, registry)):
        joined = merge(sources)
        assert (joined.volume, joined.date.edtf) == ("2", "2017")
        assert joined.resource_status == (Term("Preprint"), Term("Retracted"))  # registries give no other status
        assert joined.origin == {"volume": "registry", "date": "registry"}


def test_a_record_keeps_the_subtitle_that_the_registry_lost():
    registry = of_registry(title=(Text("On Schools"),))
    assert merge([of_record(title=(Text("On schools: a survey"),)), registry]).title == (Text("On schools: a survey"),)
    assert merge([of_record(title=(Text("Of other things: a survey"),)), registry]).title == (Text("On Schools"),)


def test_the_registry_gives_creators_only_where_it_has_as_many():
    one, two = (Agent("Roe, R."),), (Agent("Roe, Richard"), Agent("Doe, J."))
    assert merge([of_record(creator=two), of_registry(creator=one)]).creator == two
    assert merge([of_record(creator=one), of_registry(creator=two)]).creator == two


def test_a_thesis_stays_one_whatever_the_registry_says():
    book = of_registry(resource_type=(Term("book"),))
    assert merge([of_record(resource_type=(Term("doctoral thesis"),)), book]).resource_type == (
        Term("doctoral thesis"),
    )
    assert merge([of_record(resource_type=(Term("text"),)), book]).resource_type == (Term("book"),)


def test_the_longest_abstract_wins_and_subjects_and_funding_are_united():
    record = of_record(abstract=(Text("long and good"),), subject=(Subject("a"),), funding=(Funding("A"),))
    registry = of_registry(abstract=(Text("short"),), subject=(Subject("b"), Subject("a")), funding=(Funding("B"),))
    joined = merge([record, registry])
    assert joined.abstract == (Text("long and good"),)
    assert joined.subject == (Subject("a"), Subject("b"))
    assert joined.funding == (Funding("B"), Funding("A"))


def test_a_grant_that_two_sources_name_is_one():
    record = of_record(funding=(Funding("The Fund", number="7"), Funding("The Fund", number="8")))
    registry = of_registry(funding=(Funding("The  fund", "https://doi.org/10.13039/1", "7"),))
    assert [grant.number for grant in merge([record, registry]).funding] == ["7", "8"]


def test_the_table_names_only_fields_that_items_have():
    assert set(load_precedence().fields) <= set(Metadata.__struct_fields__)
