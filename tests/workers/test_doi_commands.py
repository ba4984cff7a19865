"""`oaihub dois`: counts, lists, fetching here and now, and asking again."""

import json
import re
import time

import pytest

from harvester.settings import HarvesterSettings
from harvester.store import open_store
from harvester.store.dois import enqueue_dois
from tests.registries import made_work, serving

DOI = "10.5555/made.1"


def test_dois_are_counted_fetched_shown_and_asked_again(oaihub, data_dir, monkeypatch):
    with serving() as registries:
        registries.register("Crossref", made_work(1))
        data_dir.mkdir(parents=True, exist_ok=True)
        settings = HarvesterSettings(data_dir=data_dir)
        with open_store(settings.resolved_store_url()) as store, store.begin() as connection:
            enqueue_dois(connection, [DOI], time.time() - 1)
        code, out, _ = oaihub("dois")
        assert (code, "registries are not asked" in out) == (0, True)
        assert oaihub("dois", "fetch")[0] == 2
        ask_here(monkeypatch, registries.url)
        assert oaihub("dois", "fetch")[0] == 0
        counts = json.loads(oaihub("dois", "--json")[1])["counts"]
        assert counts == [{"state": "found", "agency": "Crossref", "count": 1}]
        assert "not done yet; next" in oaihub("dois")[1]
        shown = json.loads(oaihub("dois", "show", f"https://doi.org/{DOI}", "--json")[1])
        assert shown["registered"]["title"][0]["value"].startswith("Made work number 1")
        assert DOI in oaihub("dois", "list", "--state", "found")[1]
        assert oaihub("dois", "retry", DOI)[1] == "1 DOI is asked for again\n"
        assert oaihub("dois", "retry")[0] == 2
        monkeypatch.setenv("OAIHUB_DOI", "off")
        assert oaihub("dois", "fetch")[0] == 2


def test_it_is_said_what_waits_why_and_what_went_wrong(oaihub, data_dir, monkeypatch):
    with serving() as registries:
        registries.register("Crossref", made_work(1))
        registries.register("KISTI", {"DOI": "10.5394/1", "title": "T"})
        registries.pages = {"10.5394/1"}
        data_dir.mkdir(parents=True, exist_ok=True)
        with (
            open_store(HarvesterSettings(data_dir=data_dir).resolved_store_url()) as store,
            store.begin() as connection,
        ):
            enqueue_dois(connection, [DOI, "10.5394/1", "10.5555/never"], time.time() - 90)
        out = oaihub("dois")[1]
        assert "3 wait to be asked for, the first since 1 min 30 s" in out
        assert re.search(r"^unsorted +3 +0 +0 +doi.org is asked for the agency", out, re.MULTILINE)
        ask_here(monkeypatch, registries.url)
        assert oaihub("dois", "fetch")[0] == 0
        out = oaihub("dois")[1]
        assert re.search(r"^answered with text/html in place of JSON +1 +10.5394/1$", out, re.MULTILINE)
        assert "the next is due" in out
        said = json.loads(oaihub("dois", "--json")[1])
        assert [error["error"] for error in said["errors"]] == [
            "DOI does not exist",
            "answered with text/html in place of JSON",
        ]
        out = oaihub("dois", "show", "10.5555/never")[1]
        assert re.search(r"^last error +DOI does not exist$", out, re.MULTILINE)
        assert "no live record has it" in out
        assert oaihub("dois", "retry", "--agency", "kisti")[1] == "1 DOI is asked for again\n"
        assert "there is none" in oaihub("dois", "retry", "--state", "dead")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "nonsense"], "'nonsense' is no DOI: write it as"),
        (["show", "10.5555/other"], "no record has the DOI 10.5555/other: `oaihub dois list`"),
        (["retry", "10."], "'10.' is no DOI"),
        (["retry"], "name a DOI, or choose by --state or --agency"),
        (["list", "--state", "lost"], "'lost' is not one of"),
        (["list", "--limit", "0"], "0 is not in the range"),
    ],
)
def test_wrong_words_are_refused_with_what_is_right(oaihub, arguments, said):
    code, _, error = oaihub("dois", *arguments)
    assert (code, said in error) == (2, True)


def test_without_a_network_one_line_says_so_and_nothing_is_lost(oaihub, data_dir, monkeypatch, caplog):
    with serving() as registries:
        url = registries.url
    data_dir.mkdir(parents=True, exist_ok=True)
    with open_store(HarvesterSettings(data_dir=data_dir).resolved_store_url()) as store, store.begin() as connection:
        enqueue_dois(connection, [DOI, "10.5394/1", "10.5061/made.1"], time.time() - 1)
    ask_here(monkeypatch, url)
    code, out, error = oaihub("dois", "fetch")
    assert (code, error) == (1, "")
    assert "3 DOIs wait\ndoubt is left alone for" in out
    assert [record.message for record in caplog.records if record.levelname != "INFO"] == ["registry left alone"]
    assert {row["state"] for row in json.loads(oaihub("dois", "--json")[1])["counts"]} == {"waiting"}
    out = oaihub("dois")[1]
    assert "doubt is left alone for" in out
    assert re.search(r"^doi.org cannot be asked for the agency of its prefix +3 ", out, re.MULTILINE)


def ask_here(monkeypatch, url):
    monkeypatch.setenv("OAIHUB_CONTACT", "librarian@example.org")
    monkeypatch.setenv("OAIHUB_ALLOW_PRIVATE", "1")
    for name in ("CROSSREF", "DATACITE", "DOI"):
        monkeypatch.setenv(f"OAIHUB_{name}_URL", url)
