"""`oaihub hub`: settings shown, loaded, listed, and gone back to."""

import json
import tomllib

import pytest

from harvester.store import open_store
from harvester.store.hubs.settings import get_settings
from harvester.store.operating.audit import list_audit
from tests.search_api.hub_settings.test_logos import make_png


@pytest.fixture
def store(data_dir):
    with open_store(f"sqlite:///{data_dir / 'store.sqlite'}") as store:
        yield store


@pytest.fixture
def write(data_dir):
    def write(content, name="hub.toml"):
        path = data_dir / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def test_what_is_shown_can_be_loaded_and_gone_back_from(oaihub, write, store, monkeypatch):
    monkeypatch.setenv("OAIHUB_HUB_NAME", "A hub")
    code, text, err = oaihub("hub", "show")
    assert (code, err) == (0, "")
    assert tomllib.loads(text)["name"] == "A hub"
    changed = text.replace('name = "A hub"', 'name = "Küstenforschung"')
    assert oaihub("hub", "load", write(changed))[:2] == (0, "version 1 of the settings counts now\n")
    assert tomllib.loads(oaihub("hub", "show")[1])["name"] == "Küstenforschung"
    code, out, _ = oaihub("hub", "load", write("[comments]\nwriters = 'nobody'"))
    assert (code, "back 1" in out) == (0, True)
    assert json.loads(oaihub("hub", "show", "--json")[1])["settings"]["comments"]["writers"] == "nobody"
    listed = json.loads(oaihub("hub", "versions", "--json")[1])["versions"]
    assert [one["version"] for one in listed] == [2, 1]
    assert json.loads(oaihub("hub", "back", "1", "--json")[1]) == {"version": 3}
    assert (
        oaihub("hub", "show", "--version", "2")[1]
        != oaihub("hub", "show")[1]
        == oaihub("hub", "show", "--version", "1")[1]
    )
    assert {entry.actor.partition(":")[0] for entry in list_audit(store)} == {"command"}
    assert oaihub("hub", "versions", "--limit", "1")[1].split()[:4] == ["version", "at", "actor", "3"]


def test_a_logo_is_loaded_kept_and_taken_away(oaihub, write, store):
    settings = write("")
    assert oaihub("hub", "load", settings, "--logo", write(make_png(), "logo.png"))[0] == 0
    assert get_settings(store).logo.content == make_png()
    oaihub("hub", "load", settings)
    assert get_settings(store).logo.media_type == "image/png"
    code, _, err = oaihub("hub", "load", settings, "--logo", write("<svg/>", "logo.svg"))
    assert (code, "logo.svg: the logo is neither PNG" in err) == (2, True)
    oaihub("hub", "load", settings, "--no-logo")
    assert (get_settings(store).version, get_settings(store).logo.content) == (3, b"")


def test_every_fault_of_a_file_is_told_and_nothing_is_taken(oaihub, write, store):
    file = write("facets = ['gnre']\n[colours]\nlink_light = 'red'")
    code, out, err = oaihub("hub", "load", file)
    assert (code, out) == (2, "")
    assert [line.split(":")[:2] for line in err.splitlines()] == [["hub.toml", " line 1"], ["hub.toml", " line 3"]]
    code, out, _ = oaihub("hub", "load", file, "--json")
    assert (code, [fault["key"] for fault in json.loads(out)["faults"]]) == (2, ["facets[1]", "colours.link_light"])
    assert get_settings(store) is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("back", "7"), "no version 7"),
        (("show", "--version", "7"), "no version 7"),
        (("load", "no-such-file"), "does not exist"),
    ],
)
def test_what_is_not_there_is_said(oaihub, data_dir, arguments, said):
    code, _, err = oaihub("hub", *arguments)
    assert (code != 0, said in err) == (True, True)


def test_a_file_made_from_an_older_version_is_refused_when_that_is_asked(oaihub, write, store):
    file = write("")
    for _ in range(2):
        assert oaihub("hub", "load", file)[0] == 0
    code, _, err = oaihub("hub", "load", file, "--after", "1")
    assert (code, "changed the hub's settings meanwhile" in err) == (1, True)
    assert oaihub("hub", "load", write(b"\xff\xfe"), "--after", "2")[0] == 2
    assert get_settings(store).version == 2
