"""The facet columns of the embedded index: blocks on disk, what readers make of them, rows out of tantivy."""

import random
import threading
from collections import Counter

import msgspec
import numpy as np
import pytest

from indexer.document import Document, to_document
from indexer.engines import embedded_writer, open_index
from indexer.engines.columns import loaded, rows, writing
from indexer.engines.columns.blocks import list_blocks
from indexer.engines.columns.loaded import Columns
from indexer.engines.columns.writing import Batch, merge_blocks, next_row, sweep_blocks
from indexer.errors import IndexUnavailableError
from indexer.query import Bucket, Condition, FacetRequest, Query
from tests.indexer.making import GENRES, random_items
from tests.oracle import brute

WORDS = ["élan", "zebra", "Ärger", "apple", "中国", "a b", "apple pie"]
SIZES = (1, 5, 1, 30, 2, 2, 2, 90, 1, 1, 1, 1, 64)


def write_batch(folder, size: int, draw: random.Random) -> list[dict[str, list[str]]]:
    """Write a block of rows with random values; give these."""
    batch = Batch(next_row(folder))
    made = []
    for _ in range(size):
        names = draw.sample(["genre", "subject", "extra"], draw.randrange(3))
        values = {name: [f"n{draw.randrange(3)}\x1f{word}" for word in draw.sample(WORDS, 2)] for name in names}
        batch.add(values)
        made.append(values)
    batch.write(folder)
    return made


def expected(made, chosen, name: str, prefix: str) -> dict[str, int]:
    values = (value for row in chosen for value in made[row].get(name, []))
    return dict(Counter(value.removeprefix(prefix) for value in values if value.startswith(prefix)))


def check(columns: Columns, made, draw: random.Random, name: str, prefix: str) -> None:
    """Count a few rows and most rows, and compare with what was written."""
    column = columns.get(name, prefix, len(made))
    assert column.rows == len(made)
    for share in (0.05, 0.9, 1.0):
        chosen = sorted(draw.sample(range(len(made)), int(share * len(made))))
        counted = column.count(np.array(chosen, np.int64))
        truth = expected(made, chosen, name, prefix)
        ranked = [Bucket(v, n) for v, n in sorted(truth.items(), key=lambda pair: (-pair[1], pair[0]))]
        assert column.top(counted, 3) == ranked[:3]
        assert column.top(counted, 1_000) == ranked
        assert column.walk(counted, "b", 2) == [Bucket(v, truth[v]) for v in sorted(truth) if v > "b"][:2]
        having = sum(any(v.startswith(prefix) for v in made[row].get(name, [])) for row in chosen)
        assert counted.having == having
        assert column.count_of(counted, "zebra") == truth.get("zebra", 0)
        assert column.count_of(counted, "never seen") == 0


@pytest.mark.parametrize("most_values", [2_000_000, 10], ids=["kept", "dropped for others"])
def test_counts_are_those_of_what_was_written_while_blocks_come_and_are_merged(tmp_path, monkeypatch, most_values):
    monkeypatch.setattr(loaded, "MOST_VALUES", most_values)
    draw = random.Random(4)
    columns = Columns(tmp_path)
    made = []
    for size in SIZES:
        made += write_batch(tmp_path, size, draw)
        for asked in (("genre", ""), ("subject", ""), ("extra", "n1\x1f"), ("extra", "n"), ("nothing", "")):
            check(columns, made, draw, *asked)
            merge_blocks(tmp_path)
    check(Columns(tmp_path), made, draw, "extra", "n2\x1f")


