"""`oaihub backup` and `restore`: of one moment while all goes on, into the other database, and whole or not at all."""

import fcntl
import itertools
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import func, inspect, select, text

from harvester.archive import open_archive
from harvester.backups.manifest import RowsFile, read_manifest, write_manifest
from harvester.backups.rows import read_rows, write_rows
from harvester.store import Store, open_store
from harvester.store.accounts.users import add_user, list_users
from harvester.store.connection import parse_url
from harvester.store.expected import iter_locations
from harvester.store.items import count_items, iter_contents
from harvester.store.opening import upgrade
from harvester.store.operating.audit import list_audit
from harvester.store.operating.schedules import list_schedules
from harvester.store.tables import METADATA, items, pages, records
from harvester.store.works.edits import list_edits, put_edits
from harvester.store.works.takedowns import list_takedowns
from tests.repository import Repository, made_entries
from tests.services.s3_server import keys_of, own_bucket

ROOT = Path(__file__).parents[2]
KILL_AT = """
import os, signal, sys
from importlib import import_module
from workers.commands import main
module, name, left = sys.argv[1], sys.argv[2], int(sys.argv[3])
owner = import_module(module)
*path, last = name.split(".")
for part in path:
    owner = getattr(owner, part)
kept = getattr(owner, last)
def dying(*given, **named):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return kept(*given, **named)
setattr(owner, last, dying)
main(sys.argv[4:])
"""


