"""People's edits: they win over every source, and stay through harvests."""

import msgspec
import pytest

from harvester.item import Agent, Funding, Identifier, Metadata, Text
from harvester.store.items import find_items, get_item
from harvester.store.outbox import outbox_depth
from harvester.store.works.edits import list_edits, put_edits, undo_edits
from harvester.store.works.explaining import explain_item
from harvester.store.works.joining import join_works
from harvester.store.works.ruling import set_rules
from harvester.works.editing import EditError
from tests.contract.store.building import NOW, harvest, made_endpoint, record


def edit(store, item_id, now=NOW, author="Ann", **values):
    changes = {name: [value] if isinstance(value, str) else value for name, value in values.items()}
    put_edits(store, item_id, changes, author=author, reason="seen in print", now=now)


def made_item(store, metadata=None):
    endpoint = made_endpoint(store)
    harvest(store, endpoint, [record("1", metadata=metadata)])
    (item_id,) = find_items(store, "1")
    return endpoint, item_id


def test_an_edit_wins_and_survives_a_harvest_that_changes_the_record(store):
    endpoint, item_id = made_item(store)
    edit(store, item_id, title="Right title", date="May 2017", language="German", now=NOW + 1)
    item = get_item(store, item_id)
    assert (item.title, item.date.edtf, item.language[0].tag) == ((Text("Right title"),), "2017-05", "de")
    assert (item.version, item.origin) == (2, {"title": "person", "date": "person", "language": "person"})
    harvest(store, endpoint, [record("1", "Newer title", datestamp="2026-02-02")], now=NOW + 2)
    item = get_item(store, item_id)
    assert (item.title, item.date.edtf, item.version) == ((Text("Right title"),), "2017-05", 3)
    assert outbox_depth(store).waiting == 1


def test_an_empty_value_clears_a_property(store):
    _, item_id = made_item(store, Metadata(title=(Text("A"),), volume="7", creator=(Agent("Roe, R."),)))
    edit(store, item_id, volume="", creator=[""])
    item = get_item(store, item_id)
    assert (item.volume, item.creator, item.title) == (None, (), (Text("A"),))


