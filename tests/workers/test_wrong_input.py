"""Wrong input at the command line: one line that names the thing and the next step, and nothing written."""

import json
import re

import click
import pytest

from tests.faults import connection_reset, cut_page, html_page, oai_error, server_error
from tests.repository import Repository
from workers.commands.failing import exit_code_of


def is_one_line(text: str, *parts: str) -> bool:
    return text.startswith("oaihub: ") and text.count("\n") == 1 and all(part in text for part in parts)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("http://[::1/oai", "is no address (Invalid IPv6 URL): give the whole of it"),
        ("http://127.0.0.1:99999/oai", "is no address (Port out of range 0-65535)"),
        ("http://127.0.0.1:port/oai", "is no address (Port could not be cast"),
        ("http:// /oai", "give the whole address"),
        ("ftp://repository.example/oai", "give the whole address"),
        ("repository.example/oai", "neither the key of an endpoint nor an address: an address begins with https://"),
        ("", "'' is neither the key of an endpoint nor an address"),
    ],
)
def test_what_is_no_address_is_wrong_use(oaihub, what, said):
    for command in (("harvest", what, "--allow-private"), ("endpoints", "add", "key", what, "--allow-private")):
        if command[0] == "harvest" or "://" in what:
            code, _, err = oaihub(*command)
            assert (code, is_one_line(err, said)) == (2, True), err
    assert json.loads(oaihub("endpoints", "list", "--json")[1]) == {"endpoints": []}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--from", "yesterday"), "'yesterday' is no date: write 2024-03-01"),
        (("--from", "2024-13-45"), "'2024-13-45' is no date (month must be in 1..12)"),
        (("--until", "2024-02-30"), "'2024-02-30' is no date (day is out of range for month)"),
        (("--until", "2024-03-01T12:00"), "is no date: write"),
        (("--from", "20240301"), "is no date: write"),
        (("--until", "2024-01-01", "--from", "2025-01-01"), "2024-01-01 is before --from 2025-01-01"),
        (("--from", "2024-01-01", "--until", "2025-01-01T00:00:00Z"), "both as days, or both with a time"),
    ],
)
def test_a_wrong_date_is_refused_before_anybody_is_asked(oaihub, repository, options, said):
    code, out, err = oaihub("harvest", repository.url, "--allow-private", *options)
    assert (code, out) == (2, "")
    assert said in " ".join(err.split())
    assert repository.requests == []
    assert json.loads(oaihub("runs", "--json")[1]) == {"runs": []}


def test_dates_in_order_are_sent(oaihub, repository: Repository):
    period = ("--from", "2001-01-01T00:00:00Z", "--until", "2002-01-01T00:00:00Z")
    assert oaihub("harvest", repository.url, "--allow-private", *period)[0] == 0
    sent = repository.requests[-1].parameters
    assert (sent["from"], sent["until"]) == ("2001-01-01T00:00:00Z", "2002-01-01T00:00:00Z")


@pytest.mark.parametrize("url", ["redis://user:hush@host", "http://", "http://[::1", "http://user:hush@host:port"])
def test_index_url_that_cannot_be_is_named_without_its_password(oaihub, monkeypatch, url):
    monkeypatch.setenv("OAIHUB_INDEX_URL", url)
    code, _, err = oaihub("search", "anything")
    assert code == 1
    assert is_one_line(err, "OAIHUB_INDEX_URL=", "use embedded: or http(s)://host:port")
    assert "hush" not in err


def test_broker_url_that_cannot_be_is_named_without_its_password(oaihub, monkeypatch):
    monkeypatch.setenv("OAIHUB_BROKER_URL", "redis://:hush@host:port/0")
    code, _, err = oaihub("queues")
    assert code == 1
    assert is_one_line(err, "OAIHUB_BROKER_URL=", "use embedded: or redis://HOST:6379/0")
    assert "hush" not in err


def test_an_empty_variable_is_an_unset_one(oaihub, monkeypatch):
    for name in ("OAIHUB_INDEX_URL", "OAIHUB_BROKER_URL", "OAIHUB_LEASE_S", "OAIHUB_ALLOW_PRIVATE"):
        monkeypatch.setenv(name, "")
    rows = {row["name"]: row for row in json.loads(oaihub("settings", "--json")[1])["settings"]}
    assert rows["OAIHUB_INDEX_URL"]["value"] == "embedded:"
    assert rows["OAIHUB_LEASE_S"]["value"] == rows["OAIHUB_LEASE_S"]["default"]


def test_store_that_is_away_is_told_in_one_line(oaihub, monkeypatch):
    monkeypatch.setenv("OAIHUB_STORE_URL", "postgresql+psycopg://user:hush@127.0.0.1:1/hub")
    code, _, err = oaihub("runs")
    assert code == 1
    assert is_one_line(err, "the store is busy or away", "127.0.0.1:1", "try again later")
    assert "hush" not in err


