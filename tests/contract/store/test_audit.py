"""The audit trail, on both databases."""

import pytest

from harvester.store.operating.audit import audit, audit_in, list_audit
from tests.contract.store.building import NOW


def test_what_was_done_is_listed_by_object_and_actor_the_newest_first(store):
    for number in range(6):
        who, what = ("alice", "bob")[number % 2], ("endpoint:a", "endpoint:b", "hub")[number % 3]
        audit(store, actor=who, action="pause", object=what, details={"number": number}, now=NOW + number)
    assert [entry.details["number"] for entry in list_audit(store)] == [5, 4, 3, 2, 1, 0]
    assert [entry.at - NOW for entry in list_audit(store, object="endpoint:a")] == [3, 0]
    assert [entry.at - NOW for entry in list_audit(store, actor="bob", limit=2)] == [5, 3]
    third = list_audit(store, limit=3)[-1]
    assert [entry.at - NOW for entry in list_audit(store, before=third.id)] == [2, 1, 0]
    assert list_audit(store, object="endpoint:a", actor="nobody") == []


def test_an_entry_is_written_with_what_it_tells_of_or_not_at_all(store):
    def fail():
        with store.begin() as connection:
            audit_in(connection, actor="alice", action="pause", object="hub", now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list_audit(store) == []


def test_no_detail_is_a_secret(store):
    with pytest.raises(ValueError, match="password"):
        audit(store, actor="alice", action="set", object="hub", details={"password": "x"}, now=NOW)
    url = "https://me:hush@repository.example/oai?token=hush&set=a"
    audit(store, actor="alice", action="add", object="endpoint:a", details={"url": url}, now=NOW)
    (entry,) = list_audit(store)
    assert "hush" not in entry.details["url"]
    assert entry.details["url"].endswith("set=a")
