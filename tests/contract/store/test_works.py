"""One item from many records: whatever the order of arrival, and back again."""

import random

import msgspec
import pytest
from sqlalchemy import select

from harvester.item import Agent, Date, Identifier, Metadata, Pages, Text
from harvester.store.items import count_items, find_items, get_item, iter_items
from harvester.store.outbox import claim_outbox
from harvester.store.tables import records, work_keys
from harvester.store.works.edits import put_edits
from harvester.store.works.joining import join_works
from harvester.store.works.ruling import set_rules
from tests.contract.store.building import NOW, harvest, made_endpoint, record

TITLE = "A survey of schools and their improvement networks"


def work(title=TITLE, author="Roe, Ann", year=2017, doi=None, **fields):
    return Metadata(
        title=(Text(title),),
        creator=(Agent(author),),
        date=Date(str(year), year, "year"),
        doi=doi,
        identifier=(Identifier("doi", doi),) if doi else (),
        **fields,
    )


ALL = {
    ("a", "1"): work(doi="10.1000/one"),
    ("b", "1"): work(title="A Survey of Schools and their Improvement Networks", year=2018),
    ("c", "7"): work(doi="10.1000/one", volume="9"),
    ("c", "8"): work(doi="10.1000/preprint"),
    ("b", "2"): work(title="Editorial"),
    ("a", "2"): work(title="Editorial"),
    ("a", "3"): work(title="The improvement networks of schools, part 1"),
    ("b", "3"): work(title="The improvement networks of schools, part 2"),
    ("b", "4"): work(title="Another thing that is long enough", author="Doe, J."),
    ("c", "4"): work(title="Another thing that is long enough", author="Doe, John", abstract=(Text("Said here"),)),
}


def endpoint_of(store, key):
    return made_endpoint(store, key, base_url=f"https://{key}.example/oai")


def put(store, place, metadata, now=NOW):
    key, name = place
    row = record(name, metadata=metadata, deleted=metadata is None, datestamp=f"2026-01-{1 + int(now - NOW):02}")
    harvest(store, endpoint_of(store, key), [row], now=now)


def item_of(store, place):
    for item_id in find_items(store, place[1]):
        item = get_item(store, item_id)
        lead = get_item(store, item.merged_into) if item.merged_into else item
        if any(one.endpoint == place[0] and one.identifier == place[1] for one in lead.provenance):
            return lead
    return None


def contents(store):
    """Everything that readers see but ids, versions and the runs that pages are counted by."""
    found = []
    for item in iter_items(store):
        if not item.deleted:
            sources = [(one.endpoint, one.identifier, one.datestamp) for one in item.provenance]
            plain = msgspec.structs.replace(item, id="", version=0, harvested="", provenance=())
            found.append((sources, msgspec.json.encode(plain)))
    return sorted(found)


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_arrival_gives_the_same_items(store, seed):
    chance = random.Random(seed)
    places = sorted(ALL)
    chance.shuffle(places)
    for place in places:
        put(store, place, ALL[place])
        if chance.random() < 0.4:
            join_works(store, now=NOW, limit=chance.choice((1, 100)))
    while join_works(store, now=NOW, limit=3):
        pass
    groups = [sources for sources, _ in contents(store)]
    names = sorted(sorted(f"{endpoint}{name}" for endpoint, name, _ in sources) for sources in groups)
    assert names == [["a1", "b1", "c7"], ["a2"], ["a3"], ["b2"], ["b3"], ["b4", "c4"], ["c8"]]
    assert item_of(store, ("a", "1")).volume == "9"
    assert count_items(store) == (7, 3)


