"""The archive gives back exactly what was put in, or says that it cannot: in a folder and in a bucket alike."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec import Struct

from harvester.archive import (
    Archive,
    ArchiveAwayError,
    ArchiveDamagedError,
    ArchiveError,
    BucketAccess,
    open_archive,
)
from harvester.checking import check_archive
from harvester.harvest import begin_run
from harvester.store.ledger.pages import list_pages
from harvester.store.ledger.runs import get_run
from tests.gate import Gate
from tests.harvester.harvesting import go_on, harvest_all, keep, live, open_here
from tests.harvester.zygote import Zygote
from tests.repository import Repository, made_entries
from tests.services.processes import free_port
from tests.services.s3_server import REGION, own_bucket, parts_of

BODY = b"\xff\xfe not even text \x00\r\n" * 1000
APPEND = (
    "import json, sys; from harvester.archive import BucketAccess, open_archive;"
    "a = open_archive(sys.argv[1], BucketAccess(*json.loads(sys.argv[2])));"
    "print(*[a.append(1, n, b'page %d' % n).location for n in range(50)])"
)


class Place(Struct, frozen=True):
    """A place for an archive: its URL, how it is reached, and how its files are changed behind its back."""

    url: str
    access: BucketAccess
    overwrite: Callable[[str, bytes | None], None]

    def open(self) -> Archive:
        return open_archive(self.url, self.access)


@pytest.fixture
def bucket(engines):
    """A bucket of this test alone, with the archive under a prefix."""
    url = engines.url("s3")
    endpoint, key_id, secret = parts_of(url)
    with own_bucket(url) as (client, name):

        def overwrite(location: str, content: bytes | None) -> None:
            place = {"Bucket": name, "Key": f"hub/pages/{location}"}
            client.delete_object(**place) if content is None else client.put_object(**place, Body=content)

        yield Place(f"s3://{name}/hub/pages", BucketAccess(endpoint, REGION, key_id, secret), overwrite)


@pytest.fixture
def folder(tmp_path):
    def overwrite(location: str, content: bytes | None) -> None:
        path = tmp_path / "pages" / location
        path.unlink() if content is None else path.write_bytes(content)

    return Place(str(tmp_path / "pages"), BucketAccess(), overwrite)


@pytest.fixture(params=["folder", "bucket"])
def place(request) -> Place:
    return request.getfixturevalue(request.param)


@pytest.fixture
def gate(bucket):
    with Gate(bucket.access.endpoint) as gate:
        yield gate


def through(gate: Gate, bucket: Place) -> Archive:
    return open_archive(bucket.url, access_through(gate, bucket))


def access_through(gate: Gate, bucket: Place) -> BucketAccess:
    return BucketAccess(gate.url, REGION, bucket.access.key_id, bucket.access.secret_key)


def settings_of(bucket: Place, endpoint: str) -> dict[str, object]:
    return {
        "archive_url": bucket.url,
        "archive_endpoint": endpoint,
        "archive_region": REGION,
        "archive_key_id": bucket.access.key_id,
        "archive_secret_key": bucket.access.secret_key,
        "lease_s": 1.0,
    }


def test_page_comes_back_byte_for_byte(place):
    location = place.open().append(7, 3, BODY).location
    assert location.startswith("00000007/000003-")
    assert place.open().read(location) == BODY


def test_answer_of_a_registry_lies_with_those_of_its_day(place):
    archive = place.open()
    location = archive.append_answer("2026-01-02", b"{}").location
    assert (location.startswith("dois/2026-01-02/"), archive.read(location)) == (True, b"{}")


def test_same_page_again_is_one_file_and_another_answer_a_second(place):
    archive = place.open()
    assert archive.append(1, 0, b"first").location == archive.append(1, 0, b"first").location
    other = archive.append(1, 0, b"second").location
    assert (archive.read(archive.append(1, 0, b"first").location), archive.read(other)) == (b"first", b"second")


def test_damaged_or_missing_page_is_noticed(place):
    archive = place.open()
    one, other = archive.append(1, 0, b"one").location, archive.append(1, 1, b"other").location
    place.overwrite(one, b"no zstd")
    with pytest.raises(ArchiveDamagedError, match="cannot be read"):
        archive.read(one)
    place.overwrite(other, None)
    with pytest.raises(ArchiveDamagedError, match="fetch it again"):
        archive.read(other)
    assert (place.open().has(one), place.open().has(other)) == (True, False)


def test_page_that_is_another_is_noticed(place, tmp_path):
    archive = place.open()
    location = archive.append(1, 0, b"one").location
    other = open_archive(str(tmp_path / "other"))
    place.overwrite(location, (tmp_path / "other" / other.append(1, 0, b"other").location).read_bytes())
    with pytest.raises(ArchiveDamagedError, match="not what was put there"):
        archive.read(location)


def test_what_is_put_there_later_is_seen(place):
    archive = place.open()
    first = archive.append(1, 0, b"first").location
    assert archive.has(first)
    assert not archive.has(first.replace("000000-", "000001-"))
    assert archive.has(place.open().append(1, 1, b"second").location)


def test_threads_append_the_same_page_at_once(place):
    archive = place.open()
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda number: archive.append(1, number // 8, b"page %d" % (number // 8)), range(160)))
    assert {archive.read(one.location) for one in kept} == {b"page %d" % number for number in range(20)}


def test_two_processes_append_at_once(place):
    access = [place.access.endpoint, place.access.region, place.access.key_id, place.access.secret_key]
    command = [sys.executable, "-c", APPEND, place.url, json.dumps(access)]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate()[0].decode().split() for process in runs]
    assert said[0] == said[1]
    archive = place.open()
    assert [archive.read(location) for location in said[0]] == [b"page %d" % number for number in range(50)]


def test_check_reads_what_a_harvest_kept(place, tmp_path):
    settings = {} if place.access.endpoint == "" else settings_of(place, place.access.endpoint)
    settings |= {"archive_url": place.url}
    with Repository(made_entries(40), page_size=10) as repository, open_here(tmp_path, **settings) as harvesting:
        run = harvest_all(harvesting, keep(harvesting, repository.url))
        locations = [page.location for page in list_pages(harvesting.store, run.id)]
        whole = check_archive(harvesting.store, place.open(), sample=None)
        assert (run.state, whole.files, whole.read, whole.damaged) == ("complete", 4, 4, [])
        place.overwrite(locations[0], None)
        place.overwrite(locations[1], b"no zstd")
        harmed = check_archive(harvesting.store, place.open(), sample=None)
        assert [line.partition(": ")[0] for line in sorted(harmed.damaged)] == sorted(locations[:2])


def test_a_page_is_one_request_and_1000_are_checked_by_one(bucket, gate):
    archive = through(gate, bucket)
    locations = [archive.append(1, number, b"page %d" % number).location for number in range(30)]
    assert [request.partition(" ")[0] for request in gate.requests] == ["PUT"] * 30
    gate.requests.clear()
    assert all(map(archive.has, locations))
    assert len(gate.requests) == 1


def test_server_that_is_away_is_named_and_may_be_asked_again(bucket):
    away = BucketAccess(f"http://127.0.0.1:{free_port()}", REGION, "id", "secret")
    archive = open_archive(bucket.url, away)
    for ask in (lambda: archive.append(1, 0, b"x"), lambda: archive.read("x"), lambda: archive.has("x")):
        with pytest.raises(ArchiveAwayError, match=rf"{bucket.url}.*OAIHUB_ARCHIVE_ENDPOINT"):
            ask()


def test_busy_server_is_asked_again_and_given_up_in_the_end(bucket, gate):
    archive = through(gate, bucket)
    gate.busy = 2
    location = archive.append(1, 0, b"x").location
    assert (len(gate.requests), archive.read(location)) == (3, b"x")
    gate.busy = 1_000
    with pytest.raises(ArchiveAwayError, match="what waits for it is kept"):
        archive.append(1, 1, b"y")
    gate.busy = 0
    assert not archive.has("00000001/000001-y.xml.zst")


def test_slow_server_is_waited_for(bucket, gate):
    gate.delay_s = 1.5
    archive = through(gate, bucket)
    assert archive.read(archive.append(1, 0, BODY).location) == BODY


def test_wrong_key_and_missing_bucket_say_what_to_do(bucket):
    wrong = BucketAccess(bucket.access.endpoint, REGION, bucket.access.key_id, "not the secret")
    with pytest.raises(ArchiveError, match=r"refuses us.*OAIHUB_ARCHIVE_SECRET_KEY") as caught:
        open_archive(bucket.url, wrong).append(1, 0, b"x")
    assert "not the secret" not in str(caught.value)
    missing = open_archive("s3://no-such-bucket-here/p", bucket.access)
    for ask in (lambda: missing.append(1, 0, b"x"), lambda: missing.read("x"), lambda: missing.has("x")):
        with pytest.raises(ArchiveError, match=r"no bucket 'no-such-bucket-here'.*make it"):
            ask()


def test_keys_that_are_not_given_come_from_the_usual_variables(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", bucket.access.key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", bucket.access.secret_key)
    archive = open_archive(bucket.url, BucketAccess(endpoint=bucket.access.endpoint))
    assert archive.read(archive.append(1, 0, b"x").location) == b"x"


def test_harvest_waits_for_a_bucket_that_is_away_and_counts_no_failed_try(bucket, gate, tmp_path):
    settings = settings_of(bucket, gate.url)
    with Repository(made_entries(30), page_size=10) as repository, open_here(tmp_path, **settings) as harvesting:
        gate.busy = 7  # more than one append asks for
        run = harvest_all(harvesting, keep(harvesting, repository.url))
        assert (run.state, run.balance.received) == ("complete", 30)
        assert {page.tries for page in list_pages(harvesting.store, run.id)} <= {0, 1}


def test_kill_between_the_bucket_and_the_ledger_loses_nothing(bucket, gate, tmp_path):
    """The server has the page and its answer is on the way when the harvester dies; the next fetches it again."""
    zygote = Zygote()
    try:
        with Repository(made_entries(40), page_size=10) as repository, open_here(tmp_path) as harvesting:
            run = begin_run(harvesting, keep(harvesting, repository.url)).id
            gate.holds = "PUT"
            pid = zygote.fork(tmp_path, run, **settings_of(bucket, gate.url))
            assert gate.held.wait(60)
            os.kill(pid, signal.SIGKILL)
            assert zygote.wait() == -signal.SIGKILL
            assert [page.location for page in list_pages(harvesting.store, run)] == [None]
            gate.holds = None
            with open_here(tmp_path, **settings_of(bucket, gate.url)) as again:
                go_on(again, run)
            ended = get_run(harvesting.store, run)
            assert (ended.state, ended.balance.received) == ("complete", 40)
            assert live(harvesting) == {entry.identifier for entry in repository.entries}
            bodies = [bucket.open().read(page.location) for page in list_pages(harvesting.store, run)]
            assert [body.count(b"<record>") for body in bodies] == [10] * 4
            assert len(repository.pages_served) == 5
    finally:
        zygote.close()


def test_only_the_place_in_use_is_loaded(tmp_path):
    code = f"import sys; from harvester.archive import open_archive; open_archive({str(tmp_path / 'a')!r})"
    subprocess.run([sys.executable, "-c", f"{code}; assert 'obstore' not in sys.modules"], check=True)
    assert Path(tmp_path / "a").is_dir()


def test_a_page_that_is_removed_is_gone_and_nothing_else_is(place):
    archive = place.open()
    one, other = archive.append(1, 0, b"<one/>"), archive.append(1, 1, b"<other/>").location
    assert archive.has(one.location)
    archive.remove([one.location])
    archive.remove([one.location, f"{one.location}.not"])
    assert (archive.has(one.location), archive.read(other)) == (False, b"<other/>")
    assert archive.keep(one.location, b"<one/>") == one
    assert archive.read(one.location) == b"<one/>"


def test_size_is_that_of_what_is_kept(folder):
    kept = folder.open().append(1, 0, BODY)
    assert kept.size_bytes == (Path(folder.url) / kept.location).stat().st_size < len(BODY)


def test_a_thousand_objects_are_removed_by_one_request(bucket, gate):
    archive = through(gate, bucket)
    locations = [archive.append(1, number, b"page %d" % number).location for number in range(30)]
    gate.requests.clear()
    archive.remove(locations)
    assert len(gate.requests) == 1
    assert not any(map(bucket.open().has, locations))
    missing = open_archive("s3://no-such-bucket-here/p", bucket.access)
    with pytest.raises(ArchiveError, match="no bucket 'no-such-bucket-here'"):
        missing.remove(locations)
