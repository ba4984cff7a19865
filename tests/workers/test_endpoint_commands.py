"""`oaihub endpoints add, probe, show, list and edit`, and `harvest URL`, against a repository on loopback."""

import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from harvester.store import open_store
from harvester.store.probes import latest_probe, put_probe
from tests.faults import html_page, server_error
from tests.manners import Manners
from tests.repository import Repository, datacite, made_entries

ROOT = Path(__file__).parents[2]


@pytest.fixture
def told(oaihub):
    """Run a command that succeeds, and give its JSON."""

    def run(*arguments):
        code, out, err = oaihub(*arguments, "--json")
        assert (code, err) == (0, "")
        return json.loads(out)

    return run


def endpoints(told):
    return {one["key"]: one for one in told("endpoints", "list")["endpoints"]}


def rows(out):
    """The rows of a table by their first word or words."""
    return {line[:21].strip(): line[21:].strip() for line in out.splitlines() if line.strip()}


def test_url_alone_makes_an_endpoint_with_all_settings(oaihub, told, repository):
    code, out, err = oaihub("endpoints", "add", repository.url, "--allow-private")
    assert (code, err) == (0, "")
    shown = rows(out)
    assert shown["key"] == "127.0.0.1"
    assert (shown["can be cut by dates"], shown["parallel"]) == ("yes", "4 at once")
    assert "Record 1  Author 1, A.  2001  journal article" in out
    assert "Record 3" in out
    assert "Record 4" not in out
    assert "127.0.0.1 is kept" in out
    kept = endpoints(told)["127.0.0.1"]
    assert (kept["label"], kept["selective"], kept["parallel"]) == ("Repository for tests", True, 4)
    assert (kept["granularity"], kept["deleted_record"]) == ("YYYY-MM-DDThh:mm:ssZ", "persistent")
    assert kept["last_probe"]["at"] == pytest.approx(time.time(), abs=60)


def test_options_are_kept_and_no_probe_changes_them(oaihub, told, repository):
    options = ("--parallel", 2, "--pace", "0.01", "--post", "--insecure-tls", "--hold-deletions", 9, "--set", "set1")
    added = told("endpoints", "add", "mine", repository.url, "--allow-private", "--label", "Ours", *options)
    expected = {
        "key": "mine",
        "label": "Ours",
        "metadata_prefix": "oai_dc",
        "sets": ["set1"],
        "pace_s": 0.01,
        "parallel": 2,
        "http_method": "POST",
        "verify_tls": False,
        "hold_deletions": 9,
        "by_hand": ["parallel"],
    }
    assert {name: added[name] for name in expected} == expected
    assert added["findings"]["identify"]["name"] == "Repository for tests"
    assert [one["title"][0]["value"] for one in added["samples"]] == ["Record 1", "Record 4", "Record 7"]
    assert told("endpoints", "probe", "mine")["endpoint"]["parallel"] == 2


def test_repository_that_wants_post_is_asked_so(oaihub, told, repository):
    repository.methods = {"POST"}
    assert oaihub("endpoints", "add", repository.url, "--allow-private")[0] == 1
    assert told("endpoints", "add", repository.url, "--allow-private", "--post")["selective"] is True
    assert told("harvest", "127.0.0.1")["state"] == "complete"


def test_richest_format_is_chosen_unless_one_is_asked_for(told):
    both = [replace(entry, metadata=entry.metadata | {"oai_datacite": datacite("T")}) for entry in made_entries(5)]
    with Repository(both) as repository:
        rich = told("endpoints", "add", repository.url, "--allow-private")
        plain = told("endpoints", "add", repository.url, "--allow-private", "--prefix", "oai_dc")
    assert (rich["key"], rich["metadata_prefix"], rich["samples"][0]["title"][0]["value"]) == (
        "127.0.0.1",
        "oai_datacite",
        "T",
    )
    assert (plain["key"], plain["metadata_prefix"]) == ("127.0.0.1-2", "oai_dc")


