"""docs/faults.md is what whole harvests of misbehaving repositories came to: a row for each way of going wrong.

OAIHUB_WRITE_DOCS=1 writes the file anew; without it the file must be what the harvests show.
"""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from harvester.harvest import begin_run, harvest_page
from harvester.store.endpoints import get_endpoint
from harvester.store.ledger.balance import difference
from harvester.store.ledger.pages import next_page
from harvester.store.ledger.rejected import list_rejected
from harvester.store.ledger.runs import finish_run, get_run
from tests import faults
from tests.harvester.harvesting import keep, notes, open_here
from tests.harvester.test_modes import MODES
from tests.manners import Manners
from tests.repository import Repository, made_entries

TABLE = Path(__file__).parents[2] / "docs/faults.md"
PARKED_S = 5.0
MOST_PAGES = 400
SELECTIVE = {"selective": True, "until_inclusive": True, "earliest": "2020-01-01T00:00:00Z"}
ANSWERS = {
    1: "the closing root tag is demanded; the page is asked for again, then got around by headers and single records",
    2: "the root element is checked, the page is asked for again, then got around",
    3: "the window is begun again, at most twice, then cut",
    4: "pages are compared by what they hold; the list ends and its headers name what is left",
    5: "white space is no token: the list ends",
    6: "an empty result is an end",
    7: "compared with completeListSize and asked for twice; what is short then is noted and nothing is deleted for it",
    8: "the count is doubted, never believed against the records",
    9: "the window is cut down to the record, which is set aside with the server's words",
    10: "asked for again, then smaller lists",
    11: "the run is parked, at most for a day; no worker sleeps",
    12: "both forms are read",
    13: "an empty result, no error",
    14: "the body is read before the status is judged",
    15: "all arguments go with the token from then on",
    16: "the token is opaque and encoded once",
    17: "taken out, counted, parsed strictly again",
    18: "repaired by sequence, or read in the charset that fits",
    19: "repaired and counted",
    20: "cut to the root element; a DOCTYPE is refused",
    21: "split by record; what is not well-formed is set aside with its bytes",
    22: "read, under a cap of our own",
    23: "found by the datestamps; the list is taken as one from then on",
    24: "the other form is tried once and remembered",
    28: "folded: one record for each identifier",
    30: "a live one is set aside, a deleted one needs none",
    31: "followed, noted",
    32: "asked in the other way, as the endpoint says",
    33: "ListSets is looked at before an empty set is believed",
    34: "read without namespace, or with the prefix that is missing, and noted",
    35: "the bytes are looked at, not the header",
}


class Case(Struct, kw_only=True):
    """A way of going wrong: a fault at a page of the list, or the repository's manners."""

    number: int
    name: str
    fault: faults.Fault | None = None
    make: Callable[[], faults.Fault] | None = None
    page: int | None = 2
    verbs: tuple[str, ...] = ("ListRecords",)
    manners: Manners | None = None
    fields: dict[str, object] = {}
    methods: tuple[str, ...] = ("GET", "POST")
    since: str | None = None


def ended(answer):
    """End the list with this page."""
    body = re.sub(rb"<resumptionToken([^>]*)>[^<]*<", rb"<resumptionToken\1><", answer.body)
    return replace(answer, body=body)


def twice(answer):
    """Give the first record of the page twice."""
    return replace(answer, body=re.sub(rb"(<record>.*?</record>)", rb"\1\1", answer.body, count=1, flags=re.DOTALL))


def same_page():
    """Answer with the page that was asked for first, whatever is asked."""
    kept = []

    def fault(answer):
        kept.append(answer)
        return kept[0]

    return fault


def circle():
    """Answer with the first two pages in turn."""
    kept, count = [], iter(range(1_000))

    def fault(answer):
        if len(kept) < 2:
            kept.append(answer)
            next(count)
            return answer
        return kept[next(count) % 2]

    return fault


