from concurrent.futures import ThreadPoolExecutor

from msgspec.structs import replace

from harvester.probe import Findings
from harvester.store.endpoints import put_endpoint, remove_endpoint
from harvester.store.operating.controls import pause
from harvester.store.probes import (
    ATTEMPT_S,
    EVERY_S,
    KEPT,
    SPREAD_S,
    Attempt,
    latest_probe,
    list_probes,
    offer_probes,
    put_probe,
    spread_s,
    take_probe,
)
from tests.contract.store.building import NOW, made_endpoint

FOUND = Findings(base_url="https://repository.example/oai", metadata_prefix="oai_dc")
DUE = NOW + EVERY_S + SPREAD_S


def probed(store, key="here", now=NOW, **fields):
    endpoint = made_endpoint(store, key, **fields)
    assert put_probe(store, key, FOUND, now=now)
    return endpoint


def test_last_probe_is_given_as_it_was_kept(store):
    assert latest_probe(store, "here") is None
    probed(store)
    newer = replace(FOUND, drift=("2027-01-15: gzip: yes, was no",), gzip=True)
    put_probe(store, "here", newer, now=NOW + 5)
    found = latest_probe(store, "here")
    assert (found.at, found.findings) == (NOW + 5, newer)
    assert [probe.at for probe in list_probes(store, "here")] == [NOW + 5, NOW]


def test_two_dozen_probes_are_kept(store):
    probed(store)
    for number in range(1, KEPT + 3):
        put_probe(store, "here", FOUND, now=NOW + number)
    ats = [probe.at for probe in list_probes(store, "here", limit=99)]
    assert ats == [NOW + number for number in range(KEPT + 2, 2, -1)]


def test_probe_of_a_missing_endpoint_is_not_kept(store):
    assert not put_probe(store, "nowhere", FOUND, now=NOW)
    assert latest_probe(store, "nowhere") is None


def test_removed_endpoint_takes_its_probes_with_it(store):
    endpoint = probed(store)
    remove_endpoint(store, "here", NOW)
    put_endpoint(store, endpoint)
    assert latest_probe(store, "here") is None


def test_probe_is_due_after_thirty_days_and_its_own_delay(store):
    probed(store)
    at = NOW + EVERY_S + spread_s("here")
    assert offer_probes(store, now=at - 1, limit=9) == []
    assert offer_probes(store, now=at + 1, limit=9) == [Attempt("here", at + 1)]


def test_delays_are_spread_over_five_days_and_stay_the_same():
    delays = [spread_s(f"repository-{number}") for number in range(200)]
    assert 0 <= min(delays) < SPREAD_S / 10
    assert SPREAD_S * 0.9 < max(delays) < SPREAD_S
    assert delays == [spread_s(f"repository-{number}") for number in range(200)]


def test_paused_and_never_probed_endpoints_are_left_alone(store):
    probed(store, "paused")
    pause(store, "endpoint", "paused", actor="me", reason="", now=NOW)
    made_endpoint(store, "never")
    probed(store, "fresh", now=DUE - 60)
    assert offer_probes(store, now=DUE, limit=9) == []


def test_those_waiting_longest_are_offered_first_and_no_more_than_wanted(store):
    for number, key in enumerate("cab"):
        probed(store, key, now=NOW - number)
    assert [attempt.endpoint for attempt in offer_probes(store, now=DUE, limit=2)] == ["b", "a"]
    assert [attempt.endpoint for attempt in offer_probes(store, now=DUE, limit=2)] == ["c"]


def test_probe_that_is_offered_is_not_offered_again_for_hours(store):
    probed(store)
    assert len(offer_probes(store, now=DUE, limit=9)) == 1
    assert offer_probes(store, now=DUE + ATTEMPT_S - 1, limit=9) == []
    assert len(offer_probes(store, now=DUE + ATTEMPT_S + 1, limit=9)) == 1


def test_offer_is_taken_once(store):
    probed(store)
    (offer,) = offer_probes(store, now=DUE, limit=9)
    assert take_probe(store, offer, DUE + 1) == Attempt("here", DUE + 1)
    assert take_probe(store, offer, DUE + 2) is None


def test_of_many_that_offer_and_take_at_once_one_succeeds(store):
    probed(store)
    with ThreadPoolExecutor(8) as pool:
        offers = list(pool.map(lambda step: offer_probes(store, now=DUE + step / 100, limit=9), range(8)))
        (offer,) = [offer for found in offers for offer in found]
        taken = list(pool.map(lambda step: take_probe(store, offer, DUE + 1 + step / 100), range(8)))
    assert len([one for one in taken if one is not None]) == 1


def test_worker_that_was_killed_is_replaced_and_its_late_result_is_not_kept(store):
    probed(store)
    (offer,) = offer_probes(store, now=DUE, limit=9)
    killed = take_probe(store, offer, DUE + 1)
    later = DUE + ATTEMPT_S + 2
    (again,) = offer_probes(store, now=later, limit=9)
    second = take_probe(store, again, later + 1)
    assert not put_probe(store, "here", replace(FOUND, gzip=True), now=later + 2, attempt=killed)
    assert put_probe(store, "here", FOUND, now=later + 3, attempt=second)
    assert not put_probe(store, "here", FOUND, now=later + 4, attempt=second)
    assert (latest_probe(store, "here").at, latest_probe(store, "here").findings) == (later + 3, FOUND)
    assert offer_probes(store, now=later + EVERY_S, limit=9) == []


def test_attempt_on_a_removed_endpoint_is_not_taken(store):
    probed(store)
    (offer,) = offer_probes(store, now=DUE, limit=9)
    remove_endpoint(store, "here", DUE)
    assert take_probe(store, offer, DUE + 1) is None


def test_attempt_is_no_probe(store):
    probed(store)
    offer_probes(store, now=DUE, limit=9)
    assert [probe.at for probe in list_probes(store, "here")] == [NOW]
