"""What the probe finds out about servers that others wrote, and that a harvest by its settings loses nothing."""

from harvester.probe import probe_repository, settings_from
from harvester.store.endpoints import put_endpoint
from harvester.store.ledger.windows import list_windows
from tests.harvester.harvesting import harvest_all, keep
from tests.peers.holding import harvested

DAY, SECOND = "YYYY-MM-DD", "YYYY-MM-DDThh:mm:ssZ"
SELECTION = {  # takes seconds, takes days, is asked in, is exact, until is inclusive
    ("pyoai", "second"): (True, True, SECOND, True, True),
    ("pyoai", "day"): (True, True, DAY, True, True),
    ("oai_repo", "second"): (True, True, SECOND, True, True),
    ("oai_repo", "day"): (False, True, DAY, True, False),
    ("xoai", "second"): (True, False, SECOND, True, True),
    ("xoai", "day"): (False, True, DAY, True, True),
    ("xoai", "lenient"): (True, True, SECOND, False, None),  # it gives the rest of the day of until, too
}


def test_the_probe_finds_what_a_peer_does(harvesting, recent):
    endpoint = keep(harvesting, recent.url)
    findings = probe_repository(harvesting.http(endpoint), endpoint)
    found, listing, token, sets = findings.selection, findings.listing, findings.token, findings.sets
    assert findings.troubles == ()
    assert (found.from_honoured, found.until_honoured, found.nothing_earlier) == (True, True, True)
    assert (
        found.takes_seconds,
        found.takes_days,
        found.granularity,
        found.exact,
        found.until_inclusive,
    ) == SELECTION[recent.name, recent.granularity]
    assert (listing.several_pages, listing.order, listing.deleted_seen) == (True, "none", recent.tells_deletions)
    assert (listing.size_given, listing.size) == ((True, 480) if recent.counts else (False, None))
    assert (token.alone, token.stateless, token.reusable) == (True, True, True)
    assert ([one.spec for one in sets.sets], sets.honoured, sets.kept_by_token) == (
        ["set0", "set1", "set2"],
        True,
        True,
    )


def test_a_harvest_with_what_the_probe_found_is_cut_and_whole(harvesting, recent):
    endpoint = keep(harvesting, recent.url)
    endpoint = settings_from(probe_repository(harvesting.http(endpoint), endpoint), endpoint)
    put_endpoint(harvesting.store, endpoint)
    run = harvest_all(harvesting, endpoint)
    assert (endpoint.selective, run.state, harvested(harvesting)) == (True, "complete", recent.shown())
    assert len(list_windows(harvesting.store, run.id)) > 3
