"""What is taken down is never shown again, whatever is harvested, joined, taken apart, edited or replayed later."""

import contextlib
import random

import pytest

from harvester.store.exposing import Selection, list_changed, read_live
from harvester.store.items import count_items, get_item, iter_items
from harvester.store.operating.audit import list_audit
from harvester.store.outbox import acknowledge, claim_outbox, outbox_depth
from harvester.store.sections import iter_sections, list_section
from harvester.store.works.edits import put_edits, undo_edits
from harvester.store.works.explaining import explain_item
from harvester.store.works.joining import join_works
from harvester.store.works.ruling import ContradictionError, remove_rules, set_rules
from harvester.store.works.takedowns import (
    TakedownError,
    get_takedown,
    list_takedowns,
    take_down,
    undo_takedown,
)
from harvester.works.editing import EditError
from indexer.engines import open_index
from indexer.indexing import index_outbox, prepare_index
from indexer.query import Query
from tests.contract.store.building import NOW
from tests.contract.store.test_works import ALL, ids_of, joined, put, work

OURS = {"actor": "command:test", "now": NOW}


def down(store, item_id, **said):
    return take_down(store, item_id, **(OURS | {"reason": "the author asked"} | said))


def live(store):
    return {item.id for item in iter_items(store) if not item.deleted}


def settled(store):
    joined(store)
    while batch := claim_outbox(store, limit=99, lease_s=9, now=NOW):
        acknowledge(store, batch.fence, now=NOW)


def test_a_work_is_hidden_at_once_and_urgently_with_its_reason_in_the_audit(store):
    put(store, ("a", "1"), ALL["a", "1"])
    put(store, ("c", "7"), ALL["c", "7"])
    put(store, ("b", "2"), ALL["b", "2"])
    settled(store)
    lead, follower = sorted(ids_of(store, ("a", "1"), ("c", "7")))
    before = get_item(store, lead).version
    made = down(store, follower)
    assert (made.item, made.parts) == (lead, tuple(sorted((lead, follower))))
    hidden = get_item(store, lead)
    assert (hidden.deleted, hidden.title, hidden.version > before) == (True, (), True)
    assert outbox_depth(store).urgent == 2
    assert (count_items(store), live(store)) == ((1, 2), set(ids_of(store, ("b", "2"))))
    (said,) = list_audit(store, object=f"item:{lead}")
    assert (said.actor, said.action, said.details["reason"]) == ("command:test", "takedown", "the author asked")
    assert explain_item(store, lead).fields  # operators still see what is hidden
    settled(store)
    assert [row.gone for row in list_changed(store, Selection(), after=(0, ""), limit=9) if row.id == lead] == [True]
    assert read_live(store, [lead]) == {}
    (section,) = iter_sections(store, 99)
    assert [item_id for item_id, _ in list_section(store, section.first, section.last, 99)] == list(live(store))


def test_what_joins_a_hidden_work_is_hidden_and_shown_when_it_leaves(store):
    put(store, ("b", "2"), ALL["b", "2"])
    put(store, ("c", "7"), ALL["c", "7"])
    joined(store)
    (taken,) = ids_of(store, ("c", "7"))
    down(store, taken)
    put(store, ("a", "1"), ALL["a", "1"])
    joined(store)
    (late,) = ids_of(store, ("a", "1"))
    assert get_item(store, late).deleted
    assert get_takedown(store, late).parts == (taken,)
    put(store, ("a", "1"), work(title="Quite another title than before", doi="10.1000/other"), now=NOW + 1)
    joined(store)
    assert live(store) == set(ids_of(store, ("a", "1"), ("b", "2")))


def test_parts_of_the_start_stay_hidden_when_they_are_taken_apart(store):
    put(store, ("a", "1"), ALL["a", "1"])
    put(store, ("c", "7"), ALL["c", "7"])
    joined(store)
    one, other = ids_of(store, ("a", "1"), ("c", "7"))
    down(store, one)
    set_rules(store, [(one, other, False)], now=NOW)
    joined(store)
    assert live(store) == set()
    undo_takedown(store, other, **OURS)
    joined(store)
    assert live(store) == {one, other}


