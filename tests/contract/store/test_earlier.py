"""What records said before: kept by the harvest that changes them, and by nothing else."""

import msgspec
import pytest
from sqlalchemy import func, select

from harvester.item import Metadata, Text
from harvester.store.comparing import RecordRow
from harvester.store.earlier import MOST_KEPT, digest_of
from harvester.store.endpoints import remove_endpoint
from harvester.store.errors import StoreError
from harvester.store.records import put_page
from harvester.store.replays import put_replay, run_pages
from harvester.store.tables import record_versions
from tests.contract.store.building import NOW, archive, begin, claim, harvest, made_endpoint

TITLES = msgspec.json.Decoder(Metadata)


def record(identifier, title="", datestamp="2026-01-01", sets=()):
    """A record as a page gives it; without a title it is deleted."""
    metadata = msgspec.json.encode(Metadata(title=(Text(title),))) if title else b""
    return RecordRow(identifier, datestamp, sets, not title, metadata, digest_of(metadata, datestamp, sets))


def kept(store, endpoint="here"):
    """Give identifier, title, since when it is past and the page of all versions, the oldest first."""
    wanted = select(record_versions).where(record_versions.c.endpoint == endpoint).order_by(record_versions.c.id)
    with store.connect() as connection:
        rows = connection.execute(wanted).all()
    titles = [TITLES.decode(row.metadata).title[0].value if row.metadata else "" for row in rows]
    return [(row.identifier, title, row.until, (row.run, row.number)) for row, title in zip(rows, titles, strict=True)]


def test_a_first_harvest_and_one_that_says_the_same_keep_nothing(store):
    endpoint = made_endpoint(store)
    for now in (NOW, NOW + 60):
        harvest(store, endpoint, [record("1", "One"), record("2")], now=now)
    assert kept(store) == []


def test_a_changed_record_keeps_what_it_said_and_from_which_page(store):
    endpoint = made_endpoint(store)
    first = harvest(store, endpoint, [record("1", "One"), record("2", "Two")])
    harvest(store, endpoint, [record("1", "One, mended"), record("2", "Two")], now=NOW + 60)
    assert kept(store) == [("1", "One", NOW + 60, (first.id, 0))]


def test_a_new_datestamp_alone_is_no_change(store):
    endpoint = made_endpoint(store)
    harvest(store, endpoint, [record("1", "One")])
    harvest(store, endpoint, [record("1", "One", datestamp="2026-02-02")], now=NOW + 60)
    assert kept(store) == []


def test_deletion_and_return_are_changes(store):
    endpoint = made_endpoint(store)
    for number, title in enumerate(("One", "", "One")):
        harvest(store, endpoint, [record("1", title, datestamp=f"2026-01-0{number + 1}")], now=NOW + number)
    assert [(title, until) for _, title, until, _ in kept(store)] == [("One", NOW + 1), ("", NOW + 2)]


def test_a_record_of_another_endpoint_or_never_anything_but_deleted_has_no_versions(store):
    one, other = made_endpoint(store), made_endpoint(store, "there", base_url="https://other.example/oai")
    for endpoint in (one, other):
        harvest(store, endpoint, [record("1", "One"), record("2")])
    harvest(store, one, [record("1", "Changed"), record("2", "Alive")], now=NOW + 1)
    assert [title for _, title, _, _ in kept(store)] == ["One"]
    assert kept(store, "there") == []


def test_the_newest_versions_stay(store):
    endpoint = made_endpoint(store)
    for number in range(MOST_KEPT + 2):
        changing, steady = record("1", f"Title {number}"), record("2", "Old" if number == 0 else "New")
        harvest(store, endpoint, [changing, steady], now=NOW + number)
    titles = [title for identifier, title, _, _ in kept(store) if identifier == "1"]
    assert titles == [f"Title {number}" for number in range(1, MOST_KEPT + 1)]
    assert [title for identifier, title, _, _ in kept(store) if identifier == "2"] == ["Old"]


def test_a_replay_keeps_nothing_for_the_repository_said_nothing_new(store):
    endpoint = made_endpoint(store)
    run = harvest(store, endpoint, [record("1", "One")])
    (page,) = run_pages(store, run.id)
    assert put_replay(store, page, [record("1", "One, read better")], [], (), now=NOW + 1).changed == 1
    assert kept(store) == []


def test_a_page_that_fails_keeps_no_versions(store):
    endpoint = made_endpoint(store)
    harvest(store, endpoint, [record("1", "One")])
    run = begin(store, endpoint, now=NOW + 1)
    taken = claim(store, run, now=NOW + 1)
    archive(store, taken, 2, now=NOW + 1)
    unwritable = RecordRow("2", None, (), False, b"{}", b"no datestamp")  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        put_page(store, taken, [record("1", "Changed"), unwritable], [], now=NOW + 1)
    assert kept(store) == []


def test_what_an_endpoint_said_goes_with_it(store):
    endpoint = made_endpoint(store)
    for number in range(2):
        harvest(store, endpoint, [record("1", f"Title {number}")], now=NOW + number)
    remove_endpoint(store, "here", NOW + 9)
    with store.connect() as connection:
        assert connection.execute(select(func.count()).select_from(record_versions)).scalar() == 0