def killed_in(place, left, *arguments):
    module, _, name = place.partition(":")
    command = [sys.executable, "-c", KILL_AT, module, name, str(left), *map(str, arguments)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL


def move_to(monkeypatch, folder, store_url=""):
    """Have commands use another place from now on; give the URL of its store."""
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv("OAIHUB_DATA_DIR", str(folder))
    monkeypatch.setenv("OAIHUB_STORE_URL", store_url)
    monkeypatch.setenv("OAIHUB_SECRET", "a secret for these tests alone, long enough")
    return store_url or f"sqlite:///{folder / 'store.sqlite'}"


def state_of(url, folder):
    """Give all that a hub holds, but ids of its transactions."""
    archive = open_archive(str(folder / "archive"))
    with open_store(url) as store:
        with store.connect() as connection:
            told = {
                name: sorted(map(repr, connection.execute(select(table)).all()))
                for name, table in METADATA.tables.items()
                if name not in {"audit", "counters", "outbox", "processes", "sessions", "stampings"}
            }
        contents = [pair for chunk in iter_contents(store, limit=100) for pair in chunk]
        bodies = {place: archive.read(place) for place in iter_locations(store)}
        return told, contents, bodies, list_schedules(store), list_users(store), list_takedowns(store)


@pytest.fixture
def hub(oaihub, repository, data_dir, monkeypatch):
    """The command line over a harvested repository, in a folder of its own."""
    move_to(monkeypatch, data_dir / "one")
    oaihub("endpoints", "add", "here", repository.url, "--allow-private", "--schedule", "daily 03:00")
    assert oaihub("harvest", "here")[0] == 0
    return oaihub


@pytest.mark.parametrize("source", ["sqlite", "postgresql"])
def test_a_backup_made_amid_a_harvest_and_edits_is_of_one_moment_and_restores_into_the_other_database(
    oaihub, data_dir, monkeypatch, fresh_postgresql_url, source
):
    there, here = ("", fresh_postgresql_url) if source == "sqlite" else (fresh_postgresql_url, "")
    url = move_to(monkeypatch, data_dir / "one", there)
    with Repository(made_entries(3_000), page_size=5) as repository:
        oaihub("endpoints", "add", "here", repository.url, "--allow-private", "--schedule", "daily 03:00")
        with open_store(url) as store, harvesting_and_editing(store) as (harvest, item_ids):
            code, out, _ = oaihub("backup", data_dir / "kept", "--json")
            assert (code, harvest.poll()) == (0, None)
    made = json.loads(out)["manifest"]
    amid = move_to(monkeypatch, data_dir / "amid", here)
    assert oaihub("restore", data_dir / "kept")[0] == 0
    check_one_moment(amid, made, item_ids)
    assert oaihub("check", "--read", "all")[0] == 0
    move_to(monkeypatch, data_dir / "one", there)
    code, out, _ = oaihub("backup", data_dir / "kept", "--json")
    assert (code, json.loads(out)["present"] > 0) == (0, True)


@contextmanager
def harvesting_and_editing(store):
    """Harvest in another process and edit two items in turn, until the block ends; give the process and the items."""
    stop = threading.Event()
    with subprocess.Popen([sys.executable, "-m", "workers.commands", "harvest", "here"], cwd=ROOT) as harvest:
        try:
            add_user(
                store, "ada", role="editor", password="a long sentence of hers", actor="command:test", now=time.time()
            )
            wait_until(lambda: count_items(store)[0] > 20)
            first = next(iter_contents(store, limit=2))
            item_ids = [item.id for item, _ in first]
            editor = threading.Thread(target=edit_in_turn, args=(store, item_ids, stop))
            editor.start()
            try:
                yield harvest, item_ids
            finally:
                stop.set()
                editor.join()
        finally:
            harvest.kill()


def edit_in_turn(store, item_ids, stop):
    for number, item_id in zip(itertools.count(), itertools.cycle(item_ids)):
        if stop.is_set():
            return
        put_edits(store, item_id, {"volume": [str(number)]}, author="p", reason="", now=time.time())


def check_one_moment(url, made, item_ids):
    """A store of one moment has edits in turn without a gap, and the records of just the pages that are stored."""
    with open_store(url) as store, store.connect() as connection:
        said = [row["said"][0] for item_id in item_ids for row in list_edits(store, item_id)]
        assert sorted(map(int, said)) == list(range(len(said)))
        stored = connection.execute(select(func.sum(pages.c.new)).where(pages.c.state == "stored")).scalar_one()
        counted = [
            connection.execute(select(func.count()).select_from(table)).scalar_one() for table in (records, items)
        ]
        assert counted == [stored, made["items"]]
        assert list_audit(store)[0].action == "restore"


def wait_until(holds, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_what_is_restored_is_what_was_and_goes_on_with_new_numbers(hub, data_dir, monkeypatch, request, target):
    url = f"sqlite:///{data_dir / 'one' / 'store.sqlite'}"
    with open_store(url) as store:
        add_user(store, "ada", role="editor", password="a long sentence of hers", actor="command:test", now=time.time())
    assert hub("edit", "oai:test:7", "title=A gazebo")[0] == 0
    assert hub("takedown", "oai:test:8", "--reason", "Doe asked")[0] == 0
    found = json.loads(hub("search", "--size", "50", "--json")[1])
    assert hub("backup", data_dir / "kept")[0] == 0
    assert "whole" in hub("backup", data_dir / "kept", "--verify")[1]
    wanted = state_of(url, data_dir / "one")
    to = request.getfixturevalue("fresh_postgresql_url") if target == "postgresql" else ""
    restored = move_to(monkeypatch, data_dir / "two", to)
    assert hub("restore", data_dir / "kept")[::2] == (0, "")
    assert state_of(restored, data_dir / "two") == wanted
    assert json.loads(hub("search", "--size", "50", "--json")[1]) == found
    assert (hub("check", "--read", "all")[0], hub("replay", "--all")[0]) == (0, 0)
    assert hub("edit", "oai:test:9", "title=Another")[0] == 0  # new rows are numbered behind those that came
    assert hub("harvest", "here", "--full")[0] == 0
    assert hub("restore", data_dir / "kept")[0] == 1
    assert "empty" in hub("restore", data_dir / "kept")[2]


def test_a_second_backup_copies_what_is_new_and_other_folders_are_refused(hub, data_dir):
    kept = data_dir / "kept"
    first = json.loads(hub("backup", kept, "--json")[1])
    assert hub("harvest", "here", "--full")[0] == 0
    second = json.loads(hub("backup", kept, "--json")[1])
    assert (second["present"], second["copied"] > 0) == (first["copied"], True)
    assert len(list(kept.glob("store-*"))) == 1
    (data_dir / "other").mkdir()
    (data_dir / "other" / "thesis.txt").write_text("mine")
    code, _, err = hub("backup", data_dir / "other")
    assert (code, "something else" in err) == (1, True)
    assert hub("restore", data_dir / "other")[0] == 1


@pytest.mark.parametrize("broken", ["rows", "page"])
def test_a_byte_that_differs_is_found_before_anything_is_restored(hub, data_dir, monkeypatch, broken):
    kept = data_dir / "kept"
    assert hub("backup", kept)[0] == 0
    path = next(kept.glob("store-*/records.zst" if broken == "rows" else "archive/0*/*.zst"))
    path.write_bytes(path.read_bytes()[:-9] + b"\0" + path.read_bytes()[-8:])
    code, out, _ = hub("backup", kept, "--verify")
    assert (code, path.name in out, "damaged" in out) == (1, True, True)
    move_to(monkeypatch, data_dir / "two")
    assert hub("restore", kept)[0] == 1
    assert not (data_dir / "two" / "store.sqlite").exists() or state_of_empty(data_dir / "two")


def test_rows_that_are_others_are_found_before_anything_is_restored(hub, data_dir, monkeypatch):
    kept = data_dir / "kept"
    assert hub("backup", kept)[0] == 0
    (folder,) = kept.glob("store-*")
    names, parts = read_rows(folder, "records")
    write_rows(folder, "records", names, [part[1:] for part in parts])
    move_to(monkeypatch, data_dir / "two")
    code, _, err = hub("restore", kept)
    assert (code, "records.zst is not what was written" in err) == (1, True)


def test_a_hub_whose_index_is_paused_is_backed_up_with_what_waits_and_restored(hub, data_dir, monkeypatch):
    assert hub("pause", "--stage", "index")[0] == 0
    assert hub("edit", "oai:test:7", "title=A gazebo")[0] == 0
    assert hub("backup", data_dir / "kept")[0] == 0
    move_to(monkeypatch, data_dir / "two")
    code, out, err = hub("restore", data_dir / "kept")
    assert (code, "and indexed" in out, "stage index is paused" in err) == (0, False, True)
    assert hub("resume", "--stage", "index")[0] == 0
    assert hub("harvest", "here")[0] == 0
    assert json.loads(hub("search", "gazebo", "--json")[1])["total"] == 1


def test_a_page_that_is_damaged_in_a_backup_is_mended_by_the_next_once_it_is_removed(hub, data_dir):
    kept = data_dir / "kept"
    assert hub("backup", kept)[0] == 0
    path = next(kept.glob("archive/0*/*.zst"))
    path.write_bytes(b"no zstd")
    assert f"{path} is damaged: remove it, then back up again" in hub("backup", kept, "--verify")[1]
    path.unlink()
    assert json.loads(hub("backup", kept, "--json")[1])["copied"] == 1
    assert hub("backup", kept, "--verify")[0] == 0


def test_a_page_that_the_archive_lacks_is_told_and_the_rest_is_kept(hub, data_dir, monkeypatch):
    lost = next((data_dir / "one" / "archive").glob("0*/*.zst"))
    lost.unlink()
    code, out, _ = hub("backup", data_dir / "kept")
    assert (code, "1 files are missing in the archive or damaged" in out) == (1, True)
    assert hub("backup", data_dir / "kept", "--verify")[0] == 0
    move_to(monkeypatch, data_dir / "two")
    assert hub("restore", data_dir / "kept")[0] == 0
    code, out, err = hub("check")
    assert (code, lost.name in out + err) == (1, True)


def test_one_backup_at_a_time_is_made_in_a_folder(hub, data_dir):
    kept = data_dir / "kept"
    assert hub("backup", kept)[0] == 0
    with (kept / "oaihub-backup").open("a") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        code, _, err = hub("backup", kept)
        assert (code, "another process makes a backup" in err) == (1, True)
    assert hub("backup", kept)[0] == 0


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"format": 2}, "newer oaihub (format 2"),
        ({"folder": "../one"}, "which is no name of a backup's file"),
        ({"locations": RowsFile("../locations", 0, 0, "")}, "which is no name of a backup's file"),
    ],
)
def test_a_manifest_that_leads_out_of_the_backup_or_is_newer_is_refused(hub, data_dir, monkeypatch, changed, told):
    kept = data_dir / "kept"
    assert hub("backup", kept)[0] == 0
    write_manifest(kept, replace(read_manifest(kept), **changed))
    move_to(monkeypatch, data_dir / "two")
    for command in (("restore", kept), ("backup", kept, "--verify")):
        code, _, err = hub(*command)
        assert (code, told in err) == (1, True)