def test_a_joined_item_holds_all_records_and_the_others_are_tombstones_that_name_it(store):
    put(store, ("a", "1"), ALL["a", "1"])
    put(store, ("c", "7"), ALL["c", "7"])
    join_works(store, now=NOW)
    lead, merged = iter_items(store)
    assert [one.endpoint for one in lead.provenance] == ["a", "c"]
    assert (merged.deleted, merged.merged_into, merged.title) == (True, lead.id, ())
    queued = {item.id: item.version for item in claim_outbox(store, limit=9, lease_s=9, now=NOW).items}
    assert queued == {lead.id: lead.version, merged.id: merged.version}
    assert (join_works(store, now=NOW), claim_outbox(store, limit=9, lease_s=9, now=NOW)) == (0, None)


@pytest.mark.parametrize("how", ["deleted", "changed", "apart"])
def test_a_work_falls_apart_again_into_the_former_items(store, how):
    put(store, ("a", "1"), ALL["a", "1"])
    before = contents(store)
    put(store, ("c", "7"), ALL["c", "7"])
    parted = contents(store)
    join_works(store, now=NOW)
    assert len(contents(store)) == 1
    one, other = find_items(store, "1")[0], find_items(store, "7")[0]
    if how == "apart":
        set_rules(store, [(one, other, False)], now=NOW)
    else:
        put(store, ("c", "7"), None if how == "deleted" else work(title="Quite another", doi="10.1000/x"), now=NOW + 1)
    join_works(store, now=NOW)
    if how == "apart":
        assert contents(store) == parted
        set_rules(store, [(one, other, True)], now=NOW)
        join_works(store, now=NOW)
        assert len(contents(store)) == 1
    else:
        assert before[0] in contents(store)


def ids_of(store, *places):
    return [next(one for one in find_items(store, name) if is_from(store, one, key)) for key, name in places]


def is_from(store, item_id, key):
    with store.connect() as connection:
        found = connection.execute(select(records.c.endpoint).where(records.c.item_id == item_id)).scalars()
        return key in set(found)


def joined(store, now=NOW):
    while join_works(store, now=now):
        pass
    return {item.id: item for item in iter_items(store)}


THREE = (("a", "1"), ("b", "1"), ("c", "7"))


def test_the_id_of_a_lead_that_was_deleted_leads_to_the_new_one_and_back(store):
    for number, place in enumerate(THREE):
        put(store, place, ALL[place], now=NOW + number)
    joined(store)
    first, second, third = ids_of(store, *THREE)
    put_edits(store, first, {"issue": ["4"]}, author="Ann", reason="", now=NOW + 3)
    put(store, THREE[0], None, now=NOW + 4)
    now = joined(store)
    assert [now[one].merged_into for one in (first, second, third)] == [second, None, second]
    assert [one.endpoint for one in now[second].provenance] == ["b", "c"]
    assert (now[second].issue, now[second].doi) == ("4", "10.1000/one")
    put(store, THREE[1], None, now=NOW + 5)
    now = joined(store)
    assert [now[one].merged_into for one in (first, second, third)] == [third, third, None]
    put(store, THREE[2], None, now=NOW + 6)
    now = joined(store)
    assert [(item.merged_into, item.deleted) for item in now.values()] == [(None, True)] * 3
    put(store, THREE[0], ALL[THREE[0]], now=NOW + 7)
    now = joined(store)
    assert [now[one].merged_into for one in (first, second, third)] == [None, None, None]
    put(store, THREE[2], ALL[THREE[2]], now=NOW + 8)
    now = joined(store)
    assert [now[one].merged_into for one in (first, second, third)] == [None, None, first]


