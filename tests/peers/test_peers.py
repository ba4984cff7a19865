"""The harvester gets from servers that others wrote exactly what they hold, whatever they make of from and until."""

import datetime as dt
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from harvester.harvest import begin_run
from harvester.http import Http
from harvester.oai import OAIClient
from harvester.parsing.record import ProtocolError
from harvester.store.endpoints import get_endpoint
from harvester.store.items import iter_items
from harvester.store.ledger.balance import Balance
from harvester.store.ledger.runs import get_run
from harvester.store.ledger.windows import list_windows
from tests.harvester.harvesting import harvest_all, keep, notes
from tests.peers.holding import Held, harvested, made_records, written
from workers.team import Team

FORMS = {"day": "YYYY-MM-DD", "second": "YYYY-MM-DDThh:mm:ssZ"}
DAYS = ("2024-01-03T00:00:00Z", "2024-01-07T23:59:59Z")
SECONDS = ("2024-01-03T05:30:00Z", "2024-01-07T06:29:59Z")


def keep_probed(harvesting, peer, **fields):
    """Keep a peer as an endpoint, with what a probe finds."""
    earliest = min(record.datestamp for record in peer.held.values())
    found = {"selective": True, "until_inclusive": peer.until_inclusive, "earliest": earliest}
    return keep(harvesting, peer.url, **(found | fields))


def harvest_together(harvesting, endpoint):
    """Harvest everything in as many threads as the endpoint allows, as the foreground command does."""
    run = begin_run(harvesting, get_endpoint(harvesting.store, endpoint.key))
    for _ in Team(harvesting, run, endpoint.parallel).results(SimpleNamespace(waits=lambda *_: None)):
        pass
    return get_run(harvesting.store, run.id)


def ask(peer, verb="ListRecords", **arguments):
    """Ask a peer for a list: how many entries it has, and how many are deleted, or the code of its error."""
    with Http(contact="", allow_private=True) as http:
        try:
            entries = list(getattr(OAIClient(peer.url, http), verb)(metadataPrefix="oai_dc", **arguments))
        except ProtocolError as error:
            return error.code
    return len(entries), sum(entry.deleted for entry in entries)


def test_a_harvest_gives_what_is_held_and_a_second_one_changes_nothing(harvesting, peer):
    endpoint = keep(harvesting, peer.url)
    run = harvest_all(harvesting, endpoint)
    assert (run.state, harvested(harvesting)) == ("complete", peer.shown())
    told = 15 if peer.tells_deletions else 0
    assert run.balance == Balance(received=285 + told, new=285, deleted=told)
    assert notes(harvesting, run).get("short_list", 0) == (0 if peer.tells_deletions else 15)
    before = list(iter_items(harvesting.store))
    again = harvest_all(harvesting, endpoint, full=True)
    assert again.state == "complete"
    assert again.balance == Balance(received=285 + told, unchanged=285 + told)
    assert list(iter_items(harvesting.store)) == before


def test_the_next_harvest_gives_what_changed_since(harvesting, peer):
    endpoint = keep(harvesting, peer.url)
    harvest_all(harvesting, endpoint)
    before, now = peer.shown(), written(dt.datetime.now(dt.UTC))
    one, other = (peer.held[f"oai:peer.example:{number}"] for number in (41, 42))
    peer.hold(
        Held("oai:peer.example:new", now, "set1", "New"),
        replace(one, datestamp=now, title="Changed", set_spec="set0"),
        replace(other, datestamp=now, deleted=True),
    )
    run = harvest_all(harvesting, endpoint)
    assert (run.state, bool(run.since)) == ("complete", True)
    told = peer.tells_deletions
    assert run.balance == Balance(received=2 + told, new=1, changed=1, deleted=int(told))
    untold = {} if told else {other.identifier: before[other.identifier]}
    assert harvested(harvesting) == peer.shown() | untold


@pytest.mark.parametrize(("since", "until"), [DAYS, SECONDS], ids=["days", "seconds"])
def test_a_span_gives_what_lies_in_it(harvesting, peer, since, until):
    run = harvest_all(harvesting, keep_probed(harvesting, peer), since=since, until=until)
    assert (run.state, harvested(harvesting)) == ("complete", peer.shown(*peer.reached(since, until)))


@pytest.mark.parametrize(
    ("known", "parallel"), [(True, 4), (None, 2), (False, 3)], ids=["known", "unknown", "excluded"]
)
def test_windows_give_the_records_of_the_whole_list(harvesting, recent, known, parallel):
    inclusive = recent.until_inclusive if known else known
    endpoint = keep_probed(harvesting, recent, until_inclusive=inclusive, parallel=parallel)
    run = harvest_together(harvesting, endpoint)
    assert (run.state, harvested(harvesting)) == ("complete", recent.shown())
    slices = [window for window in list_windows(harvesting.store, run.id) if window.reason == "slice"]
    assert len(slices) == (3 if recent.counts else 2 * parallel)


def test_sets_give_their_records(harvesting, peer):
    run = harvest_all(harvesting, keep_probed(harvesting, peer, sets=("set0", "set2")))
    assert (run.state, harvested(harvesting)) == ("complete", peer.shown(sets=("set0", "set2")))


@pytest.mark.parametrize(("name", "granularity"), [("xoai", "second"), ("xoai", "day"), ("oai_repo", "day")])
def test_a_form_of_dates_that_is_refused_is_not_asked_for_again(harvesting, open_peer, name, granularity):
    peer = open_peer(name, granularity)
    peer.hold(*made_records())
    wrong = FORMS["day" if granularity == "second" else "second"]
    run = harvest_all(harvesting, keep_probed(harvesting, peer, granularity=wrong), since="2024-01-05")
    assert (run.state, harvested(harvesting)) == ("complete", peer.shown("2024-01-05"))
    assert get_endpoint(harvesting.store, "here").granularity == FORMS[granularity]


def test_the_peers_differ_in_what_they_make_of_until(peer):
    """What each of them answers to the same two questions: the reason for the care that the tests above prove."""
    days = ask(peer, **{"from": "2024-01-05", "until": "2024-01-06"})
    seconds = ask(peer, **{"from": "2024-01-05T00:30:00Z", "until": "2024-01-06T23:29:59Z"})
    assert (days, seconds) == {
        ("pyoai", "second"): ((48, 3), (47, 3)),
        ("pyoai", "day"): ((48, 3), (47, 3)),
        ("oai_repo", "second"): ((23, 0), (44, 0)),
        ("oai_repo", "day"): ((23, 0), "badArgument"),
        ("xoai", "second"): ("badArgument", (48, 3)),
        ("xoai", "day"): ((48, 3), "badArgument"),
        ("xoai", "lenient"): ((48, 3), (48, 3)),
    }[peer.name, peer.granularity]


def test_oai_repo_lists_the_headers_of_what_is_deleted_as_live(open_peer):
    peer = open_peer("oai_repo", "second")
    peer.hold(*made_records())
    assert (ask(peer), ask(peer, "ListIdentifiers")) == ((285, 0), (300, 0))