def test_a_place_that_leads_out_of_the_archive_is_refused(hub, data_dir, monkeypatch):
    kept = data_dir / "kept"
    assert hub("backup", kept)[0] == 0
    manifest = read_manifest(kept)
    wrong = write_rows(kept / manifest.folder, "locations", ("location",), [[("../../stolen",)]])
    write_manifest(kept, replace(manifest, locations=wrong))
    move_to(monkeypatch, data_dir / "two")
    code, _, err = hub("restore", kept)
    assert (code, "which is no file of an archive" in err) == (1, True)


def test_a_place_with_an_index_of_other_items_is_refused(hub, data_dir, monkeypatch):
    assert hub("backup", data_dir / "kept")[0] == 0
    move_to(monkeypatch, data_dir / "two")
    shutil.copytree(data_dir / "one" / "index", data_dir / "two" / "index")
    code, _, err = hub("restore", data_dir / "kept")
    assert (code, "an index of other items" in err) == (2, True)


def test_rows_are_for_their_owner_only(hub, data_dir):
    assert hub("backup", data_dir / "kept")[0] == 0
    (rows,) = (data_dir / "kept").glob("store-*")
    assert oct(rows.stat().st_mode)[-3:] == "700"


@pytest.mark.parametrize("revision", [None, "9999", "a1b2c3d4e5f6"])
def test_tables_of_another_program_are_left_alone(hub, data_dir, monkeypatch, revision):
    """Its tables have names of ours, or it keeps its revision as we do, by alembic."""
    assert hub("backup", data_dir / "kept")[0] == 0
    url = move_to(monkeypatch, data_dir / "two")
    with Store(parse_url(url)) as store, store.begin() as connection:
        connection.execute(text("CREATE TABLE audit (note TEXT)"))
        connection.execute(text("INSERT INTO audit VALUES ('theirs')"))
        if revision:
            connection.execute(text("CREATE TABLE alembic_version (version_num TEXT)"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})
    code, _, err = hub("restore", data_dir / "kept")
    assert (code, "tables that this oaihub did not make" in err) == (1, True)
    with Store(parse_url(url)) as store, store.connect() as connection:
        assert connection.execute(text("SELECT note FROM audit")).scalars().all() == ["theirs"]