def test_second_endpoint_of_the_same_needs_a_key(oaihub, told, repository):
    oaihub("endpoints", "add", repository.url, "--allow-private")
    code, _, err = oaihub("endpoints", "add", repository.url, "--allow-private")
    assert code == 2
    assert "is the endpoint 127.0.0.1 already" in err
    assert oaihub("endpoints", "add", repository.url, "--allow-private", "--key", "other")[0] == 0
    assert sorted(endpoints(told)) == ["127.0.0.1", "other"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "a", "http://127.0.0.1/oai", "more"), "give [KEY] URL"),
        (("add", "a", "http://127.0.0.1/oai", "--key", "b"), "the key is given twice"),
        (("probe", "nowhere"), "there is no endpoint 'nowhere'"),
        (("probe", "nowhere", "--post"), "are for an URL"),
        (("edit", "nowhere", "--pace", "1"), "there is no endpoint 'nowhere'"),
        (("edit", "nowhere"), "nothing is to be changed"),
    ],
)
def test_wrong_use_is_one_line(oaihub, arguments, said):
    code, out, err = oaihub("endpoints", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_without_a_probe_only_identify_is_asked(oaihub, told, repository):
    code, out, _ = oaihub("endpoints", "add", repository.url, "--allow-private", "--no-probe")
    assert code == 0
    assert [request.parameters["verb"] for request in repository.requests] == ["Identify"]
    kept = endpoints(told)["127.0.0.1"]
    assert (kept["label"], kept["selective"], kept["last_probe"]) == ("Repository for tests", None, None)
    assert "Record 1" not in out


@pytest.mark.parametrize("command", [("endpoints", "add"), ("harvest",), ("endpoints", "probe")])
def test_address_of_another_page_leads_to_the_repository(oaihub, told, command):
    with Repository(made_entries(5), place="/server/oai/request") as repository:
        site = repository.url.removesuffix("/server/oai/request")
        code, out, _ = oaihub(*command, f"{site}/home", "--allow-private")
        assert code == 0
        assert repository.url in out
        if command != ("endpoints", "probe"):
            assert endpoints(told)["127.0.0.1"]["base_url"] == repository.url
            assert told("harvest", f"{site}/home", "--allow-private")["endpoint"] == "127.0.0.1"
            assert len(endpoints(told)) == 1


def test_address_that_leads_nowhere_keeps_its_error(oaihub, told, repository):
    repository.misbehave(html_page(title="A shop"), verb="Identify", times=None)
    code, out, err = oaihub("endpoints", "add", repository.url, "--allow-private")
    assert (code, out) == (1, "")
    assert "an HTML page titled 'A shop'" in err
    assert endpoints(told) == {}
    assert len(repository.requests) == 9


def test_troubles_are_shown_and_the_endpoint_is_kept(oaihub, told, repository):
    repository.misbehave(server_error(), verb="ListSets", times=None)
    code, out, _ = oaihub("endpoints", "add", repository.url, "--allow-private")
    assert code == 0
    assert "trouble: ListSets: " in out
    assert endpoints(told)["127.0.0.1"]["parallel"] == 1


def answered(repository, answer, *options):
    """Run `endpoints add` on a terminal, and answer what it asks."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-P", "-m", "workers.commands", "endpoints", "add", repository.url, "--allow-private"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [*command, *options], env=environ, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        os.write(ours, answer)
        out, err = process.communicate(timeout=60)
    os.close(theirs)
    os.close(ours)
    return process.returncode, out, err


def test_person_at_a_terminal_is_asked_before_it_is_kept(told, repository):
    code, out, err = answered(repository, b"n\n")
    assert code == 130
    assert "Record 1" in out
    assert "Keep it as 127.0.0.1?" in err
    assert endpoints(told) == {}
    assert answered(repository, b"y\n")[0] == 0
    assert list(endpoints(told)) == ["127.0.0.1"]


def test_yes_and_json_ask_nothing(told, repository):
    code, _, err = answered(repository, b"", "--yes")
    assert (code, err) == (0, "")
    code, out, err = answered(repository, b"", "--json", "--key", "two")
    assert (code, err, json.loads(out)["key"]) == (0, "", "two")


def test_probe_is_one_screen_and_keeps_nothing_of_an_url(oaihub, told):
    with Repository(
        made_entries(60, deleted_every=7), page_size=10, manners=Manners(until_exclusive=True, sizes="unstable")
    ) as repository:
        code, out, err = oaihub("endpoints", "probe", repository.url, "--allow-private")
    assert (code, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    for line in (
        "until inclusive no",
        "from inclusive yes",
        "size stable no says 60, then 50, then 40",
        "tokens shape base64, 84 characters",
        "formats prefixes oai_dc, oai_datacite",
        "set1 (20), set2 (20), set0 (20)",
        "deleted records persistent some were seen",
    ):
        assert line in lines
    assert len(lines) <= 48
    assert "nothing is kept" in lines[-1]
    assert endpoints(told) == {}


def test_probe_of_a_key_writes_settings_and_tells_what_has_changed(oaihub, told):
    with Repository(made_entries(25), page_size=10) as repository:
        port = int(repository.url.split(":")[2].split("/")[0])
        oaihub("endpoints", "add", "one", repository.url, "--allow-private")
    with Repository(made_entries(25), page_size=10, manners=Manners(ignores=("from",)), port=port):
        code, out, _ = oaihub("endpoints", "probe", "one")
        again = told("endpoints", "probe", "one")
    assert code == 0
    assert "changed since the probe before: from is honoured: no, was yes" in out
    assert "setting changed: selective: False, was True" in out
    kept = endpoints(told)["one"]
    assert (kept["selective"], kept["parallel"], kept["last_probe"]["drift"]) == (False, 1, [])
    assert (again["drift"], again["findings"]["selection"]["from_honoured"]) == ([], False)
    assert again["said"] == ["the settings stay as they were"]


def test_drift_stands_in_list_and_show(oaihub, told, repository, data_dir):
    oaihub("endpoints", "add", "one", repository.url, "--allow-private")
    with open_store(f"sqlite:///{data_dir / 'store.sqlite'}") as store:
        findings = latest_probe(store, "one").findings
        put_probe(store, "one", replace(findings, drift=("2027-01-01: gzip: yes, was no",)), now=time.time())
    assert "1 changed" in oaihub("endpoints", "list")[1]
    assert rows(oaihub("endpoints", "show", "one")[1])["has changed"] == "2027-01-01: gzip: yes, was no"
    assert told("endpoints", "show", "one")["last_probe"]["drift"] == ["2027-01-01: gzip: yes, was no"]
    oaihub("endpoints", "probe", "one")
    assert "1 changed" not in oaihub("endpoints", "list")[1]


def test_edit_by_hand_outlives_probes_until_it_is_given_back(oaihub, told, repository):
    oaihub("endpoints", "add", "one", repository.url, "--allow-private")
    edited = told("endpoints", "edit", "one", "--parallel", 3, "--not-selective", "--post", "--label", "New")
    assert (edited["parallel"], edited["selective"], edited["http_method"]) == (3, False, "POST")
    assert edited["by_hand"] == ["http_method", "label", "parallel", "selective"]
    shown = rows(oaihub("endpoints", "show", "one")[1])
    assert (shown["parallel"], shown["can be cut by dates"]) == ("3 at once (by hand)", "no (by hand)")
    oaihub("endpoints", "edit", "one", "--get")
    assert told("endpoints", "probe", "one")["endpoint"]["parallel"] == 3
    oaihub("endpoints", "edit", "one", "--auto")
    kept = told("endpoints", "probe", "one")["endpoint"]
    assert (kept["parallel"], kept["selective"], kept["by_hand"], kept["label"]) == (4, True, [], "New")


def test_harvest_of_a_new_url_tells_in_one_line_what_it_is(oaihub, told, repository):
    code, out, err = oaihub("harvest", repository.url, "--allow-private")
    assert (code, err) == (0, "")
    last = out.splitlines()[-1]
    assert last.startswith("127.0.0.1 is new: Repository for tests: oai_dc, 25 records, pages of 10, ")
    assert last.endswith(" s a page, can be cut by dates, 4 at once")
    assert endpoints(told)["127.0.0.1"]["selective"] is True
    assert "is new" not in oaihub("harvest", repository.url)[1]


def test_harvest_of_an_url_whose_endpoint_has_the_rich_format_goes_on_with_that(oaihub, told):
    both = [replace(entry, metadata=entry.metadata | {"oai_datacite": datacite("T")}) for entry in made_entries(5)]
    with Repository(both) as repository:
        assert told("harvest", repository.url, "--allow-private")["metadata_prefix"] == "oai_datacite"
        assert told("harvest", repository.url)["endpoint"] == "127.0.0.1"
        assert told("harvest", repository.url, "--prefix", "oai_dc", "--allow-private")["endpoint"] == "127.0.0.1-2"
