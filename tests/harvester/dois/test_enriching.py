"""DOIs from the records to what is registered for them, against registries that enforce their limits."""

import time
from contextlib import contextmanager

import pytest

from harvester.archive import open_archive
from harvester.enriching import can_ask, work_dois
from harvester.querying import Enriching
from harvester.settings import HarvesterSettings
from harvester.store import open_store
from harvester.store.dois import count_dois, enqueue_dois, get_doi, read_registered, retry_dois
from tests.registries import made_dataset, made_work, serving


@contextmanager
def opened(folder, registries, **fields):
    settings = HarvesterSettings(
        data_dir=folder,
        contact="librarian@example.org",
        allow_private=True,
        crossref_url=registries.url,
        datacite_url=registries.url,
        doi_url=registries.url,
        **fields,
    )
    with open_store(settings.resolved_store_url()) as store:
        enriching = Enriching(store, open_archive(settings.resolved_archive_url()), settings)
        try:
            yield enriching
        finally:
            enriching.close()


def queue(enriching, *dois):
    with enriching.store.begin() as connection:
        enqueue_dois(connection, dois, time.time() - 1)


def registered(enriching, *dois):
    with enriching.store.connect() as connection:
        return read_registered(connection, dois)


def finish(enriching, for_s=20):
    end = time.monotonic() + for_s
    worked = work_dois(enriching, for_s=for_s)
    while can_ask(enriching.store, time.time()) and time.monotonic() < end:
        work_dois(enriching, for_s=2)
    return worked


def test_each_doi_is_asked_for_where_it_is_registered_and_its_answer_kept(tmp_path):
    comma = made_work(9, DOI="10.5555/made,9(a)")
    with serving() as registries, opened(tmp_path, registries) as enriching:
        registries.register("Crossref", made_work(1), made_work(2), comma)
        registries.register("DataCite", made_dataset(1))
        registries.register("mEDRA", {"DOI": "10.1400/1", "title": "Titolo", "type": "article-journal"})
        dois = ["10.5555/made.1", "10.5555/made.2", "10.5555/made,9(a)", "10.5061/made.1", "10.1400/1"]
        queue(enriching, *dois)
        finish(enriching)
        found = registered(enriching, *dois)
        assert sorted(found) == sorted(dois)
        assert found["10.1400/1"].title[0].value == "Titolo"
        assert registries.refused == 0
        assert (registries.count("crossref"), registries.count("crossref_single"), registries.count("datacite")) == (
            1,
            1,
            1,
        )
        assert all("mailto=librarian" in line for line in registries.lines if "/works" in line)
        row = get_doi(enriching.store, "10.5555/made.1")
        assert (row.state, row.agency, row.error) == ("found", "Crossref", None)
        assert row.due - row.fetched == pytest.approx(30 * 86400)
        assert b"Made work number 1" in enriching.archive.read(row.location)


def test_what_a_list_omits_goes_to_the_resolver_and_is_absent_only_then(tmp_path):
    with serving() as registries, opened(tmp_path, registries) as enriching:
        registries.register("Crossref", made_work(1), made_work(2), made_work(3))
        registries.register("DataCite", made_dataset(7, prefix="10.5555"))  # one that has moved to another agency
        registries.omitted = {"10.5555/made.2"}
        queue(enriching, "10.5555/made.1", "10.5555/made.2", "10.5555/made.7", "10.5555/never")
        finish(enriching)
        assert registered(enriching, "10.5555/made.2")["10.5555/made.2"].title[0].value.startswith("Made work number 2")
        assert get_doi(enriching.store, "10.5555/made.7").agency == "DataCite"
        row = get_doi(enriching.store, "10.5555/never")
        assert (row.state, row.error) == ("absent", "DOI does not exist")
        assert row.due - row.fetched == pytest.approx(7 * 86400)


