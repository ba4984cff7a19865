"""`oaihub harvest FOLDER|FILE` and `oaihub replay`: what they print, what they leave, and their exit codes."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harvester.store import open_store
from harvester.store.ledger.imports import read_names
from tests.repository import Repository, made_entries
from tests.saving import save, save_list, saved_answer, saved_list, tarred
from workers.commands import main
from workers.demo.provider import Entry

ROOT = Path(__file__).parents[2]
INTERRUPTIBLE = """
import signal, sys
from workers.commands import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main())
"""
OAIHUB = (sys.executable, "-P", "-m", "workers.commands")


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith("OAIHUB_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OAIHUB_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def oaihub(capsys):
    """Run a command in this process; gives exit code, standard output and standard error."""

    def run(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def folder(tmp_path):
    """Twenty-five records, five of them deleted, on three saved pages."""
    return save_list(tmp_path / "My Dump", 25, deleted_every=5)


def told(oaihub, *arguments):
    """Give the JSON of a command that succeeds."""
    code, out, err = oaihub(*arguments, "--json")
    assert (code, err) == (0, ""), (out, err)
    return json.loads(out)


def test_a_folder_is_imported_indexed_and_kept_as_an_endpoint(oaihub, folder):
    code, out, err = oaihub("harvest", folder)
    assert (code, err) == (0, "")
    assert out.startswith("run 1 of my-dump (oai_dc): complete, ")
    assert out.splitlines()[-1] == "files: 3 imported, 0 left out, 0 refused"
    (endpoint,) = told(oaihub, "endpoints", "list")["endpoints"]
    assert (endpoint["key"], endpoint["base_url"], endpoint["label"]) == ("my-dump", folder.as_uri(), "My Dump")
    assert told(oaihub, "search", "record")["total"] == 20


def test_json_tells_the_run_its_balance_and_the_files(oaihub, folder):
    save(folder, {"about.xml": saved_answer(verb="Identify")})
    run = told(oaihub, "harvest", folder)
    assert (run["state"], run["balance"]["new"], run["balance"]["deleted"]) == ("complete", 20, 5)
    assert run["source"] == folder.as_uri()
    assert run["documents"] == {"imported": 3, "skipped": {"identify": 1}, "refused": [], "not_public": 0}


@pytest.mark.parametrize("again", ["path", "key", "url"])
def test_the_second_import_changes_nothing_however_the_dump_is_named(oaihub, folder, again):
    oaihub("harvest", folder)
    run = told(oaihub, "harvest", {"path": folder, "key": "my-dump", "url": folder.as_uri()}[again])
    assert (run["endpoint"], run["balance"]["received"], run["balance"]["unchanged"]) == ("my-dump", 25, 25)
    assert len(told(oaihub, "endpoints", "list")["endpoints"]) == 1


def test_one_packed_file_is_a_dump_and_its_key_can_be_chosen(oaihub, tmp_path):
    pages = saved_list(made_entries(25), page_size=10)
    save(tmp_path, {"old.tar": tarred({f"{number}.xml": page for number, page in enumerate(pages)})})
    assert told(oaihub, "harvest", tmp_path / "old.tar")["endpoint"] == "old"
    assert told(oaihub, "harvest", tmp_path / "old.tar", "--key", "chosen")["endpoint"] == "chosen"
    assert told(oaihub, "search", "record")["total"] == 25  # it is the same dump, so they are the same items


def test_what_is_refused_is_told_at_once_and_at_the_end_and_all_else_is_imported(oaihub, folder):
    save(folder, {"notes.txt": b"to do\x1b[31m", "page2b.xml": b"<OAI-PMH xmlns='x'><ListRecords>"})
    code, out, err = oaihub("harvest", folder)
    assert code == 1
    assert "notes.txt is not imported: it is no OAI-PMH answer but other text" in err
    assert out.splitlines()[-3] == "files: 3 imported, 0 left out, 2 refused"
    assert out.splitlines()[-2].startswith("refused: notes.txt: ")
    assert out.splitlines()[-1].startswith("refused: page2b.xml: the page is cut or damaged")
    assert "\x1b" not in out + err
    assert told(oaihub, "search", "record")["total"] == 20


def test_into_gives_the_records_to_an_endpoint_that_is_there(oaihub, folder):
    with Repository(made_entries(10), page_size=10) as repository:
        oaihub("harvest", repository.url, "--allow-private")
        run = told(oaihub, "harvest", folder, "--into", "127.0.0.1")
        assert (run["endpoint"], run["balance"]["new"], run["balance"]["received"]) == ("127.0.0.1", 12, 25)
        found = told(oaihub, "search", '"record 21"')["items"][0]
        assert found["provenance"][0]["endpoint"] == "127.0.0.1"
        requests = len(repository.requests)
        again = told(oaihub, "harvest", "127.0.0.1")
        assert "from" in repository.requests[requests + 1].parameters
        assert again["balance"]["received"] == 0
    assert [endpoint["key"] for endpoint in told(oaihub, "endpoints", "list")["endpoints"]] == ["127.0.0.1"]


def test_a_format_can_be_chosen_among_the_answers(oaihub, folder):
    made = Entry("oai:test:1", "2024-01-01T00:00:00Z", metadata={"oai_datacite": "<resource><a>A</a></resource>"})
    save(folder, {"z.xml": saved_list([made], page_size=10, prefix="oai_datacite")[0]})
    code, out, _ = oaihub("harvest", folder)
    assert code == 1
    said = "its records are in oai_datacite, not in oai_dc: --prefix oai_datacite imports those"
    assert f"refused: z.xml: {said}" in out
    run = told(oaihub, "harvest", folder, "--prefix", "oai_datacite")
    assert (run["endpoint"], run["metadata_prefix"]) == ("my-dump-oai_datacite", "oai_datacite")
    assert (run["balance"]["received"], run["documents"]["skipped"]) == (1, {"in_oai_dc": 3})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["harvest", "./nowhere"], "there is no file or folder ./nowhere"),
        (["harvest", "{folder}", "--from", "2024-01-01"], "an import takes --prefix, --key and --into"),
        (["harvest", "{folder}", "--queue"], "an import takes --prefix, --key and --into"),
        (["harvest", "{folder}", "--into", "nowhere"], "there is no endpoint 'nowhere'"),
        (["harvest", "{folder}", "--into", "a", "--key", "b"], "give one of them"),
        (["harvest", "{folder}", "--key", "Bad Key"], "endpoint key 'Bad Key'"),
        (["harvest", "https://repository.example/oai", "--key", "a"], "are for the import of a folder or file"),
        (["harvest", "{archive}"], "is the archive of this hub"),
        (["endpoints", "add", "a", "file:///saved"], "base URL 'file:///saved'"),
        (["replay"], "give the key of an endpoint, a run, a page such as 12/0, or --all"),
        (["replay", "a", "--all"], "give the key of an endpoint"),
        (["replay", "nowhere"], "there is no endpoint 'nowhere'"),
        (["replay", "7"], "there is no run 7"),
    ],
)
def test_wrong_use_is_one_line_that_names_the_thing(oaihub, folder, data_dir, arguments, said):
    places = {"folder": folder, "archive": data_dir / "archive"}
    (data_dir / "archive").mkdir(parents=True)
    code, out, err = oaihub(*(argument.format(**places) for argument in arguments))
    assert (code, out) == (2, "")
    assert err.startswith("oaihub: ")
    assert err.count("\n") == 1
    assert said in err


def test_the_hubs_own_data_in_the_folder_is_not_imported(oaihub, folder, monkeypatch):
    monkeypatch.setenv("OAIHUB_DATA_DIR", str(folder / "data"))
    for _ in range(2):
        assert told(oaihub, "harvest", folder)["documents"] == {
            "imported": 3,
            "skipped": {},
            "refused": [],
            "not_public": 0,
        }


def test_an_import_that_is_not_finished_keeps_harvests_out_and_the_reverse(oaihub, tmp_path, data_dir):
    folder = save_list(tmp_path / "saved", 200, page_size=1)
    with Repository(made_entries(5)) as repository:
        oaihub("endpoints", "add", "one", repository.url, "--allow-private")
        oaihub("harvest", "one", "--queue")
        code, _, err = oaihub("harvest", folder, "--into", "one")
        assert code == 1
        assert "run 1 of one is not finished, and it is a harvest: let that end first" in err
        oaihub("harvest", "one")
        kill_when_read(20, data_dir, 2, "harvest", folder, "--into", "one")
        code, _, err = oaihub("harvest", "one")
        assert code == 2
        assert f"`oaihub harvest {folder.as_uri()} --into one` goes on with it" in err
        assert told(oaihub, "queues")["queues"][0]["waiting"] == 1
        code, _, err = oaihub("harvest", folder, "--into", "one")
        assert (code, "goes on with run 2" in err) == (0, True)
        assert told(oaihub, "harvest", "one")["state"] == "complete"


def test_an_import_that_is_killed_again_and_again_reads_every_file_once(oaihub, tmp_path, data_dir):
    folder = save_list(tmp_path / "saved", 160, page_size=1, deleted_every=10)
    for files in (1, 70):
        kill_when_read(files, data_dir, 1, "harvest", folder)
    code, out, err = oaihub("harvest", folder, "--json")
    run = json.loads(out)
    assert (code, run["id"], run["state"]) == (0, 1, "complete")
    assert "goes on with run 1" in err
    balance = run["balance"]
    assert (balance["received"], balance["new"], balance["deleted"], balance["duplicate"]) == (160, 144, 16, 0)
    with open_store(f"sqlite:///{data_dir / 'store.sqlite'}") as store:
        assert read_names(store, 1) == {f"page{number}.xml": 1 for number in range(1, 161)}
    assert told(oaihub, "search", "record")["total"] == 144


def test_an_import_that_is_interrupted_says_how_to_go_on(oaihub, tmp_path, data_dir):
    folder = save_list(tmp_path / "saved", 500, page_size=1)
    code, err = kill_when_read(1, data_dir, 1, "harvest", folder, by=signal.SIGINT)
    assert (code, err) == (130, "oaihub: stopped; what was imported is kept, and the same command goes on from there\n")
    assert oaihub("harvest", folder)[0] == 0


@pytest.mark.parametrize("command", ["harvest", "replay"])
def test_on_a_terminal_a_bar_tells_how_much_is_read(oaihub, folder, command):
    oaihub("harvest", folder)
    ours, theirs = pty.openpty()
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "120"}
    ended = subprocess.run(
        [*OAIHUB, command, "my-dump"], env=environ, stderr=theirs, stdout=subprocess.PIPE, timeout=60, check=True
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # the other end is closed, and all is read
        while part := os.read(ours, 1 << 16):
            shown += part
    os.close(ours)
    assert "100% read" in shown.decode()
    assert b"unchanged" in ended.stdout


def kill_when_read(files, data_dir, run, *arguments, by=signal.SIGKILL):
    """Start an import in a process of its own, and kill it when so many files are in the ledger.

    Gives its exit code and what it wrote to standard error.
    """
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "OAIHUB_LEASE_S": "1"}
    command = [sys.executable, "-P", "-c", INTERRUPTIBLE, *(str(argument) for argument in arguments)]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        end = time.monotonic() + 60
        while count_read(data_dir, run) < files:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end
            time.sleep(0.01)
        process.send_signal(by)
        _, err = process.communicate()
    assert process.returncode == (130 if by == signal.SIGINT else -by)
    return process.returncode, err.decode()


def count_read(data_dir, run):
    if not (data_dir / "store.sqlite").exists():
        return 0
    with open_store(f"sqlite:///{data_dir / 'store.sqlite'}") as store:
        return read_names(store, run).total()


def test_replay_tells_what_became_of_all_records_and_writes_what_differs(oaihub, folder, data_dir):
    oaihub("harvest", folder)
    code, out, err = oaihub("replay", "my-dump")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "3 pages, 25 records"
    rows = {line.split()[0]: line.split()[1] for line in out.splitlines()[2:]}
    assert rows == {
        "unchanged": "25",
        "changed": "0",
        "recovered": "0",
        "rejected": "0",
        "newly_rejected": "0",
        "elsewhere": "0",
    }
    spoil(data_dir, "UPDATE records SET metadata = CAST('{}' AS BLOB), digest = x'00' WHERE identifier = 'oai:test:7'")
    spoil(data_dir, "UPDATE items SET version = 9 WHERE identifier = 'oai:test:7'")
    done = told(oaihub, "replay", "1/1")
    assert (done["pages"], done["records"], done["changed"], done["unchanged"]) == (1, 10, 1, 9)
    assert told(oaihub, "search", '"record 7"')["items"][0]["version"] == 10
    assert told(oaihub, "replay", "1")["unchanged"] == told(oaihub, "replay", "--all")["unchanged"] == 25


def test_replay_names_pages_that_the_archive_cannot_give(oaihub, folder, data_dir):
    oaihub("harvest", folder)
    (lost,) = data_dir.glob("archive/*/000002-*")
    lost.unlink()
    code, out, err = oaihub("replay", "my-dump", "--json")
    done = json.loads(out)
    assert (code, done["pages"], done["unchanged"]) == (1, 3, 15)
    assert [page["page"] for page in done["damaged"]] == ["1/2"]
    assert f"page 1/2 is not replayed: archived page {lost} cannot be read" in err
    code, out, _ = oaihub("replay", "my-dump")
    assert code == 1
    assert out.splitlines()[-1].startswith("damaged: 1/2: archived page ")


def test_replay_of_a_page_or_run_that_cannot_be_is_wrong_use(oaihub, folder):
    oaihub("harvest", folder)
    assert "run 1 has no stored page 9" in oaihub("replay", "1/9")[2]
    assert "run 1 has no stored page 0" in oaihub("replay", "1/0")[2]
    oaihub("endpoints", "remove", "my-dump", "--yes")
    code, _, err = oaihub("replay", "1")
    assert (code, "endpoint my-dump of run 1 was removed" in err) == (2, True)


def spoil(data_dir, statement):
    with open_store(f"sqlite:///{data_dir / 'store.sqlite'}") as store, store.begin() as connection:
        connection.exec_driver_sql(statement)
