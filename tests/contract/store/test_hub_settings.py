"""Versions of the hub's settings, on both databases."""

from threading import Thread

import pytest
from sqlalchemy import insert

from harvester.errors import HarvestError
from harvester.store.hubs.settings import (
    Logo,
    SettingsChangedError,
    UnknownVersionError,
    get_settings,
    go_back,
    list_versions,
    newest_version,
    put_settings,
)
from harvester.store.operating.audit import list_audit
from harvester.store.tables import hub_settings
from tests.contract.store.building import NOW

BY = {"actor": "ada", "now": NOW}
PICTURE = Logo(b"\x89PNG\r\n\x1a\n\x00", "image/png")


def test_a_new_hub_has_no_settings_of_its_own(store):
    assert (newest_version(store), get_settings(store), list_versions(store)) == (0, None, [])


def test_the_newest_version_counts_and_the_others_stay(store):
    assert put_settings(store, "one", after=0, **BY) == 1
    assert put_settings(store, "two", after=1, actor="ben", now=NOW + 1) == 2
    found = get_settings(store)
    assert (found.version, found.document, found.actor, found.at) == (2, "two", "ben", NOW + 1)
    assert get_settings(store, 1).document == "one"
    assert get_settings(store, 3) is None
    assert [(line.version, line.actor) for line in list_versions(store)] == [(2, "ben"), (1, "ada")]
    assert [line.version for line in list_versions(store, before=2)] == [1]
    assert [line.version for line in list_versions(store, limit=1)] == [2]


def test_a_logo_stays_until_there_is_another_or_none(store):
    put_settings(store, "one", after=0, logo=PICTURE, **BY)
    put_settings(store, "two", after=1, **BY)
    assert get_settings(store).logo == PICTURE
    put_settings(store, "three", after=2, logo=Logo(), **BY)
    assert get_settings(store).logo == Logo()


def test_going_back_is_a_new_version(store):
    put_settings(store, "one", after=0, logo=PICTURE, **BY)
    put_settings(store, "two", after=1, logo=Logo(), **BY)
    assert go_back(store, 1, after=2, **BY) == 3
    found = get_settings(store)
    assert (found.version, found.document, found.logo) == (3, "one", PICTURE)
    with pytest.raises(UnknownVersionError, match="no version 9"):
        go_back(store, 9, after=3, **BY)


@pytest.mark.parametrize(
    "write",
    [
        lambda store, after: put_settings(store, "x", after=after, **BY),
        lambda store, after: go_back(store, 1, after=after, **BY),
    ],
)
def test_a_change_by_another_in_between_is_noticed(store, write):
    put_settings(store, "one", after=0, **BY)
    put_settings(store, "two", after=1, actor="ben", now=NOW)
    for after in (0, 1):
        with pytest.raises(SettingsChangedError, match=r"ben changed .*version 2") as raised:
            write(store, after)
        assert (raised.value.newest.version, raised.value.newest.actor) == (2, "ben")
    assert newest_version(store) == 2
    assert write(store, None) == 3  # whatever there is


def test_of_two_changes_at_once_one_is_made(store):
    done = []

    def change():
        try:
            done.append(put_settings(store, "two", after=0, actor="ben", now=NOW))
        except HarvestError as error:
            done.append(error)

    other = Thread(target=change)
    with store.begin() as connection:
        row = {"version": 1, "document": "one", "logo": b"", "logo_type": "", "actor": "ada", "at": NOW}
        connection.execute(insert(hub_settings).values(row))
        other.start()
        other.join(0.5)  # it waits for this transaction, or has read that there is no version
    other.join(30)
    assert isinstance(done[0], SettingsChangedError)
    assert (done[0].newest.actor, len(list_versions(store))) == ("ada", 1)


def test_every_change_is_in_the_audit(store):
    put_settings(store, "one", after=0, logo=PICTURE, **BY)
    put_settings(store, "two", after=1, **BY)
    go_back(store, 1, after=2, **BY)
    assert [(entry.action, entry.object, entry.details) for entry in list_audit(store)] == [
        ("back", "hub", {"version": 3, "to": 1}),
        ("change", "hub", {"version": 2, "from": 1, "logo": 9}),
        ("change", "hub", {"version": 1, "from": 0, "logo": 9}),
    ]
