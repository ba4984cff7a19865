"""A curator's rules, the names that they are written with, and a work laid open."""

import pytest
from msgspec.structs import replace

from harvester.item import Agent, Date, Identifier, Metadata, Text
from harvester.store.items import get_item
from harvester.store.works.joining import join_works
from harvester.store.works.naming import UnclearNameError, find_named, find_work
from harvester.store.works.ruling import ContradictionError, list_rules, remove_rules, set_rules
from harvester.store.works.showing import show_work
from tests.contract.store.building import NOW, harvest, made_endpoint, record

TITLE = "A survey of schools and their improvement networks"


def work(doi=None, title=TITLE, year=2017):
    identifier = (Identifier("doi", doi),) if doi else ()
    return record_of(title, year, doi=doi, identifier=identifier)


def record_of(title, year, **fields):
    return Metadata(title=(Text(title),), creator=(Agent("Roe, Ann"),), date=Date(str(year), year, "year"), **fields)


@pytest.fixture
def ids(store):
    """Five items: a1 and b1 of one DOI, a2 of another DOI, b2 of one title with it a year too late, b3 of its own."""
    places = {
        "a1": work("10.1000/one"),
        "b1": work("10.1000/one"),
        "a2": work("10.1000/two"),
        "b2": work(year=2012),
        "b3": work(title="Something else that is long enough"),
    }
    for number, (place, metadata) in enumerate(places.items()):
        endpoint = made_endpoint(store, place[0], base_url=f"https://{place[0]}.example/oai")
        row = replace(record(place[1], metadata=metadata), doi=metadata.doi)
        harvest(store, endpoint, [row], now=NOW + number)
    join(store)
    return {place: find_named(store, f"{place[0]} {place[1]}")[0] for place in places}


def join(store):
    while join_works(store, now=NOW + 9):
        pass


def test_items_are_named_by_id_doi_and_record(store, ids):
    assert find_named(store, ids["b1"]) == (ids["b1"],)
    assert set(find_named(store, "https://doi.org/10.1000/ONE")) == {ids["a1"], ids["b1"]}
    assert find_named(store, " b 2 ") == (ids["b2"],)
    assert find_named(store, "3") == (ids["b3"],)
    assert find_work(store, "b 1") == find_work(store, "10.1000/one") == ids["a1"]
    with pytest.raises(UnclearNameError, match="names no item: give an item's id, a DOI, an OAI identifier, or"):
        find_named(store, "10.1000/none")
    with pytest.raises(UnclearNameError, match=f"'2' names 2 works: give the id of one of .*{ids['a2']}"):
        find_named(store, "2")


def test_rules_are_listed_with_names_that_hold_elsewhere_and_taken_back(store, ids):
    set_rules(store, [(ids["b2"], ids["a2"], True), (ids["a1"], ids["b1"], False)], now=NOW)
    join(store)
    assert [get_item(store, ids[place]).merged_into for place in ("b1", "b2")] == [None, ids["a2"]]
    joined, apart = sorted(list_rules(store), key=lambda rule: not rule.joined)
    assert ((joined.one.endpoint, joined.one.identifier, joined.one.doi), joined.one.title) == (
        ("a", "2", "10.1000/two"),
        TITLE,
    )
    assert (joined.joined, joined.other.identifier, apart.joined, apart.at) == (True, "2", False, NOW)
    assert remove_rules(store, [(ids["a2"], ids["b2"]), (ids["b1"], ids["a1"]), (ids["a1"], ids["b3"])]) == 2
    join(store)
    assert [get_item(store, ids[place]).merged_into for place in ("b1", "b2")] == [ids["a1"], None]
    assert list_rules(store) == []


def test_rules_that_cannot_hold_at_once_change_nothing(store, ids):
    set_rules(store, [(ids["b2"], ids["a2"], True)], now=NOW)
    before = list_rules(store)
    with pytest.raises(ContradictionError) as raised:
        set_rules(store, [(ids["a2"], ids["b3"], True), (ids["b2"], ids["b3"], False)], now=NOW + 1)
    assert (raised.value.places, list_rules(store)) == ((1,), before)


def test_a_work_is_shown_with_its_keys_bonds_and_what_is_near(store, ids):
    set_rules(store, [(ids["a1"], ids["b3"], True), (ids["b1"], ids["a2"], False)], now=NOW)
    join(store)
    shown = show_work(store, ids["a1"])
    assert [part.id for part in shown.parts] == [ids["a1"], ids["b1"], ids["b3"]]
    assert (shown.parts[1].records[0].endpoint, shown.parts[1].title) == ("b", TITLE)
    assert shown.parts[0].keys[0] == "doi:10.1000/one"
    assert {(bond.one, bond.other): bond.by for bond in shown.bonds} == {
        (ids["a1"], ids["b1"]): "doi:10.1000/one",
        (ids["a1"], ids["b3"]): "rule",
    }
    reasons = {(one.part, one.id): one.reason for one in shown.near}
    assert reasons == {
        (ids["a1"], ids["a2"]): "each has a DOI of its own",
        (ids["a1"], ids["b2"]): "their years are not known to be the same or next to each other",
        (ids["b1"], ids["a2"]): "a rule keeps them apart",
        (ids["b1"], ids["b2"]): "their years are not known to be the same or next to each other",
    }
    assert shown.common == {}


def test_a_key_that_too_many_share_is_named(store, ids):
    endpoint = made_endpoint(store, "many", base_url="https://many.example/oai")
    harvest(store, endpoint, [record(str(number), metadata=work()) for number in range(100, 145)], now=NOW + 9)
    join(store)
    shown = show_work(store, ids["b2"])
    assert (shown.bonds, shown.near) == ((), ())
    assert [(key.partition(":")[0], count) for key, count in shown.common.items()] == [("title", 49)]