def test_the_id_of_a_part_that_was_deleted_leads_to_its_work_in_one_step_wherever_that_goes(store):
    put(store, THREE[1], ALL[THREE[1]])
    put(store, THREE[2], ALL[THREE[2]], now=NOW + 1)
    joined(store)
    put(store, THREE[2], None, now=NOW + 2)
    joined(store)
    put(store, ("z", "1"), work(title="Of another name"), now=NOW - 9)
    second, third, other = ids_of(store, THREE[1], THREE[2], ("z", "1"))
    set_rules(store, [(other, second, True)], now=NOW + 3)
    now = joined(store)
    assert [now[one].merged_into for one in (other, second, third)] == [None, other, other]
    assert [one.endpoint for one in now[other].provenance] == ["b", "z"]
    versions = {one: now[one].version for one in now}
    assert {one: item.version for one, item in joined(store).items()} == versions
    set_rules(store, [(other, second, False)], now=NOW + 4)
    now = joined(store)
    assert [now[one].merged_into for one in (other, second, third)] == [None, None, other]
    set_rules(store, [(other, third, False)], now=NOW + 5)
    now = joined(store)
    assert [now[one].merged_into for one in (other, second, third)] == [None, None, None]


def test_a_rule_joins_what_no_key_does(store):
    put(store, ("a", "1"), ALL["a", "1"])
    put(store, ("c", "8"), ALL["c", "8"])
    set_rules(store, [(find_items(store, "1")[0], find_items(store, "8")[0], True)], now=NOW)
    join_works(store, now=NOW)
    assert len(contents(store)) == 1


def test_an_edit_of_a_merged_item_holds_for_the_whole_work(store):
    put(store, ("a", "1"), ALL["a", "1"])
    put(store, ("c", "7"), ALL["c", "7"])
    join_works(store, now=NOW)
    lead, merged = iter_items(store)
    put_edits(store, merged.id, {"volume": ["12"]}, author="Ann", reason="", now=NOW)
    join_works(store, now=NOW)
    edited = get_item(store, lead.id)
    assert (edited.volume, edited.version > lead.version) == ("12", True)


def test_records_with_pages_that_differ_are_two_works(store):
    put(store, ("a", "1"), work(pages=Pages("1-2", "1", "2")))
    put(store, ("c", "1"), work(pages=Pages("9-12", "9", "12")))
    join_works(store, now=NOW)
    assert len(contents(store)) == 2


def test_a_title_that_too_many_share_joins_nothing_and_what_it_had_joined_falls_apart(store):
    first = [record(f"{number:02}", metadata=work()) for number in range(20)]
    harvest(store, endpoint_of(store, "a"), first, now=NOW)
    join_works(store, now=NOW)
    assert count_items(store) == (1, 19)
    more = [record(f"{number:02}", metadata=work()) for number in range(20, 45)]
    harvest(store, endpoint_of(store, "a"), [*first, *more], now=NOW + 1)
    join_works(store, now=NOW + 1)
    assert count_items(store) == (45, 0)


def test_the_keys_of_an_item_are_those_that_it_has_now_and_what_shares_none_stays_as_it_was(store):
    lonely, changing = ("a", "9"), ("a", "10")
    put(store, lonely, work(title="Something that nobody else has written of"))
    put(store, changing, work(doi="10.1000/before"))
    join_works(store, now=NOW)
    before = get_item(store, *find_items(store, "9"))
    put(store, changing, work(doi="10.1000/after"), now=NOW + 1)
    put(store, ("b", "11"), work(title="The same by its DOI only, Roe 2017", doi="10.1000/before"), now=NOW + 2)
    join_works(store, now=NOW + 2)
    with store.connect() as connection:
        mine = select(work_keys.c.key).where(work_keys.c.item_id.in_(find_items(store, "10")))
        keys = sorted(connection.execute(mine).scalars())
    assert [key for key in keys if not key.startswith("title:")] == ["doi:10.1000/after"]
    assert len(keys) == 2
    assert get_item(store, *find_items(store, "9")) == before
    assert [get_item(store, *find_items(store, name)).merged_into for name in ("9", "10", "11")] == [None] * 3


def test_of_items_taken_at_once_two_that_share_a_key_are_joined(store):
    for place in (("a", "9"), ("b", "9")):
        put(store, place, work())
    assert join_works(store, now=NOW) == 2
    assert count_items(store) == (1, 1)
