"""Whole harvests of a repository that goes wrong in several ways at once, drawn at random: nothing is lost in silence.

A harvest that is `complete` has every record, or has it set aside with a reason; one that is not says why; and once the
faults have ended the next full harvest is complete and has exactly what the repository holds.
"""

import datetime as dt
import logging
import os
import random

import pytest
from msgspec.structs import replace

from harvester.store.ledger.balance import difference
from harvester.store.ledger.rejected import list_rejected
from tests import faults
from tests.harvester.harvesting import harvest_all, keep, live, notes, open_here
from tests.repository import Repository, made_entries

log = logging.getLogger(__name__)

SEQUENCES = 24
MANY = int(os.environ.get("OAIHUB_TEST_SEQUENCES", "100"))
MOST_REQUESTS = 3_000
WARNING = b"<b>Warning</b>: Cannot modify header information\n"
MAKERS = {
    "cut page": lambda dice: faults.cut_page(dice.uniform(0, 0.99)),
    "closed early": lambda dice: faults.closed_early(dice.uniform(0.2, 0.9)),
    "cut connection": lambda dice: faults.cut_connection(dice.uniform(0, 0.99)),
    "connection reset": lambda _: faults.connection_reset(),
    "HTML page": lambda dice: faults.html_page(dice.choice([200, 202, 403])),
    "server error": lambda dice: faults.server_error(dice.choice([500, 502, 504])),
    "later": lambda dice: faults.retry_later("0", dice.choice([429, 503])),
    "forgotten token": lambda _: faults.oai_error("badResumptionToken"),
    "blank token": lambda _: faults.blank_token(),
    "error status": lambda _: faults.with_status(500),
    "control characters": lambda _: faults.control_characters(),
    "invalid UTF-8": lambda _: faults.invalid_utf8(2),
    "illegal references": lambda _: faults.illegal_references(),
    "wrong charset": lambda _: faults.in_charset("utf-16", "UTF-8"),
    "garbage": lambda _: faults.garbage(WARNING, WARNING),
    "prolog per record": lambda _: faults.prolog_per_record(),
    "broken record": lambda dice: faults.broken_record(dice.randint(1, 5)),
    "unclosed record": lambda dice: faults.unclosed_record(dice.randint(1, 5)),
    "without metadata": lambda dice: faults.without_metadata(dice.randint(1, 5)),
    "no namespaces": lambda _: faults.without_namespaces(),
    "prefix": lambda _: faults.with_prefix(),
    "packed unsaid": lambda _: faults.gzip_unsaid(),
    "packed only said": lambda _: faults.gzip_only_said(),
    "poison record": lambda dice: faults.without(f"oai:test:{dice.randint(1, 200)}"),
}


def spread(count):
    """Make entries spread evenly over the time from 2020 to now, each seventh deleted."""
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    step = (dt.datetime.now(dt.UTC) - begin) / (count + 1)
    return [
        replace(entry, datestamp=f"{begin + number * step:%Y-%m-%dT%H:%M:%SZ}")
        for number, entry in enumerate(made_entries(count, deleted_every=7))
    ]


def misbehave(repository, dice):
    """Draw one to four faults at pages of the list, once, some times or for ever; give their names."""
    told = []
    for name in dice.sample(sorted(MAKERS), dice.randint(1, 4)):
        page, times = dice.choice([None, *range(1, 9)]), dice.choice([1, 1, 2, 5, None])
        fault = MAKERS[name](dice)
        for verb in ("ListRecords", "GetRecord") if name == "poison record" else ("ListRecords",):
            repository.misbehave(
                fault,
                verb=verb,
                page=None if name == "poison record" or verb == "GetRecord" else page,
                times=None if name == "poison record" else times,
            )
        told.append((name, page, times))
    return told


def one_sequence(folder, seed):
    dice = random.Random(seed)
    count = dice.randint(120, 240)
    fields = {"parallel": dice.choice([1, 4])}
    if dice.random() < 0.6:
        fields |= {"selective": True, "until_inclusive": True, "earliest": "2020-01-01T00:00:00Z"}
    if dice.random() < 0.3:
        fields |= {"granularity": "YYYY-MM-DD"}
    with Repository(spread(count), page_size=dice.choice([5, 20, 50])) as repository, open_here(folder) as harvesting:
        told = misbehave(repository, dice)
        log.warning("seed %d: %d records, %s: %s", seed, count, fields, told)
        endpoint = keep(harvesting, repository.url, **fields)
        run = harvest_all(harvesting, endpoint)
        assert len(repository.requests) < MOST_REQUESTS
        wanted = {entry.identifier for entry in repository.entries if not entry.deleted}
        aside = {one.identifier for one in list_rejected(harvesting.store, run.id) if one.reason}
        if run.state == "complete":
            assert difference(run.balance) == 0
            lost = wanted - live(harvesting) - aside
            assert not lost or notes(harvesting, run).get("short_list"), f"seed {seed} lost {sorted(lost)}"
        else:
            assert run.error, f"seed {seed} ended {run.state} and says nothing"
        repository.behave()
        keep(harvesting, repository.url, **fields)
        run = harvest_all(harvesting, endpoint, full=True)
        assert (run.state, difference(run.balance)) == ("complete", 0), f"seed {seed}: {run.error}"
        assert live(harvesting) == wanted, f"seed {seed}"


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_faults_at_random_lose_nothing_in_silence(tmp_path, seed):
    one_sequence(tmp_path, seed)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_many_more_faults_at_random_lose_nothing_in_silence(tmp_path):
    for seed in range(SEQUENCES, SEQUENCES + MANY):
        one_sequence(tmp_path / str(seed), seed)