def test_fault_of_our_own_is_told_without_a_traceback(capsys, monkeypatch):
    @click.command()
    def broken() -> None:
        raise ZeroDivisionError("division by zero")

    assert exit_code_of(broken, []) == 1
    told = r"oaihub: a fault of oaihub itself \(ZeroDivisionError: .*\): .*OAIHUB_LOG_LEVEL=DEBUG.*\n"
    assert re.fullmatch(told, capsys.readouterr().err)
    monkeypatch.setenv("OAIHUB_LOG_LEVEL", "DEBUG")
    assert exit_code_of(broken, []) == 1
    assert "Traceback" in capsys.readouterr().err


def test_settings_are_listed_although_one_is_wrong(oaihub, monkeypatch):
    monkeypatch.setenv("OAIHUB_LEASE_S", "soon")
    monkeypatch.setenv("OAIHUB_LISTEN", "127.0.0.1:9")
    code, out, err = oaihub("settings", "--json")
    rows = {row["name"]: row for row in json.loads(out)["settings"]}
    assert code == 2
    assert "OAIHUB_LEASE_S='soon'" in json.loads(err)["detail"]
    assert (rows["OAIHUB_LEASE_S"]["unit"], rows["OAIHUB_LISTEN"]["value"]) == ("s", "127.0.0.1:9")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("runs", "--endpoint", "nowhere"), "there is no endpoint 'nowhere': `oaihub endpoints list`"),
        (("rejected", "list", "--run", "7"), "there is no run 7: `oaihub runs`"),
    ],
)
def test_what_is_not_there_is_named(oaihub, arguments, said):
    code, out, err = oaihub(*arguments)
    assert (code, out) == (2, "")
    assert is_one_line(err, said)


def test_runs_of_an_endpoint_that_was_removed_are_still_listed(oaihub, repository):
    oaihub("harvest", repository.url, "--allow-private")
    oaihub("endpoints", "remove", "127.0.0.1", "--yes")
    code, out, _ = oaihub("runs", "--endpoint", "127.0.0.1", "--json")
    assert (code, len(json.loads(out)["runs"])) == (0, 1)


def test_broker_that_is_away_is_told_with_what_to_do(oaihub, repository, monkeypatch):
    monkeypatch.setenv("OAIHUB_BROKER_URL", "redis://:hush@127.0.0.1:1/0")
    code, out, err = oaihub("harvest", repository.url, "--allow-private", "--queue")
    assert code == 0
    assert "left to the workers" in out
    assert err.startswith("the run waits for workers: the broker does not answer (")
    assert "check OAIHUB_BROKER_URL and that Redis runs" in err
    assert "check OAIHUB_BROKER_URL and that Redis runs" in oaihub("queues")[1]


def test_index_that_is_another_program_is_named(oaihub, repository, monkeypatch):
    monkeypatch.setenv("OAIHUB_INDEX_URL", repository.url.removesuffix("/oai"))
    code, _, err = oaihub("search")
    assert code == 1
    assert is_one_line(err, "is not Elasticsearch: check OAIHUB_INDEX_URL")


def test_table_without_column_names_begins_with_its_first_row(oaihub, repository):
    oaihub("endpoints", "add", "one", repository.url, "--allow-private")
    assert oaihub("endpoints", "show", "one")[1].splitlines()[0].split() == ["key", "one"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("OAIHUB_CONTACT", "me at example", "it should be: Mail address sent to repositories"),
        ("OAIHUB_CONTACT", "me@example.org\nX: y", "it should be: Mail address sent to repositories"),
        ("OAIHUB_LOG_LEVEL", "LOUD", "it should be: How much workers and servers log: DEBUG, INFO, WARNING or ERROR"),
        ("OAIHUB_HARVEST_PROCESSES", "0", ">= 1"),
    ],
)
def test_value_that_does_not_fit_is_told_with_what_would(oaihub, monkeypatch, name, text, said):
    monkeypatch.setenv(name, text)
    code, _, err = oaihub("settings")
    assert code == 2
    assert is_one_line(err, f"{name}=", said)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (html_page(), "is no OAI-PMH document but an HTML page"),
        (cut_page(), "the page is cut or damaged"),
        (oai_error("badVerb", "no"), "the repository answers badVerb"),
        (html_page(404), "answers with HTTP status 404"),
        (server_error(), "HTTP status 500"),
        (connection_reset(), "cannot be reached"),
    ],
)
def test_what_is_no_repository_is_named_by_its_address(oaihub, repository, fault, said):
    repository.misbehave(fault, times=None, verb="Identify")
    code, out, err = oaihub("harvest", repository.url, "--allow-private")
    assert (code, out) == (1, "")
    assert is_one_line(err, repository.url, said)
    assert json.loads(oaihub("endpoints", "list", "--json")[1]) == {"endpoints": []}
