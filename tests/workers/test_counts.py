"""What happens is counted where it happens. Expected: what the test has the repository, registry and index do."""

import time

import pytest

from harvester.counting import give_back, take_counts
from harvester.enriching import work_dois
from harvester.store.dois import enqueue_dois
from indexer.engines import open_index
from indexer.errors import IndexUnavailableError
from indexer.indexing import index_outbox
from tests.faults import retry_later, server_error
from tests.harvester.dois.test_enriching import opened
from tests.harvester.harvesting import harvest_all, keep, open_here
from tests.registries import made_work, serving
from tests.repository import Repository, made_entries


@pytest.fixture(autouse=True)
def counted():
    """Give what was counted in the test, by name and label."""
    kept = take_counts()
    yield lambda: dict(take_counts().added)
    take_counts()
    give_back(kept)


def test_attempts_records_and_requests_of_a_harvest(tmp_path, counted):
    with Repository(made_entries(25, deleted_every=5), page_size=10) as repository, open_here(tmp_path) as harvesting:
        repository.misbehave(server_error(500), page=2)
        repository.misbehave(retry_later("1", 429), page=3)
        assert harvest_all(harvesting, keep(harvesting, repository.url)).state == "complete"
        host = repository.url.split("/")[2]
        visits = repository.visits
    found = counted()
    assert {label: value for (name, label), value in found.items() if name == "page_attempts"} == {
        "stored": 3,
        "failed": 1,
        "waiting": 1,
    }
    assert {label: value for (name, label), value in found.items() if name == "records"} == {"new": 20, "deleted": 5}
    assert found["http_requests", host] == visits
    assert found["http_429", host] == 1
    assert found["http_wait_seconds", host] == pytest.approx(1, abs=0.1)


def test_a_page_that_is_given_up_is_dead(tmp_path, counted):
    with Repository(made_entries(5)) as repository, open_here(tmp_path) as harvesting:
        endpoint = keep(harvesting, repository.url, metadata_prefix="nothing")
        assert harvest_all(harvesting, endpoint).state == "failed"
    assert counted()["page_attempts", "dead"] == 1


def test_documents_errors_and_lag_of_the_index(tmp_path, counted):
    with Repository(made_entries(25)) as repository, open_here(tmp_path) as harvesting:
        harvest_all(harvesting, keep(harvesting, repository.url))
        counted()
        index = open_index("embedded:", data_dir=tmp_path)
        index.create()
        late = time.time() + 20
        assert index_outbox(harvesting.store, index, limit=1_000, lease_s=10, clock=lambda: late).written == 25
        index.close()
    found = counted()
    assert found["index_documents", "written"] == 25
    assert found["searchable_lag_seconds_bucket", "60"] == 25
    assert 25 * 20 <= found["searchable_lag_seconds_sum", ""] < 25 * 60


def test_an_index_that_is_away_is_an_error_and_no_document(tmp_path, counted):
    with Repository(made_entries(5)) as repository, open_here(tmp_path) as harvesting:
        harvest_all(harvesting, keep(harvesting, repository.url))
        counted()
        away = open_index("http://127.0.0.1:1", data_dir=tmp_path)
        with pytest.raises(IndexUnavailableError):
            index_outbox(harvesting.store, away, limit=10, lease_s=10)
        away.close()
    assert counted() == {("index_errors", "unavailable"): 1}


def test_answers_of_registries(tmp_path, counted):
    with serving() as registries, opened(tmp_path, registries) as enriching:
        registries.register("Crossref", made_work(1), made_work(2))
        with enriching.store.begin() as connection:
            enqueue_dois(connection, ["10.5555/made.1", "10.5555/made.2"], time.time() - 1)
        work_dois(enriching, for_s=20)
    assert counted()["doi_answers", "crossref found"] == 2