def state_of_empty(folder):
    with open_store(f"sqlite:///{folder / 'store.sqlite'}") as store:
        return count_items(store) == (0, 0)


def test_a_hub_whose_archive_is_a_bucket_is_backed_up_and_restored_into_it(bucket, hub, data_dir, monkeypatch, engines):
    kept = data_dir / "kept"
    code, out, _ = hub("backup", kept, "--json")
    assert (code, json.loads(out)["copied"]) == (0, len(bucket()))
    assert {str(path.relative_to(kept / "archive")) for path in (kept / "archive").rglob("*.zst")} == bucket()
    with open_store(f"sqlite:///{data_dir / 'one' / 'store.sqlite'}") as store:
        wanted = [pair for chunk in iter_contents(store, limit=100) for pair in chunk]
    with own_bucket(engines.url("s3")) as (client, other):
        monkeypatch.setenv("OAIHUB_ARCHIVE_URL", f"s3://{other}/again")
        restored = move_to(monkeypatch, data_dir / "two")
        assert hub("restore", kept)[::2] == (0, "")
        assert {key.removeprefix("again/") for key in keys_of(client, other)} == bucket()
        with open_store(restored) as store:
            assert [pair for chunk in iter_contents(store, limit=100) for pair in chunk] == wanted
        assert (hub("check", "--read", "all")[0], hub("replay", "--all")[0]) == (0, 0)


