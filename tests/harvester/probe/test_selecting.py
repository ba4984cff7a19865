"""What from and until do, on repositories that treat them in every way seen in the wild."""

import datetime as dt

import pytest
from msgspec.structs import replace

from tests.faults import Answer, altered, later, oai_error, server_error
from tests.manners import Manners
from tests.repository import Repository, made_entries

DAY, SECOND = "YYYY-MM-DD", "YYYY-MM-DDThh:mm:ssZ"
HOURS = 3_600


def facts(selection, *names):
    return tuple(getattr(selection, name) for name in names)


def test_repository_by_the_standard_is_found_to_be_one(probed):
    found = probed(Manners()).selection
    assert facts(found, "takes_seconds", "takes_days", "granularity") == (True, True, SECOND)
    assert facts(found, "from_honoured", "until_honoured", "exact") == (True, True, True)
    assert facts(found, "from_inclusive", "until_inclusive", "nothing_earlier") == (True, True, True)
    assert found.why == {}


@pytest.mark.parametrize(
    ("ignored", "honoured"),
    [(("from",), (False, True)), (("until",), (True, False)), (("from", "until"), (False, False))],
)
@pytest.mark.parametrize("granularity", [SECOND, DAY])
def test_ignored_bound_is_seen(probed, ignored, honoured, granularity):
    found = probed(Manners(ignores=ignored, granularity=granularity)).selection
    assert facts(found, "from_honoured", "until_honoured") == honoured
    for name in ignored:
        assert found.why[f"{name}_honoured"].startswith(f"{name} 20")
        assert " gives a record of 2024-01-01T00:" in found.why[f"{name}_honoured"]
    assert (found.exact, found.until_inclusive) == (False, None)


@pytest.mark.parametrize("ignored", ["from", "until"])
def test_ignored_bound_is_seen_where_all_datestamps_are_the_same(probed, ignored):
    same = [replace(entry, datestamp="2024-01-01T12:00:00Z") for entry in made_entries(30)]
    found = probed(Manners(ignores=(ignored,)), entries=same).selection
    assert facts(found, "from_honoured", "until_honoured") == (ignored != "from", ignored != "until")
    assert facts(probed(entries=same).selection, "from_honoured", "until_honoured") == (True, True)


@pytest.mark.parametrize("granularity", [SECOND, DAY])
@pytest.mark.parametrize(
    ("manners", "inclusive"),
    [
        (Manners(until_exclusive=True), (True, False)),
        (Manners(from_exclusive=True), (False, True)),
        (Manners(from_exclusive=True, until_exclusive=True), (False, False)),
    ],
)
def test_exclusive_bound_is_told_from_an_inclusive_one(probed, manners, inclusive, granularity):
    found = probed(replace(manners, granularity=granularity), entries=made_entries(9)).selection
    assert facts(found, "from_honoured", "until_honoured", "exact") == (True, True, True)
    assert facts(found, "from_inclusive", "until_inclusive") == inclusive


@pytest.mark.parametrize("hours", [-5, 5])
def test_bounds_in_another_zone_are_honoured_but_not_exact(probed, hours):
    found = probed(Manners(shift_s=hours * HOURS)).selection
    assert facts(found, "from_honoured", "until_honoured", "exact") == (True, True, False)
    assert "gives a record of" in found.why["exact"]
    assert facts(found, "from_inclusive", "until_inclusive") == (None, None)


@pytest.mark.parametrize(
    ("said", "takes", "granularity"),
    [
        (SECOND, ("days",), DAY),
        (DAY, ("seconds",), SECOND),
        (DAY, ("seconds", "days"), DAY),
        (SECOND, ("seconds", "days"), SECOND),
        ("day", ("seconds", "days"), SECOND),
    ],
)
def test_granularity_is_the_one_that_is_said_if_it_is_taken(probed, said, takes, granularity):
    found = probed(Manners(granularity=said, takes=takes)).selection
    assert facts(found, "takes_seconds", "takes_days") == ("seconds" in takes, "days" in takes)
    assert facts(found, "granularity", "from_honoured", "until_honoured") == (granularity, True, True)
    refused = {"takes_seconds", "takes_days"} & set(found.why)
    assert refused == {f"takes_{form}" for form in {"seconds", "days"} - set(takes)}


def test_unknown_granularity_is_taken_from_the_datestamps(probed):
    found = probed(Manners(granularity="?", shows_days=True)).selection
    assert found.granularity == DAY


