"""The command line, against a real repository on loopback: what it prints, and its exit codes."""

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from harvester.item import Date, Item
from harvester.store import open_store
from harvester.store.ledger.pages import claim_page
from harvester.store.outbox import outbox_depth
from indexer.engines import open_index
from indexer.indexing import index_outbox
from tests.faults import connection_reset, html_page, later, retry_later, server_error
from tests.repository import Repository, made_entries, oai_dc
from workers.commands.describing import summary_of
from workers.commands.output import plain
from workers.words import span

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("data_dir")


@pytest.fixture
def servers(fresh_postgresql_url, fresh_elasticsearch_url, redis_url):
    """The settings that put everything on servers."""
    return {
        "OAIHUB_STORE_URL": fresh_postgresql_url,
        "OAIHUB_INDEX_URL": fresh_elasticsearch_url,
        "OAIHUB_BROKER_URL": redis_url,
        "OAIHUB_SECRET": "a secret for these tests",
    }


def add(oaihub, repository, key="one", *options):
    """Keep an endpoint, and count requests from then on."""
    assert oaihub("endpoints", "add", key, repository.url, "--allow-private", *options)[0] == 0
    repository.requests.clear()


def counts(text):
    """Read the numbers of a balance as a person reads them: a name, then a number."""
    rows = [line.split() for line in text.splitlines()[1:]]
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}


def test_harvest_of_an_url_keeps_an_endpoint_and_prints_a_balance(oaihub, repository):
    code, out, err = oaihub("harvest", repository.url, "--allow-private")
    assert (code, err) == (0, "")
    assert out.startswith("run 1 of 127.0.0.1 (oai_dc): complete, ")
    assert counts(out) == {
        "received": 25,
        "new": 20,
        "changed": 0,
        "unchanged": 0,
        "deleted": 5,
        "duplicate": 0,
        "rejected": 0,
    }
    _, out, _ = oaihub("endpoints", "list", "--json")
    (endpoint,) = json.loads(out)["endpoints"]
    assert (endpoint["key"], endpoint["base_url"], endpoint["last_run"]["state"]) == (
        "127.0.0.1",
        repository.url,
        "complete",
    )


def test_second_harvest_of_the_same_url_asks_for_changes_only(oaihub, repository):
    oaihub("harvest", repository.url, "--allow-private")
    code, out, _ = oaihub("harvest", repository.url, "--json")
    run = json.loads(out)
    assert (code, run["endpoint"], run["balance"]["received"]) == (0, "127.0.0.1", 0)
    assert "from" in repository.requests[-1].parameters


def test_full_harvest_writes_nothing_that_is_unchanged(oaihub, repository, data_dir):
    oaihub("harvest", repository.url, "--allow-private")
    _, out, _ = oaihub("harvest", "127.0.0.1", "--full", "--json")
    balance = json.loads(out)["balance"]
    assert (balance["received"], balance["unchanged"], balance["new"]) == (25, 25, 0)


def test_other_prefix_or_sets_of_an_url_make_another_endpoint(oaihub, repository):
    oaihub("harvest", repository.url, "--allow-private")
    code, out, _ = oaihub("harvest", repository.url, "--allow-private", "--set", "set1", "--json")
    run = json.loads(out)
    assert (code, run["endpoint"], run["sets"], run["balance"]["received"]) == (0, "127.0.0.1-2", ["set1"], 9)


def test_search_counts_and_gives_the_json_of_the_api(oaihub, repository):
    oaihub("harvest", repository.url, "--allow-private")
    code, out, _ = oaihub("search", "record", "--filter", "year:2001", "--facet", "year,creator:1", "--json")
    answer = json.loads(out)
    assert (code, answer["total"]) == (0, 2)
    assert [item["title"][0]["value"] for item in answer["items"]] == ["Record 1", "Record 21"]
    assert answer["facets"]["year"]["values"][0] == {
        "value": "2001",
        "label": "2001",
        "count": 2,
        "selected": True,
        "filter": "year:2001",
    }
    code, out, _ = oaihub("search", "record", "--filter", "year:2001", "--facet", "creator")
    assert code == 0
    assert out.splitlines()[0] == "2 items"
    assert "Author 4, A." in out


