"""`oaihub works`: rules written by hand, named by what holds in any store; all or none; and works laid open."""

import json

import pytest

pytestmark = pytest.mark.usefixtures("data_dir")


@pytest.fixture
def hub(oaihub, repository):
    """The command line over a harvested repository, whose endpoint is `here`."""
    oaihub("endpoints", "add", "here", repository.url, "--allow-private")
    assert oaihub("harvest", "here")[0] == 0
    return oaihub


def records(hub, word):
    """Give the records of the one item that a search for a word finds, and its id."""
    (item,) = json.loads(hub("search", f'"{word}"', "--json")[1])["items"]
    return item["id"], [one["identifier"] for one in item["provenance"]]


def test_a_file_names_items_by_endpoint_and_identifier_and_is_found_at_once(hub, tmp_path):
    file = tmp_path / "works.toml"
    file.write_text(
        '# by hand\njoin = [\n  ["here oai:test:7", "oai:test:8"],\n]\napart = [["oai:test:1", "oai:test:2"]]\n'
    )
    code, out, err = hub("works", "load", file)
    assert (code, out, err) == (0, "pairs joined: 1, kept apart: 1\n", "")
    lead, found = records(hub, "record 7")
    assert found == ["oai:test:7", "oai:test:8"]
    _, out, _ = hub("works", "rules", "--json")
    told = {(rule["joined"], rule["one"]["title"], rule["other"]["title"]) for rule in json.loads(out)["rules"]}
    assert told == {(True, "Record 7", "Record 8"), (False, "Record 1", "Record 2")}
    code, out, _ = hub("works", "rules")
    assert (code, "here oai:test:8" in out, "2 rules in force" in out) == (0, True, True)
    shown = json.loads(hub("works", "show", "here oai:test:8", "--json")[1])
    assert (shown["id"], len(shown["parts"]), shown["bonds"][0]["by"]) == (lead, 2, "rule")
    assert "joined by" in hub("works", "show", lead)[1]


def test_listed_rules_are_a_file_that_loads_on_another_store(hub, tmp_path, repository, monkeypatch):
    assert hub("works", "join", "oai:test:7", "oai:test:8")[0] == 0
    assert hub("works", "apart", "oai:test:7", "oai:test:9")[0] == 0
    _, text, _ = hub("works", "rules", "--toml")
    file = tmp_path / "rules.toml"
    file.write_text(text)
    monkeypatch.setenv("OAIHUB_DATA_DIR", str(tmp_path / "other"))
    hub("endpoints", "add", "here", repository.url, "--allow-private")
    hub("harvest", "here")
    assert hub("works", "load", file, "--json")[0] == 0
    assert records(hub, "record 7")[1] == ["oai:test:7", "oai:test:8"]
    assert hub("works", "rules", "--toml")[1] == text


def test_every_wrong_line_is_named_and_nothing_is_applied(hub, tmp_path):
    file = tmp_path / "works.toml"
    file.write_text(
        'join = [\n  ["oai:test:7", "oai:test:8"],\n  ["oai:test:7", "10.1000/none"],\n  ["only one"],\n'
        '  ["oai:test:1", "here oai:test:1"],\n]\njoined = []\n'
    )
    code, out, err = hub("works", "load", file)
    assert (code, out) == (2, "")
    lines = err.splitlines()
    assert [line.split(":")[2] for line in lines[:-1]] == ["3", "4", "5", "7"]
    assert lines[0].startswith(f"oaihub: {file}:3: '10.1000/none' names no item: give an item's id, a DOI")
    assert "is no pair of names; write `join" in lines[1]
    assert "both names stand for one item: name two" in lines[2]
    assert (lines[3].endswith("`"), lines[4]) == (True, "oaihub: nothing was changed")
    assert json.loads(hub("works", "rules", "--json")[1]) == {"rules": []}
    code, out, _ = hub("works", "load", file, "--json")
    assert (code, [one["line"] for one in json.loads(out)["wrong"]]) == (2, [3, 4, 5, 7])


def test_rules_that_cannot_hold_at_once_are_refused_with_their_line(hub, tmp_path):
    file = tmp_path / "works.toml"
    file.write_text('join = [["oai:test:7", "oai:test:8"],\n["oai:test:8", "oai:test:9"]]\n')
    assert hub("works", "apart", "oai:test:7", "oai:test:9")[0] == 0
    code, _, err = hub("works", "load", file)
    assert (code, f"{file}:2: it cannot hold with the rules before it or in force" in err) == (2, True)
    assert records(hub, "record 7")[1] == ["oai:test:7"]


@pytest.mark.parametrize(
    ("content", "line"), [(b"join = [[\n", 2), (b'join = "a"', 1), (b'x = 1\njoin = [["a",\n"b"]]', 1)]
)
def test_a_file_that_is_none_is_told_by_its_line(hub, tmp_path, content, line):
    file = tmp_path / "works.toml"
    file.write_bytes(content)
    code, _, err = hub("works", "load", file)
    assert (code, f"works.toml:{line}: " in err, "write `join = " in err) == (2, True, True)


def test_a_file_that_cannot_be_read_is_wrong_use(hub, tmp_path):
    code, _, err = hub("works", "load", tmp_path / "none.toml")
    assert (code, "none.toml: No such file or directory: give a file of rules" in err) == (2, True)
    (tmp_path / "latin.toml").write_bytes(b"# \xe9")
    assert "is no text in UTF-8" in hub("works", "load", tmp_path / "latin.toml")[2]


def test_a_rule_is_taken_back_and_one_that_is_not_there_is_told(hub):
    code, out, _ = hub("works", "join", "oai:test:7", "oai:test:8", "--json")
    assert (code, len(json.loads(out)["parts"])) == (0, 2)
    assert hub("works", "remove", "oai:test:8", "oai:test:7")[:2] == (0, "1 rule taken back\n")
    assert records(hub, "record 7")[1] == ["oai:test:7"]
    code, _, err = hub("works", "remove", "oai:test:8", "oai:test:7")
    assert (code, "there is no rule on these items: `oaihub works rules` lists them" in err) == (2, True)
    code, _, err = hub("works", "join", "oai:test:7", "nothing")
    assert (code, "'nothing' names no item" in err) == (2, True)


def test_the_id_of_a_lead_that_its_repository_deletes_shows_the_work_that_is_left(hub, repository):
    assert hub("works", "join", "oai:test:7", "oai:test:8")[0] == 0
    lead, _ = records(hub, "record 7")
    assert hub("edit", lead, "volume=12")[0] == 0
    repository.delete("oai:test:7", "2025-06-01T00:00:00Z")
    assert hub("harvest", "here", "--full")[0] == 0
    for name in (lead, "oai:test:7", "oai:test:8"):
        code, out, _ = hub("show", name, "--json")
        item = json.loads(out)
        assert (code, item["title"][0]["value"], item["volume"]) == (0, "Record 8", "12")
    _, out, err = hub("show", lead, "--json")
    assert err == f"item {lead} is a part of {json.loads(out)['id']}\n"
    assert records(hub, "record 8") == (json.loads(out)["id"], ["oai:test:8"])
    assert json.loads(hub("search", '"record 7"', "--json")[1])["items"] == []
