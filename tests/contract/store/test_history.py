"""What became of an item: harvests and people, the newest first, without what was taken back by its repository."""

from harvester.item import Metadata, Text
from harvester.store.endpoints import put_endpoint
from harvester.store.items import find_items
from harvester.store.minting import minted_at
from harvester.store.works.edits import put_edits, undo_edits
from harvester.store.works.history import list_events
from harvester.store.works.joining import join_works
from harvester.store.works.ruling import set_rules
from tests.contract.store.building import NOW, harvest, made_endpoint, record


def titles(event):
    return [text.value for text in event.before.title], [text.value for text in event.after.title]


def only(store, identifier="1"):
    (item_id,) = find_items(store, identifier)
    return item_id


def test_an_item_that_never_changed_came_once(store):
    harvest(store, made_endpoint(store), [record("1", "One")], now=NOW)
    (event,) = list_events(store, only(store))
    assert (event.kind, event.at, event.record.endpoint, event.record.identifier) == ("first", NOW, "here", "1")
    assert minted_at(only(store)) == NOW


def test_a_harvest_says_what_it_changed(store):
    endpoint = made_endpoint(store)
    for number in range(3):
        harvest(store, endpoint, [record("1", f"Title {number}")], now=NOW + number)
    events = list_events(store, only(store))
    assert [(event.kind, event.at) for event in events] == [("harvest", NOW + 2), ("harvest", NOW + 1), ("first", NOW)]
    assert [titles(event) for event in events[:2]] == [(["Title 1"], ["Title 2"]), (["Title 0"], ["Title 1"])]


def test_an_edit_says_what_readers_saw_before_it_also_after_later_harvests(store):
    endpoint = made_endpoint(store)
    harvest(store, endpoint, [record("1", "Harvested")], now=NOW)
    item_id = only(store)
    put_edits(store, item_id, {"title": ["Edited"]}, author="mara", reason="as printed", now=NOW + 10)
    harvest(store, endpoint, [record("1", "Harvested again")], now=NOW + 20)
    put_edits(store, item_id, {"title": ["Edited again"]}, author="mara", reason="", now=NOW + 30)
    undo_edits(store, item_id, ["title"], now=NOW + 40)
    undo_edits(store, item_id, ["title"], now=NOW + 50)
    events = list_events(store, item_id)
    assert [(event.kind, event.at - NOW) for event in events] == [
        ("undo", 50),
        ("undo", 40),
        ("edit", 30),
        ("harvest", 20),
        ("edit", 10),
        ("first", 0),
    ]
    assert [titles(event) for event in events[:5]] == [
        (["Edited"], ["Harvested again"]),
        (["Edited again"], ["Edited"]),
        (["Edited"], ["Edited again"]),
        (["Harvested"], ["Harvested again"]),
        (["Harvested"], ["Edited"]),
    ]
    assert [event.reason for event in events[:5]] == ["", "", "", "", "as printed"]
    assert "mara" not in repr(events)


def test_what_a_repository_took_back_is_not_told(store):
    here, there = made_endpoint(store), made_endpoint(store, "there", metadata_prefix="oai_datacite")
    put_endpoint(store, there)
    harvest(store, there, [record("1", "Elsewhere")], now=NOW)
    for number, said in enumerate((record("1", "Secret"), record("1", "More secret"), record("1", deleted=True))):
        harvest(store, here, [said], now=NOW + number + 1)
    events = list_events(store, only(store))
    assert [(event.kind, event.at - NOW) for event in events] == [("withdrawn", 3), ("first", 0)]
    assert "ecret" not in repr(events)
    harvest(store, here, [record("1", "Public")], now=NOW + 9)
    assert [event.kind for event in list_events(store, only(store))] == ["returned", "withdrawn", "harvest", "first"]


def test_parts_of_a_work_tell_when_each_came_and_by_which_rule(store):
    one, other = made_endpoint(store), made_endpoint(store, "there", base_url="https://other.example/oai")
    harvest(store, one, [record("1", metadata=Metadata(title=(Text("A"),)))], now=NOW)
    harvest(store, other, [record("2", metadata=Metadata(title=(Text("B"),)))], now=NOW + 5)
    first, second = only(store, "1"), only(store, "2")
    set_rules(store, [(first, second, True)], now=NOW + 7)
    while join_works(store, now=NOW + 8):
        pass
    events = list_events(store, first)
    assert [(event.kind, event.at - NOW, event.other) for event in events] == [
        ("joined", 7, second),
        ("first", 5, ""),
        ("first", 0, ""),
    ]
    assert [event.record.endpoint for event in events[1:]] == ["there", "here"]