def test_show_gives_an_item_and_its_records(oaihub, repository):
    oaihub("harvest", repository.url, "--allow-private")
    _, out, _ = oaihub("search", "--filter", "title:Record 7", "--json")
    item_id = json.loads(oaihub("search", '"record 7"', "--json")[1])["items"][0]["id"]
    code, out, _ = oaihub("show", item_id)
    assert code == 0
    assert out.splitlines()[0] == "Record 7"
    assert "oai:test:7" in out
    code, out, _ = oaihub("show", item_id, "--json")
    assert json.loads(out)["id"] == item_id


def test_edit_changes_an_item_and_show_explains_it(oaihub, repository):
    oaihub("harvest", repository.url, "--allow-private")
    item_id = json.loads(oaihub("search", '"record 7"', "--json")[1])["items"][0]["id"]
    assert oaihub("edit", item_id, "volume=92", "title=Right title", "--author", "Ann", "--reason", "print")[0] == 0
    assert oaihub("harvest", repository.url, "--allow-private", "--full")[0] == 0
    assert oaihub("show", item_id)[1].splitlines()[0] == "Right title"
    out = oaihub("show", item_id, "--explain")[1]
    assert "said by Ann" in out
    assert "Record 7" in out
    assert oaihub("edit", item_id, "--undo", "title")[0] == 0
    shown = json.loads(oaihub("show", item_id, "--json")[1])
    assert (shown["title"][0]["value"], shown["volume"]) == ("Record 7", "92")
    code, _, err = oaihub("edit", item_id, "date=soon")
    assert (code, "write it as 2017" in err) == (2, True)


def test_summary_has_a_line_for_each_part_that_is_known():
    known = Item(id="1", schema="item/1", version=1, harvested="", date=Date("2017", 2017, "year"), volume="92")
    assert summary_of(known) == ("(2017)", "92")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", "nothing"], 2, "'nothing' names no item"),
        (["search", "--filter", "genre"], 2, "genre"),
        (["search", "--filter", "colour:red"], 2, "unknown property 'colour'"),
        (["search", "--sort", "size"], 2, "sort 'size'"),
        (["harvest", "nowhere"], 2, "there is no endpoint 'nowhere'"),
        (["endpoints", "show", "nowhere"], 2, "there is no endpoint 'nowhere'"),
        (["endpoints", "add", "Bad Key", "http://127.0.0.1/oai"], 2, "endpoint key 'Bad Key'"),
        (["endpoints", "add", "key", "not-an-url"], 2, "base URL 'not-an-url'"),
        (["runs", "9"], 2, "there is no run 9"),
        (["worker"], 1, "oaihub run"),
        (["worker", "--queues", "mail"], 2, "'mail'"),
        (["worker", "--queues", "control,harvest", "--beat"], 2, "oaihub beat"),
        (["worker", "--queues", "control", "--concurrency", "2", "--beat"], 2, "oaihub beat"),
        (["serve", "--listen", "8080"], 2, "'8080' is no address"),
    ],
)
def test_wrong_use_is_one_line_that_names_the_thing(oaihub, arguments, code, said):
    found, out, err = oaihub(*arguments)
    assert (found, out) == (code, "")
    assert err.startswith("oaihub: ")
    assert err.count("\n") == 1
    assert said in err


def test_unknown_command_and_option_are_wrong_use(oaihub):
    assert oaihub("fetch")[0] == 2
    assert oaihub("runs", "--colour")[0] == 2


def test_error_is_a_problem_with_json(oaihub):
    code, out, err = oaihub("search", "--filter", "colour:red", "--json")
    problem = json.loads(err)
    assert (code, out) == (2, "")
    assert (problem["title"], problem["exit_code"]) == ("Bad query", 2)
    assert "colour" in problem["detail"]


def test_setting_that_does_not_fit_is_named(oaihub, monkeypatch):
    monkeypatch.setenv("OAIHUB_LEASE_S", "soon")
    code, _, err = oaihub("settings")
    assert code == 2
    assert err.startswith("oaihub: OAIHUB_LEASE_S='soon': ")