def test_a_reader_whose_blocks_were_merged_and_removed_looks_again(tmp_path):
    draw = random.Random(5)
    made = write_batch(tmp_path, 9, draw) + write_batch(tmp_path, 9, draw)
    columns = Columns(tmp_path)
    check(columns, made, draw, "genre", "")
    merge_blocks(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    check(columns, made, draw, "subject", "")


def test_there_are_few_blocks_however_many_batches_were_written(tmp_path):
    draw = random.Random(6)
    for _ in range(130):
        write_batch(tmp_path, draw.choice([1, 1, 1, 40]), draw)
        merge_blocks(tmp_path)
    blocks = list_blocks(tmp_path)
    assert len(blocks) <= 11  # each is larger than all behind it
    assert [block.first for block in blocks] == [0, *(block.end for block in blocks[:-1])]


def test_what_a_killed_merge_left_counts_once_and_is_removed(tmp_path):
    draw = random.Random(7)
    made = write_batch(tmp_path, 5, draw) + write_batch(tmp_path, 5, draw)
    sources = {path: path.read_bytes() for path in tmp_path.iterdir()}
    merge_blocks(tmp_path)
    for path, content in sources.items():
        path.write_bytes(content)
    (tmp_path / "10-20.partial").write_bytes(b"half")
    assert next_row(tmp_path) == 10
    check(Columns(tmp_path), made, draw, "genre", "")
    merge_blocks(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["0-10-10.npz"]


def document(number: int, version: int, *genres: str) -> Document:
    return Document(id=f"x{number}", version=version, props={"genre": genres}, present=("genre",))


def genre_counts(index, **asked) -> tuple[Bucket, ...]:
    return index.search(Query(facets=(FacetRequest("genre"),), size=0, **asked)).facets["genre"].values


def columns_folder(tmp_path):
    (folder,) = (tmp_path / "index").glob("items-1-*/columns")
    return folder


def test_a_block_whose_commit_never_came_is_not_counted(tmp_path):
    index = open_index("embedded:", data_dir=tmp_path)
    index.create()
    index.write([document(1, 1, "first")])
    lost = Batch(next_row(columns_folder(tmp_path)))
    lost.add({"genre": ["lost"]})
    lost.write(columns_folder(tmp_path))
    index.write([document(2, 1, "second")])
    assert genre_counts(index) == (Bucket("first", 1), Bucket("second", 1))
    index.close()


@pytest.mark.parametrize("folder_too", [False, True])
def test_an_index_without_its_columns_says_what_to_do(tmp_path, folder_too):
    index = open_index("embedded:", data_dir=tmp_path)
    index.create()
    index.write([document(1, 1, "first")])
    for path in columns_folder(tmp_path).iterdir():
        path.unlink()
    if folder_too:
        columns_folder(tmp_path).rmdir()
    with pytest.raises(IndexUnavailableError, match="`oaihub rebuild` makes it anew"):
        genre_counts(index)
    index.close()


def test_rows_beyond_one_bitmap_are_all_found(tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "MOST_ROWS", 2 * rows.STEP)
    index = open_index("embedded:", data_dir=tmp_path)
    index.create()
    for start in range(0, 500, 125):
        index.write([document(n, 1, "even" if n % 2 == 0 else "odd") for n in range(start, start + 125)])
    index.write([document(n, 2, "moved") for n in range(100, 130)])
    assert genre_counts(index) == (Bucket("even", 235), Bucket("odd", 235), Bucket("moved", 30))
    assert genre_counts(index, filters=(Condition("genre", "exists"),))[0] == Bucket("even", 235)
    index.close()


def test_every_page_counts_one_commit_while_another_index_writes(tmp_path):
    writer, reader = (open_index("embedded:", data_dir=tmp_path) for _ in range(2))
    writer.create()
    writer.write([document(n, 1, "v1", "all") for n in range(100)])
    done = threading.Event()

    def write() -> None:
        for version in range(2, 40):
            writer.write([document(n, version, f"v{version}", "all") for n in range(100)])
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    seen = set()
    while not done.wait(0.002):
        everything, current = genre_counts(reader)
        assert (everything, current.count) == (Bucket("all", 100), 100)
        seen.add(current.value)
    thread.join(timeout=60)
    assert genre_counts(reader)[1] == Bucket("v39", 100)
    assert len(seen) > 3
    writer.close()
    reader.close()


@pytest.mark.parametrize("quiet_s", [-1.0, 60.0], ids=["swept", "searches may be under way"])
def test_replaced_documents_are_swept_when_no_search_can_find_them(tmp_path, monkeypatch, quiet_s):
    monkeypatch.setattr(writing, "WORN_ROWS", 20)
    monkeypatch.setattr(embedded_writer, "QUIET_S", quiet_s)
    draw = random.Random(9)
    index = open_index("embedded:", data_dir=tmp_path)
    index.create()
    held: dict[str, Document] = {}
    for version in range(1, 40):
        chosen = [document(draw.randrange(60), version, f"g{draw.randrange(5)}", f"v{version}") for _ in range(20)]
        index.write(chosen)
        held |= {one.id: one for one in chosen}
        expected = Counter(value for one in held.values() for value in one.props["genre"])
        reopened = open_index("embedded:", data_dir=tmp_path)
        for opened in (index, reopened):
            (found,) = opened.search(Query(facets=(FacetRequest("genre", 100),), size=0)).facets.values()
            assert {bucket.value: bucket.count for bucket in found.values} == expected
        reopened.close()
    blocks = list_blocks(columns_folder(tmp_path))
    assert blocks[-1].end == 39 * 20
    if quiet_s < 0:
        assert sum(block.held for block in blocks) <= 2 * 60 + 20
    else:
        assert sum(block.held for block in blocks) == 39 * 20
    index.close()


def test_what_a_killed_sweep_left_counts_once_and_is_removed(tmp_path):
    draw = random.Random(10)
    made = write_batch(tmp_path, 40, draw) + write_batch(tmp_path, 20, draw)
    sources = {path: path.read_bytes() for path in tmp_path.iterdir()}
    sweep_blocks(tmp_path, np.arange(0, 60, 2))
    for path, content in sources.items():
        path.write_bytes(content)
    (tmp_path / "0-40-20.partial").write_bytes(b"half")
    swept = [values if row % 2 == 0 else {} for row, values in enumerate(made)]
    check(Columns(tmp_path), swept, draw, "subject", "")
    assert next_row(tmp_path) == 60
    sweep_blocks(tmp_path, np.arange(0, 60, 2))
    merge_blocks(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0-40-20.npz", "40-60-10.npz"]
    check(Columns(tmp_path), swept, draw, "extra", "n1\x1f")


def test_blocks_of_files_without_the_number_of_held_rows_hold_all(tmp_path):
    draw = random.Random(11)
    made = write_batch(tmp_path, 12, draw)
    (tmp_path / "0-12-12.npz").rename(tmp_path / "0-12.npz")
    assert [block.held for block in list_blocks(tmp_path)] == [12]
    made += write_batch(tmp_path, 12, draw)
    merge_blocks(tmp_path)
    check(Columns(tmp_path), made, draw, "genre", "")


def test_a_column_that_has_grown_much_is_loaded_anew_without_what_was_swept(tmp_path, monkeypatch):
    monkeypatch.setattr(loaded, "GROWN_ROWS", 10)
    draw = random.Random(12)
    columns = Columns(tmp_path)
    made = write_batch(tmp_path, 30, draw)
    first = columns.get("genre", "", 30)
    made += write_batch(tmp_path, 30, draw)
    assert columns.get("genre", "", 60) is first
    sweep_blocks(tmp_path, np.arange(50, 60))
    made = [{}] * 50 + made[50:] + write_batch(tmp_path, 5, draw)
    assert columns.get("genre", "", 65) is first
    check(columns, made, draw, "genre", "")


def test_random_writes_and_deletions_count_as_by_brute_force(tmp_path):
    draw = random.Random(8)
    index = open_index("embedded:", data_dir=tmp_path)
    index.create()
    held: dict[str, Document] = {}
    facets = tuple(FacetRequest(name, 4) for name in ("genre", "odd name", "subject", "creator", "x*y"))
    for batch in range(40):
        made = random_items(draw.choice([1, 2, 60]), seed=batch)
        chosen = [
            msgspec.structs.replace(to_document(item), id=f"i{draw.randrange(90)}", version=batch) for item in made
        ]
        index.write(chosen)
        held |= {document.id: document for document in chosen}
        genre = Condition("genre", "is", draw.choice(GENRES), negative=draw.random() < 0.5)
        for filters in ((), (genre,), (Condition("odd name", "exists"), genre)):
            query = Query(text=draw.choice(["", "of"]), filters=filters, facets=facets, size=0)
            hits = index.search(query)
            assert hits.total == len(brute.found(list(held.values()), query))
            for facet in facets:
                assert hits.facets[facet.name] == brute.facet(list(held.values()), query, facet.name, facet.size)
    index.close()