MORE = [
    Case(number=3, name="a token is forgotten", fault=faults.oai_error("badResumptionToken")),
    Case(
        number=3,
        name="a token is forgotten, dates can be trusted",
        fault=faults.oai_error("badResumptionToken"),
        fields=SELECTIVE,
    ),
    Case(number=4, name="the same page again and again", make=same_page, page=None),
    Case(number=4, name="a circle of two pages", make=circle, page=None),
    Case(number=6, name="a token, then noRecordsMatch", fault=faults.oai_error("noRecordsMatch"), page=3),
    Case(number=7, name="the token is missing too early", fault=ended),
    Case(number=8, name="no completeListSize", manners=Manners(sizes="none")),
    Case(number=8, name="a completeListSize that changes", manners=Manners(sizes="unstable")),
    Case(
        number=9,
        name="a record that the server fails at",
        fault=faults.without("oai:test:15"),
        page=None,
        verbs=("ListRecords", "GetRecord"),
        fields=SELECTIVE,
    ),
    Case(
        number=9,
        name="such a record where dates cannot be trusted",
        fault=faults.without("oai:test:15"),
        page=None,
        verbs=("ListRecords", "GetRecord"),
    ),
    Case(number=10, name="a gateway that gives up", fault=faults.server_error(504)),
    Case(
        number=10,
        name="a gateway that gives up, dates can be trusted",
        fault=faults.server_error(504),
        fields=SELECTIVE,
    ),
    Case(number=11, name="429 for a day", fault=faults.retry_later("86400", 429)),
    Case(number=12, name="503 until a date", fault=faults.retry_later("Fri, 31 Dec 2100 23:59:59 GMT")),
    Case(number=13, name="nothing new", since="2024-06-01", page=1, fault=faults.oai_error("noRecordsMatch")),
    Case(number=15, name="a token needs the other arguments", manners=Manners(repeats=True)),
    Case(number=16, name="a token with characters of URLs", manners=Manners(tokens="readable")),
    Case(number=23, name="from and until are ignored", manners=Manners(ignores=("from", "until")), fields=SELECTIVE),
    Case(number=24, name="only days are taken", manners=Manners(takes=("days",)), since="2024-01-01T00:00:00Z"),
    Case(number=28, name="a record that comes twice", fault=twice),
    Case(number=32, name="POST only", methods=("POST",), fields={"http_method": "POST"}),
    Case(number=33, name="a set that vanished", fields={"sets": ("gone",)}),
    Case(
        number=35, name="packed twice, said once", fault=lambda answer: faults.gzipped()(faults.gzip_unsaid()(answer))
    ),
]
FIRST = [
    Case(number=number, name=name, fault=fault, page=3 if "token" in name else 2) for number, name, fault, _ in MODES
]
ROWS = sorted([*FIRST, *MORE], key=lambda case: case.number)


def outcome(folder, case, times):
    """Harvest thirty records from a repository that goes wrong, and tell what it came to."""
    with (
        Repository(made_entries(30), page_size=10, manners=case.manners) as repository,
        open_here(folder) as harvesting,
    ):
        repository.methods = set(case.methods)
        fault = case.make() if case.make else case.fault
        for verb in case.verbs if fault else ():
            page = None if verb == "GetRecord" else case.page
            repository.misbehave(fault, verb=verb, page=page, times=times)
        endpoint = keep(harvesting, repository.url, **case.fields)
        run = begin_run(harvesting, get_endpoint(harvesting.store, endpoint.key), since=case.since)
        if not go_on(harvesting, run.id):
            return "parked"
        run = finish_run(harvesting.store, run.id, time.time()) or get_run(harvesting.store, run.id)
        aside = {one.identifier or one.position for one in list_rejected(harvesting.store, run.id)}
        assert run.state != "complete" or difference(run.balance) == 0
        got, met = run.balance.new + run.balance.deleted, notes(harvesting, run)
        told = [run.state, f"{got} of 30" + (f", {len(aside)} set aside" if aside else "")]
        codes = ", ".join(f"`{code}`" for code in sorted(met))
        silent = run.state == "complete" and got + len(aside) < 30 and not met and run.balance.received > got
        assert not silent, f"{case.name}: {told}"
        return "; ".join([*told, codes] if codes else told)


def go_on(harvesting, run):
    """Harvest until the run has ended; False where it is parked."""
    for _ in range(MOST_PAGES):
        page = next_page(harvesting.store, run)
        if page is None:
            return True
        wait_s = max(0.0, page.not_before - time.time(), page.leased_until - time.time())
        if wait_s > PARKED_S:
            return False
        time.sleep(wait_s)
        result = harvest_page(harvesting, run, page.number)
        if result.not_before is not None and result.not_before - time.time() > PARKED_S and not result.failed_try:
            return False
    raise AssertionError("the run does not end")


def table(rows):
    """Write the table, a line for each case with what it came to."""
    head = (
        "# What a repository may do wrong, and what oaihub does about it\n\n"
        "Made by `tests/harvester/test_faults_table.py` from whole harvests of thirty records in three pages; do not\n"
        "edit it (`OAIHUB_WRITE_DOCS=1 pytest tests/harvester/test_faults_table.py` writes it anew). A cell is how\n"
        "the run ended, the records that came (live or deleted), those set aside with their reason, and the codes of\n"
        "the run's notes. "
        "A run that is not complete moves no watermark and deletes nothing; what it lacks comes with the next one.\n"
        "A run with the note `short_list` is complete and has less than the repository's own count says: all of it was "
        "asked for\ntwice, no other way to the rest is known, and nothing is deleted for it.\n\n"
        "| mode | the repository | oaihub | met once | met always |\n| --- | --- | --- | --- | --- |\n"
    )
    return head + "".join(
        f"| {case.number} | {case.name} | {ANSWERS[case.number]} | {once} | {always} |\n" for case, once, always in rows
    )


@pytest.fixture(scope="module")
def harvested(tmp_path_factory):
    def cell(case, times):
        return outcome(tmp_path_factory.mktemp("harvest"), case, times)

    can_come_once = [case.fault is not None and case.make is None for case in ROWS]
    return [
        (case, cell(case, 1) if once else "as always", cell(case, None))
        for case, once in zip(ROWS, can_come_once, strict=True)
    ]


@pytest.mark.slow
def test_the_table_of_faults_is_what_harvests_show(harvested):
    made = table(harvested)
    if os.environ.get("OAIHUB_WRITE_DOCS") == "1":
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(made)
    assert TABLE.read_text() == made