def test_settings_lists_every_variable_and_hides_secrets(oaihub, monkeypatch):
    monkeypatch.setenv("OAIHUB_SECRET", "a secret that nobody may see")
    monkeypatch.setenv("OAIHUB_STORE_URL", "postgresql+psycopg://user:hush@db/hub")
    code, out, _ = oaihub("settings", "--json")
    rows = {row["name"]: row["value"] for row in json.loads(out)["settings"]}
    assert code == 0
    assert {"OAIHUB_DATA_DIR", "OAIHUB_INDEX_URL", "OAIHUB_BROKER_URL", "OAIHUB_LISTEN"} <= set(rows)
    assert "nobody may see" not in out
    assert "hush" not in out


def test_private_address_is_refused_unless_allowed(oaihub, repository):
    code, _, err = oaihub("harvest", repository.url)
    assert code == 1
    assert err.count("\n") == 1
    assert repository.requests == []


def test_page_of_html_ends_the_harvest_with_a_clear_word(oaihub, repository):
    repository.misbehave(html_page(), times=None, verb="Identify")
    code, _, err = oaihub("harvest", repository.url, "--allow-private")
    assert code == 1
    assert err.startswith("oaihub: ")
    assert err.count("\n") == 1
    assert json.loads(oaihub("endpoints", "list", "--json")[1]) == {"endpoints": []}


def test_wrong_prefix_is_refused_with_those_that_there_are_and_no_endpoint_is_kept(oaihub, repository):
    code, out, err = oaihub("harvest", repository.url, "--allow-private", "--prefix", "marc99")
    assert (code, out) == (2, "")
    assert "has no metadataPrefix 'marc99': choose one of oai_dc, oai_datacite by --prefix" in err
    assert json.loads(oaihub("endpoints", "list", "--json")[1]) == {"endpoints": []}


def test_prefix_that_only_the_harvest_finds_wrong_is_a_failed_run(oaihub, repository):
    repository.misbehave(server_error(500), times=None, verb="ListMetadataFormats")
    code, out, _ = oaihub("harvest", repository.url, "--allow-private", "--prefix", "marc99")
    assert code == 1
    assert "failed" in out.splitlines()[0]
    assert "cannotDisseminateFormat" in out


def test_page_that_fails_three_times_leaves_the_run_open_and_the_next_harvest_goes_on(oaihub, repository):
    add(oaihub, repository, "127.0.0.1", "--parallel", "1")
    repository.misbehave(connection_reset(), page=2, times=None)
    repository.misbehave(later(connection_reset(), good=1), verb="Identify", times=None)  # the whole server is away
    code, _, err = oaihub("harvest", repository.url, "--allow-private")
    assert code == 1
    assert "page 1 of run 1 failed 3 times" in err
    assert "oaihub harvest 127.0.0.1" in err
    assert json.loads(oaihub("search", "--json")[1])["total"] == 8  # what is stored is found
    assert json.loads(oaihub("runs", "--json")[1])["runs"][0]["state"] == "waiting"
    repository.behave()
    code, out, err = oaihub("harvest", "127.0.0.1")
    assert code == 0
    assert "goes on with run 1 from page 1" in err
    assert counts(out)["received"] == 25
    assert repository.pages_served.count(1) == 1


def test_failures_that_pass_are_waited_for_and_told(oaihub, repository):
    add(oaihub, repository, "127.0.0.1")
    repository.misbehave(server_error(500), page=2, times=1)
    code, out, err = oaihub("harvest", repository.url, "--allow-private")
    assert code == 0
    assert "waits until " in err
    assert "HTTP status 500" in err
    assert counts(out)["received"] == 25


def test_host_that_asks_to_wait_is_waited_for_as_often_as_it_asks(oaihub, repository):
    add(oaihub, repository, "127.0.0.1")
    repository.misbehave(retry_later("1"), page=2, times=4)
    code, out, err = oaihub("harvest", repository.url, "--allow-private")
    assert code == 0
    assert err.count("waits until ") == 4
    assert counts(out)["received"] == 25