def test_repository_that_refuses_both_forms_cannot_be_cut(probed):
    found = probed(Manners(takes=())).selection
    assert facts(found, "takes_seconds", "takes_days", "granularity") == (False, False, "")
    assert facts(found, "from_honoured", "until_honoured", "exact", "until_inclusive") == (False, False, None, None)
    assert "badArgument" in found.why["until_inclusive"]


def test_failure_is_no_refusal(probed, repository):
    repository.misbehave(server_error(), times=None)
    repository.misbehave(oai_error("badVerb"), times=None, verb="ListIdentifiers")
    found = probed(repository=repository).selection
    assert facts(found, "takes_seconds", "takes_days", "from_honoured", "until_honoured") == (None, None, None, None)
    assert all("HTTP status 500" in reason for reason in found.why.values())


def test_form_that_fails_otherwise_is_not_known(probed, repository):
    repository.misbehave(later(server_error(), good=3), times=None)
    found = probed(repository=repository).selection
    assert facts(found, "takes_seconds", "takes_days", "from_honoured", "until_honoured") == (None, None, None, None)
    assert "HTTP status 500" in found.why["takes_seconds"]


def test_inclusion_that_may_be_on_another_page_is_not_known(probed):
    moments = [0] + [1] * 9 + [2] * 15
    entries = [
        replace(entry, datestamp=f"2024-01-01T00:00:0{second}Z")
        for entry, second in zip(made_entries(25), moments, strict=True)
    ]
    found = probed(Manners(from_exclusive=True), entries=entries).selection
    assert facts(found, "from_inclusive", "until_inclusive") == (None, True)
    assert found.why["from_inclusive"] == "the window has more than one page"


def test_window_that_fails_leaves_its_finding_unknown(probed, repository):
    failing = iter([False, False, False, False, False, True])  # the third window is the one of until

    def fault(answer):
        return Answer(b"broken", 500) if next(failing, False) else answer

    repository.misbehave(fault, times=None)
    found = probed(repository=repository).selection
    assert facts(found, "from_honoured", "until_honoured", "exact") == (True, None, None)
    assert "HTTP status 500" in found.why["until_honoured"]


def test_repository_without_records_tells_nothing(probed):
    found = probed(entries=[]).selection
    assert facts(found, "takes_seconds", "from_honoured", "until_honoured", "exact", "nothing_earlier") == (None,) * 5
    assert set(found.why.values()) == {"no record with a datestamp was seen"}


def test_datestamps_of_today_tell_nothing_of_from(probed):
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    fresh = [replace(entry, datestamp=now) for entry in made_entries(15)]
    found = probed(Manners(granularity=DAY), entries=fresh).selection
    assert facts(found, "takes_days", "from_honoured", "until_honoured") == (True, None, True)
    assert "too new" in found.why["from_honoured"]


def test_record_before_the_earliest_datestamp_is_seen_on_the_page(probed):
    found = probed(Manners(earliest="2024-06-01T00:00:00Z")).selection
    assert found.nothing_earlier is False
    assert found.why["nothing_earlier"] == "there is a record of 2024-01-01T00:01:00Z"


def test_record_before_the_earliest_datestamp_is_looked_for(probed):
    with Repository(made_entries(60), manners=Manners(earliest="2024-02-01T00:00:00Z")) as repository:
        repository.misbehave(altered(b"<datestamp>2024-01", b"<datestamp>2024-03"))  # the first page is of March
        found = probed(repository=repository).selection
    assert found.nothing_earlier is False
    assert found.why["nothing_earlier"] == "there is a record of 2024-01-01T00:01:00Z"


@pytest.mark.parametrize(
    ("manners", "reason"),
    [
        (Manners(earliest="unknown"), "earliestDatestamp is 'unknown'"),
        (Manners(earliest="0001-01-01T00:00:00Z"), "no real date"),
        (Manners(ignores=("until",)), "until cannot be relied on"),
    ],
)
def test_earliest_datestamp_that_cannot_be_checked_says_why(probed, manners, reason):
    found = probed(manners).selection
    assert found.nothing_earlier is None
    assert reason in found.why["nothing_earlier"]


def test_short_probe_asks_for_what_a_harvest_needs(probed, repository):
    found = probed(repository=repository, thorough=False)
    assert facts(found.selection, "from_honoured", "until_honoured", "until_inclusive") == (True, True, True)
    unasked = {"takes_days": None, "nothing_earlier": None}
    assert {name: getattr(found.selection, name) for name in unasked} == unasked
    assert found.requests == len(repository.requests) == 7