@pytest.mark.parametrize(
    ("place", "left"),
    [
        ("harvester.backups.making:write_rows", 9),
        ("harvester.archive:Archive.keep", 1),
        ("harvester.backups.making:write_manifest", 0),
        ("harvester.backups.making:shutil.rmtree", 0),
    ],
)
def test_a_backup_that_is_killed_leaves_the_former_one_or_none(hub, data_dir, place, left):
    kept = data_dir / "kept"
    if "rmtree" not in place:
        killed_in(place, left, "backup", kept)
        code, _, err = hub("restore", kept)
        assert (code, "never finished" in err) == (1, True)
    assert hub("backup", kept)[0] == 0
    former = json.loads((kept / "manifest.json").read_bytes())
    assert hub("harvest", "here", "--full")[0] == 0
    killed_in(place, left, "backup", kept)
    assert hub("backup", kept, "--verify")[0] == 0
    assert (json.loads((kept / "manifest.json").read_bytes()) == former) is ("rmtree" not in place)
    assert hub("backup", kept)[0] == 0
    assert len(list(kept.glob("store-*"))) == 1


@pytest.mark.parametrize(
    ("place", "left"),
    [
        ("harvester.archive:Archive.keep", 1),
        ("harvester.store.copying.importing:named_table", 20),
        ("harvester.backups.restoring:import_rows", 0),
    ],
)
def test_a_restore_that_is_killed_leaves_no_store_and_goes_on_when_called_again(
    hub, data_dir, monkeypatch, place, left
):
    assert hub("backup", data_dir / "kept")[0] == 0
    wanted = state_of(f"sqlite:///{data_dir / 'one' / 'store.sqlite'}", data_dir / "one")
    restored = move_to(monkeypatch, data_dir / "two")
    killed_in(place, left, "restore", data_dir / "kept")
    with Store(parse_url(restored)) as store, store.connect() as connection:
        assert not connection.dialect.has_table(connection, "items")
    assert hub("restore", data_dir / "kept")[::2] == (0, "")
    assert state_of(restored, data_dir / "two") == wanted


def test_a_backup_of_a_newer_oaihub_is_refused(hub, data_dir, monkeypatch):
    kept = data_dir / "kept"
    assert hub("backup", kept)[0] == 0
    move_to(monkeypatch, data_dir / "two")
    manifest = json.loads((kept / "manifest.json").read_bytes())
    (kept / "manifest.json").write_text(json.dumps(manifest | {"revision": "9999"}))
    code, _, err = hub("restore", kept)
    assert (code, "newer oaihub" in err) == (1, True)


def test_a_backup_of_older_tables_is_brought_up_to_date(hub, data_dir, monkeypatch):
    kept = data_dir / "kept"
    assert hub("backup", kept)[0] == 0
    manifest = read_manifest(kept)
    with Store(parse_url(f"sqlite:///{data_dir / 'old.sqlite'}")) as old, old.begin() as connection:
        upgrade(connection, "0004")  # what a backup of then has: its tables, and of each its columns
        there = {name: inspect(connection).get_columns(name) for name in inspect(connection).get_table_names()}
    tables = [
        cut_down(kept / manifest.folder, file, there[file.name]) for file in manifest.tables if file.name in there
    ]
    write_manifest(kept, replace(manifest, revision="0004", tables=tuple(tables)))
    wanted = state_of(f"sqlite:///{data_dir / 'one' / 'store.sqlite'}", data_dir / "one")
    restored = move_to(monkeypatch, data_dir / "two")
    assert hub("restore", kept)[0] == 0
    now = state_of(restored, data_dir / "two")
    assert (now[1], now[2], now[0]["records"]) == (wanted[1], wanted[2], wanted[0]["records"])
    assert (now[3], len(wanted[3])) == ([], 1)  # there were no schedules then


def cut_down(folder, file, columns):
    kept = [column["name"] for column in columns]
    names, parts = read_rows(folder, file.name)
    rows = [[tuple(row[names.index(name)] for name in kept) for row in part] for part in parts]
    return write_rows(folder, file.name, tuple(kept), rows)