def test_run_that_somebody_works_on_is_refused(oaihub, repository, data_dir, monkeypatch):
    monkeypatch.setenv("OAIHUB_LEASE_S", "1")
    add(oaihub, repository)
    assert oaihub("harvest", "one", "--queue")[0] == 0
    with open_store(f"sqlite:///{data_dir / 'store.sqlite'}") as store:
        assert claim_page(store, 1, 0, lease_s=120, now=time.time())
        code, _, err = oaihub("harvest", "one")
        assert code == 1
        assert "run 1 of one is being harvested by another process" in err


def test_open_run_is_not_mixed_with_another_selection(oaihub, repository):
    add(oaihub, repository)
    oaihub("harvest", "one", "--queue")
    code, _, err = oaihub("harvest", "one", "--full")
    assert code == 1
    assert "run 1 of one is not finished" in err


def test_queue_leaves_the_run_to_workers_and_is_seen_in_queues(oaihub, repository):
    add(oaihub, repository)
    code, out, _ = oaihub("harvest", "one", "--queue")
    assert code == 0
    assert out.startswith("run 1 of one is left to the workers")
    stages = json.loads(oaihub("queues", "--json")[1])["queues"]
    assert [(stage["stage"], stage["waiting"], stage["hints"]) for stage in stages] == [
        ("harvest", 1, None),
        ("doi", 0, None),
        ("index", 0, None),
    ]


def test_removed_endpoint_takes_its_items_away(oaihub, repository, data_dir):
    add(oaihub, repository)
    oaihub("harvest", "one")
    code, out, _ = oaihub("endpoints", "remove", "one", "--yes", "--json")
    assert (code, json.loads(out)) == (0, {"removed": "one", "items": 20})
    with open_store(f"sqlite:///{data_dir / 'store.sqlite'}") as store:
        assert outbox_depth(store).waiting == 20


def test_remove_asks_first(oaihub, repository, monkeypatch):
    add(oaihub, repository)
    with (ROOT / "LICENSE").open() as answers:  # whatever it says, it is not yes
        monkeypatch.setattr(sys, "stdin", answers)
        code, _, _ = oaihub("endpoints", "remove", "one")
    assert code != 0
    assert oaihub("endpoints", "show", "one")[0] == 0


# A shell starts what it puts in the background with SIGINT ignored, and that is inherited.
INTERRUPTIBLE = """
import signal, sys
from workers.commands import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main())
"""


