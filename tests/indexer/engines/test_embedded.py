"""What only the embedded index has: a folder, one writer over all processes, readers that follow it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harvester.item import Subject
from indexer.document import Document, to_document
from indexer.engines import open_index
from indexer.engines.columns.blocks import list_blocks
from indexer.errors import IndexBusyError, IndexMismatchError, IndexUnavailableError
from indexer.index import WriteReport
from indexer.query import Bucket, FacetRequest, Query
from tests.indexer.making import make_item

ROOT = Path(__file__).parents[3]
WRITER = """
import sys
from pathlib import Path
from indexer.document import Document
from indexer.engines import embedded_writer, open_index
from indexer.engines.columns import writing
embedded_writer.QUIET_S = float(sys.argv[3])
writing.WORN_ROWS = 20
index = open_index("embedded:", data_dir=Path(sys.argv[1]))
version = int(sys.argv[2])
while True:
    version += 1
    values = {"genre": (f"v{version}", "all")}
    index.write([Document(id=f"x{n}", version=version, props=values, present=("genre",)) for n in range(200)])
    print(version, flush=True)
"""


def opened(folder, *, create=True):
    index = open_index("embedded:", data_dir=folder)
    if create:
        index.create()
    return index


def start_writer(folder, version, quiet_s) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", WRITER, str(folder), str(version), str(quiet_s)]
    return subprocess.Popen(
        arguments, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": "."}
    )


def test_what_was_written_is_there_after_reopening(tmp_path):
    first = opened(tmp_path)
    first.write([to_document(make_item(1, version=4))])
    first.close()
    second = opened(tmp_path)
    assert [hit.id for hit in second.search(Query()).hits] == ["i00001"]
    assert second.write([to_document(make_item(1, version=3))]) == WriteReport(0, 1)
    second.close()


def test_a_reader_sees_what_another_opened_index_commits(tmp_path):
    writer, reader = opened(tmp_path), opened(tmp_path)
    assert reader.search(Query()).total == 0
    writer.write([to_document(make_item(1))])
    assert reader.search(Query()).total == 1
    writer.close()
    reader.close()


@pytest.mark.parametrize("documents", [[], [to_document(make_item(1, version=3))]], ids=["nothing", "older"])
def test_a_batch_without_news_changes_no_file(tmp_path, documents):
    index = opened(tmp_path)
    index.write([to_document(make_item(1, version=4))])
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")}
    assert index.write(documents) == WriteReport(0, len(documents))
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")} == before
    index.close()


def test_a_second_writer_is_told_who_writes_and_takes_over_later(tmp_path):
    first, second = opened(tmp_path), opened(tmp_path)
    first.write([to_document(make_item(1))])
    with pytest.raises(IndexBusyError, match=f"process {os.getpid()} writes"):
        second.write([to_document(make_item(2))])
    first.close()
    assert second.write([to_document(make_item(2))]) == WriteReport(1, 0)
    second.close()


def test_a_missing_index_says_so(tmp_path):
    index = opened(tmp_path, create=False)
    with pytest.raises(IndexUnavailableError, match="create it first"):
        index.ping()
    with pytest.raises(IndexUnavailableError, match="create it first"):
        index.search(Query())


def test_an_index_of_another_field_table_is_refused(tmp_path):
    opened(tmp_path).close()
    (digest,) = (tmp_path / "index").glob("items-1-*/digest")
    digest.write_text("another")
    with pytest.raises(IndexMismatchError, match="`oaihub rebuild` makes it anew"):
        opened(tmp_path)


def test_two_processes_that_create_at_once_share_one_generation(tmp_path):
    script = "import sys; from pathlib import Path; from indexer.engines import open_index; "
    script += "open_index('embedded:', data_dir=Path(sys.argv[1])).create()"
    started = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, env={**os.environ, "PYTHONPATH": "."})
        for _ in range(3)
    ]
    assert [process.wait(timeout=60) for process in started] == [0, 0, 0]
    assert len(list((tmp_path / "index").glob("items-1-*"))) == 1


def test_text_that_is_no_unicode_is_set_aside_alone(tmp_path):
    index = opened(tmp_path)
    bad = Document(id="bad", version=1, text="half of a pair \ud800")
    report = index.write([bad, Document(id="good", version=1, text="whole")])
    assert report.written == 1
    assert [error.item_id for error in report.rejected] == ["bad"]
    assert [hit[0] for hit in index.versions()] == ["good"]
    index.close()


@pytest.mark.parametrize("quiet_s", [60, -1], ids=["no sweeps", "sweeps all the time"])
def test_killed_writers_leave_their_last_commit_whole(tmp_path, quiet_s):
    opened(tmp_path).close()
    acknowledged = 0
    for round_number in range(6):
        process = start_writer(tmp_path, acknowledged, quiet_s)
        assert process.stdout is not None
        acknowledged = int(process.stdout.readline())
        time.sleep(0.017 * round_number)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split()
        process.wait(timeout=30)
        process.stdout.close()
        acknowledged = int(rest[-1]) if rest else acknowledged
        index = opened(tmp_path)
        held = list(index.versions())
        assert len(held) == 200
        assert {version for _, version, _ in held} <= {acknowledged, acknowledged + 1}
        (version,) = {version for _, version, _ in held}
        counts = index.search(Query(facets=(FacetRequest("genre"),), size=0)).facets["genre"]
        assert counts.values == (Bucket("all", 200), Bucket(f"v{version}", 200))
        index.close()
    (columns,) = (tmp_path / "index").glob("items-1-*/columns")
    blocks = list_blocks(columns)
    assert (sum(block.held for block in blocks) < blocks[-1].end) == (quiet_s < 0)


def test_facets_of_many_segments_and_flat_tails_are_exact(tmp_path):
    """Each segment has other frequent values, so what one leaves out another has at the top."""
    index = opened(tmp_path)
    expected: dict[str, int] = {}
    for segment in range(6):
        items = []
        for number in range(1_500):
            values = [f"flat {segment} {number}", f"shared {(number * 7 + segment * 211) % 1_400:04d}"]
            if number % 3 == segment % 3:
                values.append(f"band {number % 40:02d}")
            for value in values:
                expected[value] = expected.get(value, 0) + 1
            items.append(make_item(segment * 1_500 + number, subject=tuple(Subject(value) for value in values)))
        index.write([to_document(item) for item in items])
    ranked = [Bucket(v, n) for v, n in sorted(expected.items(), key=lambda pair: (-pair[1], pair[0]))]
    for size in (10, 40, 41, 100, 1_000):
        counts = index.search(Query(facets=(FacetRequest("subject", size),), size=0)).facets["subject"]
        assert list(counts.values) == ranked[:size]
        assert counts.other == sum(bucket.count for bucket in ranked[size:])
        assert counts.error_bound == 0
    index.close()


def test_more_values_than_tantivy_answers_are_counted_all_the_same(tmp_path):
    index = opened(tmp_path)
    for start in range(0, 60_000, 30_000):
        index.write(
            [
                Document(id=f"x{n:05d}", version=1, props={"creator": (f"name {n:05d}",)}, present=("creator",))
                for n in range(start, start + 30_000)
            ]
        )
    counts = index.search(Query(facets=(FacetRequest("creator", 3),), size=0)).facets["creator"]
    assert counts.values == (Bucket("name 00000", 1), Bucket("name 00001", 1), Bucket("name 00002", 1))
    assert counts.other == 59_997
    index.close()


def write_segment(index, name: str, documents: list[list[str]]) -> None:
    """Commit documents with these subjects: one segment."""
    index.write(
        [
            Document(id=f"{name}{n}", version=1, props={"subject": tuple(values)}, present=("subject",))
            for n, values in enumerate(documents)
        ]
    )


def top_subject(index) -> tuple[Bucket, ...]:
    return index.search(Query(facets=(FacetRequest("subject", 1),), size=0)).facets["subject"].values


def test_a_value_that_no_segment_has_among_its_first_is_found(tmp_path):
    index = opened(tmp_path)
    for segment in range(3):
        local = [f"local {segment} {number}" for number in range(1_200)]
        write_segment(index, f"s{segment}", [[*local, "spread"], [*local, "spread"], local])
    assert top_subject(index) == (Bucket("spread", 6),)
    index.close()


def test_the_few_items_of_a_segment_that_leaves_a_value_out_are_counted(tmp_path):
    index = opened(tmp_path)
    write_segment(index, "hot", [["hot"] for _ in range(50)])
    local = [f"local {number}" for number in range(1_200)]
    write_segment(index, "cold", [local, [*local, "hot"]])
    assert top_subject(index) == (Bucket("hot", 51),)
    index.close()