def test_what_is_deleted_can_be_taken_down_and_does_not_come_back_with_its_record(store):
    put(store, ("a", "1"), ALL["a", "1"])
    put(store, ("a", "1"), None, now=NOW + 1)
    (item_id,) = ids_of(store, ("a", "1"))
    down(store, item_id)
    put(store, ("a", "1"), ALL["a", "1"], now=NOW + 2)
    joined(store)
    assert live(store) == set()
    undo_takedown(store, item_id, **OURS)
    joined(store)
    assert live(store) == {item_id}
    assert (list_takedowns(store), len(list_takedowns(store, also_revoked=True))) == ([], 1)


def test_wrong_takedowns_are_refused_and_change_nothing(store):
    put(store, ("a", "1"), ALL["a", "1"])
    (item_id,) = ids_of(store, ("a", "1"))
    for wrong in (lambda: down(store, item_id, reason=" "), lambda: down(store, "none")):
        with pytest.raises(TakedownError):
            wrong()
    with pytest.raises(TakedownError, match="not taken down"):
        undo_takedown(store, item_id, **OURS)
    down(store, item_id)
    with pytest.raises(TakedownError, match="already"):
        down(store, item_id)
    assert (len(list_takedowns(store)), len(list_audit(store))) == (1, 1)


class History:
    """A random history; `hidden` are the items that no reader may see from now on."""

    def __init__(self, store, seed):
        self.store, self.chance, self.now, self.hidden = store, random.Random(seed), NOW, set()
        self.places = sorted(ALL)

    def item(self):
        found = [item.id for item in iter_items(self.store)]
        return self.chance.choice(found) if found else None

    def step(self):
        self.now += 1
        kind = self.chance.choices(
            ("put", "delete", "join", "edit", "undo", "rule", "unrule", "down"), (6, 3, 4, 2, 1, 3, 1, 1)
        )[0]
        if kind in {"put", "delete"}:
            said = self.chance.choice(list(ALL.values())) if self.chance.random() < 0.3 else None
            place = self.chance.choice(self.places)
            put(self.store, place, None if kind == "delete" else said or ALL[place], now=self.now)
        elif kind == "join":
            join_works(self.store, now=self.now, limit=self.chance.choice((1, 2, 100)))
        elif (item_id := self.item()) is not None:
            self.by_people(kind, item_id)

    def by_people(self, kind, item_id):
        other = self.item()
        try:
            if kind == "edit":
                put_edits(self.store, item_id, {"title": ["Edited"]}, author="p", reason="", now=self.now)
            elif kind == "undo":
                undo_edits(self.store, item_id, [], now=self.now)
            elif kind == "rule" and other != item_id:
                set_rules(self.store, [(item_id, other, self.chance.random() < 0.5)], now=self.now)
            elif kind == "unrule":
                remove_rules(self.store, [(item_id, other)])
            elif kind == "down":
                self.hidden |= set(down(self.store, item_id, now=self.now).parts)
        except (EditError, ContradictionError, TakedownError):
            pass


@pytest.mark.parametrize("seed", [*range(3), pytest.param(random.SystemRandom().randrange(10**6), id="fresh")])
def test_no_history_shows_what_was_taken_down_nor_an_item_that_carries_it(store, tmp_path, seed):
    history = History(store, seed)
    with contextlib.closing(open_index("embedded:", data_dir=tmp_path)) as index:
        prepare_index(store, index)
        for step in range(40):
            history.step()
            for item in iter_items(store):
                assert item.deleted or item.id not in history.hidden, (seed, step)
            if step % 20 == 19:
                index_outbox(store, index, limit=10_000, lease_s=10)
                index.refresh()
                shown = {hit.id for hit in index.search(Query(size=100)).hits}
                carrying = {
                    item.id
                    for item in iter_items(store)
                    if not item.deleted and get_takedown(store, item.id) is not None
                }
                assert (shown & history.hidden, carrying, shown) == (set(), set(), live(store)), (seed, step)
