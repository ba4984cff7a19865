"""`oaihub takedown`: who hides an item says why, and operators are told what is hidden."""

import json

import pytest

pytestmark = pytest.mark.usefixtures("data_dir")


@pytest.fixture
def hub(oaihub, repository):
    oaihub("endpoints", "add", "here", repository.url, "--allow-private")
    assert oaihub("harvest", "here")[0] == 0
    return oaihub


def total(hub):
    return json.loads(hub("search", "--json")[1])["total"]


def test_a_takedown_holds_through_harvest_replay_edit_and_rebuild_until_it_is_taken_back(hub):
    before = total(hub)
    item_id = json.loads(hub("show", "oai:test:7", "--json")[1])["id"]
    code, out, err = hub("takedown", "oai:test:7", "--reason", "Doe asked")
    assert (code, err, f"item {item_id} was taken down by command:" in out) == (0, "", True)
    assert total(hub) == before - 1
    assert hub("edit", "oai:test:7", "publisher=Ours")[0] == 0
    for again in (("harvest", "here", "--full"), ("replay", "here"), ("rebuild",)):
        assert hub(*again)[0] == 0
        assert total(hub) == before - 1
    code, _, err = hub("show", "oai:test:7")
    assert (code, "Doe asked" in err, "--explain" in err) == (2, True, True)
    code, out, err = hub("show", "oai:test:7", "--explain")
    assert (code, "Record 7" in out, "Doe asked" in err) == (0, True, True)
    assert "was taken down by" in hub("trace", "oai:test:7")[1]
    (listed,) = json.loads(hub("takedown", "list", "--json")[1])
    assert (listed["item"], listed["reason"]) == (item_id, "Doe asked")
    assert hub("check")[0] == 0
    assert hub("takedown", "oai:test:7", "--undo")[0] == 0
    assert (total(hub), json.loads(hub("show", "oai:test:7", "--json")[1])["publisher"]) == (before, ["Ours"])
    assert "nothing is taken down" in hub("takedown", "list")[1]


def test_wrong_use_says_what_to_do(hub):
    assert "--reason" in hub("takedown", "oai:test:7")[2]
    assert hub("takedown", "oai:test:7", "--undo")[0] == 2
    assert hub("takedown", "nothing", "--reason", "x")[0] == 2