def test_a_double_slash_is_tried_as_written_and_then_without(tmp_path):
    with serving() as registries, opened(tmp_path, registries) as enriching:
        registries.register(
            "Crossref", made_work(1, prefix="10.1037"), made_work(2, prefix="10.1037", DOI="10.1037//a.2")
        )
        registries.register("Crossref", made_work(3, prefix="10.1026"))
        dois = ["10.1037//made.1", "10.1037//a.2", "10.1037//never", "10.1026//made.3"]
        queue(enriching, *dois)
        finish(enriching)
        found = registered(enriching, *dois)
        assert sorted(found) == ["10.1037//a.2", "10.1037//made.1"]
        assert [(one.scheme, one.value) for one in found["10.1037//made.1"].identifier] == [("doi", "10.1037/made.1")]
        assert [get_doi(enriching.store, doi).state for doi in dois] == ["found", "found", "absent", "absent"]
        assert [line for line in registries.lines if "made.3" in line and "//" not in line] == []
        asked = len(registries.calls)
        finish(enriching)
        assert len(registries.calls) == asked


def test_a_page_for_people_is_no_answer(tmp_path):
    with serving() as registries, opened(tmp_path, registries) as enriching:
        registries.register("KISTI", {"DOI": "10.5394/1", "title": "T"})
        registries.pages = {"10.5394/1"}
        queue(enriching, "10.5394/1")
        finish(enriching)
        row = get_doi(enriching.store, "10.5394/1")
        assert row.state == "absent"
        assert "text/html in place of JSON" in row.error


def test_a_second_run_asks_nothing(tmp_path):
    with serving() as registries, opened(tmp_path, registries) as enriching:
        registries.register("Crossref", *map(made_work, range(20)))
        dois = [f"10.5555/made.{number}" for number in range(25)]
        queue(enriching, *dois)
        finish(enriching)
        asked = len(registries.calls)
        queue(enriching, *dois)
        finish(enriching)
        assert len(registries.calls) == asked
        assert {(row.state, row.count) for row in count_dois(enriching.store)} == {("found", 20), ("absent", 5)}
        assert retry_dois(enriching.store, time.time(), states=["absent"]) == 5
        finish(enriching)
        assert len(registries.calls) > asked


def test_long_dois_are_asked_for_in_lines_that_are_short_enough(tmp_path):
    with serving() as registries, opened(tmp_path, registries) as enriching:
        works = [made_work(number, DOI=f"10.5555/{'é' * 30}{number}") for number in range(60)]
        registries.register("Crossref", *works)
        queue(enriching, *(work["DOI"] for work in works))
        finish(enriching)
        assert [(row.state, row.count) for row in count_dois(enriching.store)] == [("found", 60)]
        assert max(map(len, registries.lines)) <= 4_000
        assert registries.refused == 0


def test_told_to_slow_down_it_waits_and_loses_nothing(tmp_path):
    with serving() as registries, opened(tmp_path, registries) as enriching:
        registries.register("Crossref", made_work(1))
        registries.trouble = {"crossref": [(429, {"Retry-After": "1"})]}
        queue(enriching, "10.5555/made.1")
        finish(enriching, 1)
        assert get_doi(enriching.store, "10.5555/made.1").tries == 0
        assert not can_ask(enriching.store, time.time())
        time.sleep(1.5)
        finish(enriching)
        assert get_doi(enriching.store, "10.5555/made.1").state == "found"


def test_a_rate_of_120_a_second_without_one_429(tmp_path):
    with serving(delay_s=0.25) as registries, opened(tmp_path, registries) as enriching:
        works = list(map(made_work, range(1_300)))
        registries.register("Crossref", *works)
        queue(enriching, *(work["DOI"].lower() for work in works))
        started = time.monotonic()
        finish(enriching, 30)
        took = time.monotonic() - started
        assert [(row.state, row.count) for row in count_dois(enriching.store)] == [("found", 1_300)]
        assert registries.refused == 0
        assert registries.count("crossref") <= 1_300 / 50 * 1.1
        assert 1_300 / took >= 120
