"""A retraction on its whole way: harvested record, registry, item, explanation, and a replay of the archive."""

import json

import pytest

from tests.registries import made_work, serving
from tests.repository import Repository, oai_dc
from tests.workers.test_doi_commands import ask_here
from workers.demo.provider import Entry

WORK, NOTICE = "10.5555/made.1", "10.5555/made.2"
TITLE = "Made work number 1 on the harvest of metadata"


def entry(number, doi, title):
    content = oai_dc(title=title, creator="Maker, Ada", date="2020", identifier=f"https://doi.org/{doi}")
    return Entry(f"oai:made:{number}", "2024-01-01T00:00:00Z", metadata={"oai_dc": content})


@pytest.fixture
def asking(oaihub, monkeypatch):
    with serving() as registries:
        ask_here(monkeypatch, registries.url)
        yield registries


def shown(oaihub, doi):
    (record,) = json.loads(oaihub("dois", "show", doi, "--json")[1])["records"]
    return json.loads(oaihub("show", record["item"], "--json")[1])


@pytest.mark.parametrize("told_by", ["work", "notice"])
def test_a_retraction_is_the_status_of_the_item_whoever_tells_it(oaihub, asking, told_by):
    said = {"DOI": NOTICE, "type": "retraction", "source": "retraction-watch"}
    update = {"DOI": WORK, "type": "retraction", "source": "retraction-watch"}
    asking.register(
        "Crossref",
        made_work(1, **({"updated-by": [said]} if told_by == "work" else {})),
        made_work(2, title=[f"Retraction: {TITLE}"], **({"update-to": [update]} if told_by == "notice" else {})),
    )
    with Repository([entry(1, WORK, TITLE), entry(2, NOTICE, f"Retraction: {TITLE}")]) as repository:
        assert oaihub("harvest", repository.url)[0] == 0
        assert oaihub("dois", "fetch")[0] == 0
    item = shown(oaihub, WORK)
    assert [term["label"] for term in item["resource_status"]] == ["Retracted"]
    assert item["origin"]["resource_status"] == "registry"
    assert "resource_status" not in shown(oaihub, NOTICE)
    explained = oaihub("show", item["id"], "--explain")[1]
    assert "Retracted" in explained
    assert oaihub("replay", "--all")[0] == 0
    assert shown(oaihub, WORK)["resource_status"] == item["resource_status"]
    asking.register("Crossref", made_work(1), made_work(2))
    assert oaihub("dois", "retry", "--state", "found")[0] == 0
    assert oaihub("dois", "fetch")[0] == 0
    assert "resource_status" not in shown(oaihub, WORK)


def test_with_registries_off_nobody_is_asked_and_everything_else_works(oaihub, asking, monkeypatch):
    monkeypatch.setenv("OAIHUB_DOI", "off")
    asking.register("Crossref", made_work(1))
    with Repository([entry(1, WORK, TITLE)]) as repository:
        code, _, error = oaihub("harvest", repository.url)
    assert (code, "registr" in error) == (0, False)
    assert shown(oaihub, WORK)["doi"] == WORK
    assert oaihub("replay", "--all")[0] == 0
    assert "1 waits to be asked for" in oaihub("dois")[1]
    assert asking.calls == []