def test_interrupt_stops_a_harvest_which_can_go_on(oaihub, repository, data_dir):
    add(oaihub, repository, "127.0.0.1")
    repository.misbehave(lambda answer: type(answer)(answer.body, delay_s=5), page=2, times=1)
    command = [sys.executable, "-c", INTERRUPTIBLE, "harvest"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "OAIHUB_LEASE_S": "2"}
    process = subprocess.Popen(
        [*command, repository.url, "--allow-private"],
        env=environ,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 20
    while 2 not in repository.pages_served:
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert err == ("oaihub: stopped; what was harvested is kept, and `oaihub harvest 127.0.0.1` goes on from page 1\n")
    again = subprocess.run(
        [*command, "127.0.0.1"], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert again.returncode == 0
    assert counts(again.stdout)["received"] == 25


def test_foreground_waits_for_the_process_that_has_the_index(oaihub, repository):
    add(oaihub, repository)
    folder = Path(os.environ["OAIHUB_DATA_DIR"])
    index = open_index("embedded:", data_dir=folder)
    index.create()
    index.write([])  # takes the writer
    with open_store(f"sqlite:///{folder / 'store.sqlite'}") as store:
        done = threading.Event()

        def other_process() -> None:
            while not done.is_set():
                index_outbox(store, index, limit=1_000, lease_s=10)
                time.sleep(0.2)

        indexer = threading.Thread(target=other_process)
        indexer.start()
        try:
            code, _, _ = oaihub("harvest", "one")
        finally:
            done.set()
            indexer.join()
    index.close()
    assert code == 0
    assert json.loads(oaihub("search", "--json")[1])["total"] == 20


def test_folder_that_cannot_be_made_is_named(oaihub, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("OAIHUB_DATA_DIR", str(tmp_path / "file" / "data"))
    code, _, err = oaihub("endpoints", "list")
    assert code == 1
    assert err.startswith(f"oaihub: {tmp_path}/file")
    assert err.count("\n") == 1


def test_progress_is_a_bar_on_a_terminal(repository):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-P", "-m", "workers.commands", "harvest", repository.url, "--allow-private"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(command, env=environ, stderr=theirs, stdout=subprocess.PIPE, text=True) as process:
        out, _ = process.communicate(timeout=60)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert process.returncode == 0
    assert "records" in shown
    assert "\r" in shown
    assert counts(out)["received"] == 25


def test_index_that_is_away_is_named_and_the_next_harvest_indexes(oaihub, repository, monkeypatch):
    monkeypatch.setenv("OAIHUB_INDEX_URL", "http://127.0.0.1:1")
    code, out, err = oaihub("harvest", repository.url, "--allow-private")
    assert code == 1
    assert "127.0.0.1:1 does not answer" in err
    assert "check OAIHUB_INDEX_URL" in err
    assert err.count("\n") == 1
    assert counts(out)["new"] == 20  # what was harvested is told, too
    assert json.loads(oaihub("runs", "--json")[1])["runs"][0]["state"] == "complete"
    monkeypatch.delenv("OAIHUB_INDEX_URL")
    assert oaihub("harvest", "127.0.0.1")[0] == 0
    assert json.loads(oaihub("search", "--json")[1])["total"] == 20


def test_output_of_a_repository_cannot_steer_the_terminal(oaihub):
    title = "Evil \x9b31m title"  # a control sequence introducer, which XML 1.0 allows
    entry = replace(made_entries(1)[0], metadata={"oai_dc": oai_dc(title=title)})
    with Repository([entry]) as repository:
        oaihub("harvest", repository.url, "--allow-private")
    _, out, _ = oaihub("search")
    assert "\x9b" not in out
    assert "title" in out


def test_servers_give_the_same_answers_as_the_embedded_engines(oaihub, tmp_path, monkeypatch, servers):
    search = ("search", "record", "--filter", "year:2001..2009", "--facet", "year:30,creator:5", "--sort", "title")
    answers = []
    with Repository(made_entries(120, deleted_every=7), page_size=50) as repository:
        for settings in ({}, servers):
            monkeypatch.setenv("OAIHUB_DATA_DIR", str(tmp_path / f"{len(answers)}"))
            for name, value in settings.items():
                monkeypatch.setenv(name, value)
            assert oaihub("harvest", repository.url, "--allow-private")[0] == 0
            answer = json.loads(oaihub(*search, "--json")[1])
            for item in answer["items"]:  # ids and times are each store's own
                for name in ("id", "url", "harvested"):
                    del item[name]
            answers.append((answer["total"], answer["items"], answer["facets"], answer["next"] is None))
    assert answers[0] == answers[1]
    assert answers[0][0] == sum(1 for number in range(1, 121) if number % 7 and 1 <= number % 20 <= 9)


def test_control_characters_are_not_printed():
    assert plain("a\x1b[31mb\x9bc\td\n") == "a\N{REPLACEMENT CHARACTER}[31mb\N{REPLACEMENT CHARACTER}c\td\n"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(None, ""), (0, "0.0 s"), (9.94, "9.9 s"), (59.7, "1 min"), (185, "3 min 5 s"), (90_061, "1 d 1 h")],
)
def test_span_is_told_in_its_two_greatest_units(seconds, told):
    assert span(seconds) == told


def test_export_writes_a_whole_result_in_any_format(oaihub, repository):
    add(oaihub, repository)
    assert oaihub("harvest", "one")[0] == 0
    code, out, _ = oaihub("export")
    items = [json.loads(line) for line in out.splitlines()]
    assert (code, len(items)) == (0, 20)
    assert [item["id"] for item in items] == sorted(item["id"] for item in items)
    rest = oaihub("export", "--after", items[14]["id"], "--format", "csv")[1].splitlines()
    assert [row.partition(",")[0] for row in rest] == ["id", *(item["id"] for item in items[15:])]
    code, _, err = oaihub("export", "--filter", "nothing:x")
    assert (code, "nothing" in err) == (2, True)