def test_undoing_restores_the_item_byte_for_byte_but_for_its_version(store):
    _, item_id = made_item(store)
    before = get_item(store, item_id)
    edit(store, item_id, title="One", now=NOW + 1)
    edit(store, item_id, title="Two", volume="3", now=NOW + 2)
    assert undo_edits(store, item_id, [], now=NOW + 3) == ["title", "volume"]
    assert get_item(store, item_id).title == (Text("One"),)
    assert undo_edits(store, item_id, ["title"], now=NOW) == ["title"]
    after = msgspec.structs.replace(get_item(store, item_id), version=before.version)
    assert msgspec.json.encode(after) == msgspec.json.encode(before)
    assert [row["revoked"] > 0 for row in list_edits(store, item_id)] == [True, True, True]
    with pytest.raises(EditError, match="has no edit"):
        undo_edits(store, item_id, [], now=NOW)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"shoe_size": "44"}, "no such property is declared"),
        ({"endpoint": "x"}, "it cannot be edited"),
        ({"year": "2017"}, "edit date"),
        ({"date": "soon"}, "write it as 2017"),
        ({"doi": "none"}, "10.1000/182"),
        ({"language": "Gibberish of Mars"}, "tag such as en"),
        ({"volume": ["1", "2"]}, "one value"),
        ({"title": "Fine", "doi": "no"}, "doi"),
        ({"Resource Type": "thesis"}, "did you mean resource_type"),
        ({"volumne": "3"}, "did you mean volume"),
        ({"creator": "unknown"}, "write a name, as Family, Given"),
        ({"pages": "?"}, "write them as 569-588"),
        ({"access": "perhaps"}, "open access"),
        ({"title": "a\x00b"}, "not understood"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(store, values, message):
    _, item_id = made_item(store)
    before = get_item(store, item_id)
    with pytest.raises(EditError, match=message):
        edit(store, item_id, **values)
    assert (get_item(store, item_id), list_edits(store, item_id)) == (before, [])


def test_an_edit_of_an_item_that_is_not_there_is_refused(store):
    with pytest.raises(EditError, match="there is no item"):
        edit(store, "nothing", title="x")


def test_the_own_doi_and_one_of_two_funding_properties_are_edited(store):
    funding = (Funding("Fund A", number="1", title="Kept"), Funding("Fund B", number="2"))
    old = Identifier("doi", "10.1000/old", "https://doi.org/10.1000/old")
    _, item_id = made_item(store, Metadata(title=(Text("A"),), funding=funding, doi="10.1000/old", identifier=(old,)))
    edit(store, item_id, doi="https://doi.org/10.1000/NEW", grant_number=["1", "22"])
    item = get_item(store, item_id)
    assert item.doi == "10.1000/new"
    assert [(one.value, one.role) for one in item.identifier] == [("10.1000/new", "self"), ("10.1000/old", "alternate")]
    assert item.funding == (Funding("Fund A", number="1", title="Kept"), Funding("Fund B", number="22"))


def test_an_undeclared_property_of_the_item_and_a_relation_are_edited(store):
    _, item_id = made_item(store, Metadata(title=(Text("A"),), extra={"audience": ("teachers",)}))
    edit(store, item_id, audience="parents", is_part_of="10.1000/whole")
    item = get_item(store, item_id)
    assert (item.extra, item.links[0].relation, item.links[0].doi) == (
        {"audience": ("parents",)},
        "is_part_of",
        "10.1000/whole",
    )


def test_explain_names_who_said_a_field_and_who_disagrees(store):
    _, item_id = made_item(store)
    rich = made_endpoint(store, "rich", metadata_prefix="oai_datacite")
    harvest(store, rich, [record("1", "Another title")], now=NOW + 1)
    edit(store, item_id, volume="7", now=NOW + 2)
    explained = {field.name: field for field in explain_item(store, item_id).fields}
    title, volume = explained["title"], explained["volume"]
    assert (title.rule, [voice.endpoint for voice in title.said_by]) == ("fuller", ["rich"])
    (other,) = title.others
    assert (other.endpoint, other.metadata_prefix, other.identifier) == ("here", "oai_dc", "1")
    assert msgspec.json.decode(other.value) == [{"value": "A title"}]
    assert (volume.rule, volume.said_by[0].author, volume.said_by[0].reason) == ("edit", "Ann", "seen in print")
    assert explain_item(store, "nothing") is None


@pytest.mark.parametrize(
    ("name", "values", "shown"),
    [
        ("title", ["One", "Two"], [{"value": "One"}, {"value": "Two"}]),
        ("date", ["31.12.2017"], {"edtf": "2017-12-31", "year": 2017, "precision": "day", "literal": "31.12.2017"}),
        ("creator", ["Roe, Ann"], [{"name": "Roe, Ann", "family": "Roe", "given": "Ann", "kind": "person"}]),
        ("pages", ["12-19"], {"literal": "12-19", "start": "12", "end": "19", "count": 8}),
        ("container", ["Annals"], {"title": "Annals"}),
        ("issue", [" 4 "], "4"),
        ("publisher", ["X", "X"], ["X"]),
        ("genre", ["A genre of ours"], [{"label": "A genre of ours", "literal": "A genre of ours"}]),
        ("language", ["German", "en"], [{"tag": "de", "literal": "German"}, {"tag": "en", "literal": "en"}]),
        ("subject", ["A", "B"], [{"value": "A"}, {"value": "B"}]),
        ("citation", ["So."], {"text": "So.", "origin": "person"}),
    ],
)
def test_every_kind_of_property_is_edited_cleared_and_restored(store, name, values, shown):
    _, item_id = made_item(store)
    before = msgspec.to_builtins(get_item(store, item_id)).get(name)
    edit(store, item_id, now=NOW + 1, **{name: values})
    read = msgspec.json.decode(msgspec.json.encode(get_item(store, item_id)))
    assert read[name] == shown
    edit(store, item_id, now=NOW + 2, **{name: ""})
    assert name not in msgspec.json.decode(msgspec.json.encode(get_item(store, item_id))) or name == "citation"
    assert undo_edits(store, item_id, [name], now=NOW + 3) == [name]
    assert msgspec.json.decode(msgspec.json.encode(get_item(store, item_id)))[name] == shown
    undo_edits(store, item_id, [], now=NOW + 4)
    assert msgspec.to_builtins(get_item(store, item_id)).get(name) == before


def test_the_own_doi_stays_when_other_identifiers_are_edited(store):
    own = Identifier("doi", "10.1000/own", "https://doi.org/10.1000/own")
    _, item_id = made_item(store, Metadata(title=(Text("A"),), doi="10.1000/own", identifier=(own,)))
    edit(store, item_id, identifier=["10.1000/other", "10.1000/OWN", "urn:x-made:1"])
    item = get_item(store, item_id)
    found = [(one.value, one.role) for one in item.identifier]
    assert (item.doi, found) == (
        "10.1000/own",
        [("10.1000/own", "self"), ("10.1000/other", "alternate"), ("urn:x-made:1", "self")],
    )


def test_edits_stay_when_a_work_is_joined_and_taken_apart_and_are_listed_from_every_part(store):
    _, one = made_item(store)
    other_place = made_endpoint(store, "there", base_url="https://there.example/oai")
    harvest(store, other_place, [record("2", "Another title")], now=NOW + 1)
    (other,) = find_items(store, "2")
    edit(store, one, now=NOW + 2, volume="7")
    edit(store, other, now=NOW + 3, issue="3", volume="8")
    join(store, one, other, joined=True)
    shown = get_item(store, one)
    assert (shown.volume, shown.issue, get_item(store, other).merged_into) == ("8", "3", one)
    told = [(row["item_id"], row["property"]) for row in list_edits(store, one)]
    assert told == [(row["item_id"], row["property"]) for row in list_edits(store, other)]
    assert sorted(told) == sorted([(one, "volume"), (other, "issue"), (other, "volume")])
    assert undo_edits(store, one, ["volume"], now=NOW + 4) == ["volume"]
    assert get_item(store, one).volume == "7"
    join(store, one, other, joined=False)
    assert [(item.volume, item.issue) for item in (get_item(store, one), get_item(store, other))] == [
        ("7", None),
        (None, "3"),
    ]


def test_an_undeclared_property_of_a_work_is_edited_by_the_id_of_a_part(store):
    _, one = made_item(store, Metadata(title=(Text("A"),), extra={"audience": ("teachers",)}))
    there = made_endpoint(store, "there", base_url="https://there.example/oai")
    harvest(store, there, [record("2")], now=NOW + 1)
    (other,) = find_items(store, "2")
    join(store, one, other, joined=True)
    edit(store, other, audience="parents")
    assert get_item(store, one).extra == {"audience": ("parents",)}


def join(store, one, other, *, joined):
    set_rules(store, [(one, other, joined)], now=NOW + 9)
    while join_works(store, now=NOW + 9):
        pass
