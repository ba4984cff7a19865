"""`oaihub rebuild` and `oaihub check`, on the embedded index."""

import json
import os

import pytest
from sqlalchemy import func, select, update

from harvester.store import open_store
from harvester.store.tables import items
from indexer.document import Document
from indexer.engines import open_index


@pytest.fixture(params=["sqlite", "postgresql"])
def harvested(request, oaihub, repository, data_dir, monkeypatch):
    """A data folder with 20 live items, indexed; their store is beside it or on PostgreSQL."""
    url = f"sqlite:///{data_dir / 'store.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("fresh_postgresql_url")
        monkeypatch.setenv("OAIHUB_SECRET", "0123456789abcdef0123456789abcdef")
    monkeypatch.setenv("OAIHUB_STORE_URL", url)
    assert oaihub("harvest", repository.url, "--allow-private")[0] == 0
    return data_dir


def raise_version() -> str:
    """Give an item of the store a version that the index does not hold."""
    with open_store(os.environ["OAIHUB_STORE_URL"]) as store, store.begin() as connection:
        first = connection.execute(select(func.min(items.c.id)).where(~items.c.deleted)).scalar_one()
        connection.execute(update(items).where(items.c.id == first).values(version=items.c.version + 5))
    return first


def total(oaihub) -> int:
    return json.loads(oaihub("search", "--json")[1])["total"]


def test_rebuild_and_back_and_drop(oaihub, harvested):
    code, out, _ = oaihub("rebuild")
    assert code == 0
    assert "documents, as in the store" in out
    assert total(oaihub) == 20
    code, out, _ = oaihub("rebuild", "--back", "--json")
    assert code == 0
    assert (json.loads(out)["copied"], json.loads(out)["caught_up"]) == (0, 0)
    assert total(oaihub) == 20
    assert json.loads(oaihub("rebuild", "--drop", "--json")[1]) == {"dropped": True}
    assert oaihub("rebuild", "--drop")[1] == "there is no former generation\n"
    code, _, err = oaihub("rebuild", "--back")
    assert code == 1
    assert "no former generation" in err
    assert oaihub("rebuild", "--back", "--drop")[0] == 2


def test_an_index_of_another_field_table_is_told_and_mended(oaihub, harvested):
    (digest,) = (harvested / "index").glob("items-*/digest")
    digest.write_text("another")
    code, _, err = oaihub("search")
    assert code == 1
    assert "`oaihub rebuild` makes it anew" in err
    assert oaihub("rebuild")[0] == 0
    assert total(oaihub) == 20


def test_check_is_content_then_finds_then_repairs(oaihub, harvested):
    code, out, _ = oaihub("check")
    assert code == 0
    assert "the index holds what the store says" in out
    first = raise_version()
    index = open_index("embedded:", data_dir=harvested)
    index.write([Document(id="zz", version=1)])
    index.close()
    code, out, _ = oaihub("check", "--json")
    assert code == 1
    assert json.loads(out)["faults"] == {"missing": 0, "stale": 1, "ahead": 0, "foreign": 1}
    assert {one["id"] for one in json.loads(out)["examples"]} == {first, "zz"}
    code, out, _ = oaihub("check", "--repair")
    assert code == 0
    assert "2 repaired" in out
    code, out, _ = oaihub("check")
    assert (code, total(oaihub)) == (0, 20)


def test_check_says_what_to_do_where_another_process_writes_to_the_index(oaihub, harvested):
    writer = open_index("embedded:", data_dir=harvested)
    writer.write([Document(id="zz", version=1)])
    code, out, err = oaihub("check", "--repair")
    assert (code, err) == (1, "")
    assert "1 that are not in the store stay in the index, for another process writes to it" in out
    assert oaihub("rebuild")[0] == 0  # as it advises
    assert oaihub("check")[0] == 0
    writer.write([Document(id="zz", version=2)])
    writer.close()
    assert oaihub("check", "--repair")[0] == 0
    assert (oaihub("check")[0], total(oaihub)) == (0, 20)


def test_check_reads_the_archive(oaihub, harvested):
    files = sorted((harvested / "archive").rglob("*.zst"))
    files[0].write_bytes(b"not what was put there")
    assert oaihub("check", "--read", "0")[0] == 0
    code, out, _ = oaihub("check", "--read", "all")
    assert code == 1
    assert f"{len(files)} files in the archive, {len(files)} read whole, 1 damaged" in out
    files[0].unlink()
    code, out, _ = oaihub("check", "--read", "0")
    assert code == 1
    assert "is missing" in out
    assert oaihub("check", "--read", "some")[0] == 2
