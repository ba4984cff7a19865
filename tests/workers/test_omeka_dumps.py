"""Saved answers of Omeka S from the command line: imported, replayed, and mappings tried and compared over them."""

import json

import pytest

from tests.omeka import literal, made_item, saved_lines, saved_page
from tests.saving import save

OVERLAY = """extends = "omeka_json"
add = [
  { path = "methodology", to = "genre" },
  { path = "@id", to = "property", kind = "address" },
  { path = "hub.nothing", to = "subject" },
]"""


@pytest.fixture
def dump(tmp_path):
    """Twelve items on two saved pages, one of them not public."""
    items = [made_item(number, hub__methodology=[literal("Survey")]) for number in range(1, 12)]
    hidden = made_item(12, o__is_public=False)
    return save(tmp_path / "hub.zip", {"p1.json": saved_page(items[:6]), "p2.json": saved_page([*items[6:], hidden])})


@pytest.fixture
def overlay(tmp_path):
    path = tmp_path / "hub.toml"
    path.write_text(OVERLAY)
    return path


def told(oaihub, *arguments):
    code, out, err = oaihub(*arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def test_saved_answers_are_imported_found_and_counted(oaihub, dump):
    run = told(oaihub, "harvest", dump, "--key", "hub")
    assert (run["metadata_prefix"], run["state"]) == ("omeka_json", "complete")
    assert (run["balance"]["received"], run["balance"]["new"], run["balance"]["deleted"]) == (12, 11, 1)
    assert run["documents"] == {"imported": 2, "skipped": {}, "refused": [], "not_public": 1}
    assert told(oaihub, "search", "", "--filter", "methodology:Survey")["total"] == 11
    _, out, _ = oaihub("harvest", "hub")
    assert "not public: 1 kept out and counted as deleted" in out
    assert told(oaihub, "replay", "hub")["unchanged"] == 12


def test_the_key_of_one_file_is_its_name(oaihub, tmp_path):
    folder = save(tmp_path, {"items.jsonl": saved_lines([made_item(1)])})
    assert told(oaihub, "harvest", folder / "items.jsonl")["endpoint"] == "items-omeka_json"


def test_mappings_are_checked_tried_and_compared_over_saved_answers(oaihub, dump, overlay):
    told(oaihub, "harvest", dump, "--key", "hub")
    code, out, _ = oaihub("map", "check", overlay, "--endpoint", "hub")
    assert code == 0
    assert out.strip() == f"{overlay}:5: add[3].path: 'hub.nothing' matches nothing in 11 archived records of hub"
    tried = told(oaihub, "map", "try", "--endpoint", "hub", "--mapping", overlay, "--n", "3")
    assert (tried["records"], tried["differing"]) == (3, 3)
    assert tried["items"][0]["differences"]["genre"] == {"before": [], "after": ["Survey"]}
    compared = told(oaihub, "map", "diff", "now", overlay, "--endpoint", "hub")
    shifts = {one["name"]: (one["before"], one["after"]) for one in compared["properties"]}
    assert (compared["records"], compared["differing"]) == (11, 11)
    assert (shifts["genre"], shifts["methodology"], shifts["address"]) == ((0, 11), (11, 0), (0, 11))
