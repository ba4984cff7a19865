"""`oaihub edit`: what a person knows better is understood, told, found at once, and stays."""

import json

import pytest

pytestmark = pytest.mark.usefixtures("data_dir")


@pytest.fixture
def hub(oaihub, repository):
    """The command line over a harvested repository, whose endpoint is `here`."""
    oaihub("endpoints", "add", "here", repository.url, "--allow-private")
    assert oaihub("harvest", "here")[0] == 0
    return oaihub


def shown(hub, name="oai:test:7"):
    return json.loads(hub("show", name, "--json")[1])


def rows(text):
    return [line.split(maxsplit=1) for line in text.splitlines()]


def test_an_edit_says_what_was_understood_and_is_found_at_once(hub):
    code, out, err = hub("edit", "here oai:test:7", "title=A gazebo", "date=May 2017", "creator=Roe, A.", "creator=Doe")
    assert (code, err) == (0, "")
    assert rows(out) == [
        ["property", "is now"],
        ["title", "A gazebo"],
        ["date", "2017-05"],
        ["creator", "Roe, A."],
        ["Doe"],
    ]
    found = json.loads(hub("search", "gazebo", "--filter", "year:2017", "--json")[1])
    assert [item["id"] for item in found["items"]] == [shown(hub)["id"]]


def test_clearing_and_taking_back_are_told(hub):
    assert hub("edit", "oai:test:7", "volume=12")[0] == 0
    assert rows(hub("edit", "oai:test:7", "volume=")[1])[1] == ["volume", "(nothing)"]
    code, out, _ = hub("edit", "oai:test:7", "--undo")
    assert (code, out.splitlines()[0], rows(out)[2]) == (0, "taken back: volume", ["volume", "12"])
    listed = hub("edit", "oai:test:7")[1].splitlines()
    assert (len(listed), "(cleared)" in listed[1], "12" in listed[2]) == (3, True, True)
    assert [row["said"] for row in json.loads(hub("edit", "oai:test:7", "--json")[1])] == [[], ["12"]]
    assert "no edits: PROPERTY=VALUE makes one" in hub("edit", "oai:test:8")[1]


def test_edits_stay_through_harvest_and_a_replay_that_reads_records_otherwise(hub, tmp_path):
    assert hub("edit", "oai:test:7", "publisher=Ours")[0] == 0
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('extends = "oai_dc"\n[[add]]\npath = "title"\nto = "publisher"\n')
    assert hub("endpoints", "edit", "here", "--mapping", mapping)[0] == 0
    code, out, _ = hub("replay", "here", "--json")
    assert (code, json.loads(out)["changed"] > 0) == (0, True)
    assert (shown(hub)["publisher"], shown(hub, "oai:test:8")["publisher"][-1]) == (["Ours"], "Record 8")
    assert hub("harvest", "here", "--full")[0] == 0
    assert shown(hub)["publisher"] == ["Ours"]
    explained = hub("show", "oai:test:7", "--explain")[1]
    assert "publisher=Ours" in explained
    assert "Record 7" in explained


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["oai:test:7", "date=2017-13"], "write it as 2017, 2017-05 or 2017-05-12"),
        (["oai:test:7", "Volume=3"], "did you mean volume?"),
        (["oai:test:7", "title"], "write PROPERTY=VALUE"),
        (["oai:test:7", "--undo", "title"], "has no edit of title to take back"),
        (["oai:test:7", "--undo", "title=x"], "--undo takes properties only"),
        (["nothing", "title=x"], "names no item: give an item's id, a DOI"),
    ],
)
def test_what_cannot_be_meant_is_wrong_use_with_the_next_step(hub, arguments, said):
    code, out, err = hub("edit", *arguments)
    assert (code, out, said in err, err.count("\n")) == (2, "", True, 1)
