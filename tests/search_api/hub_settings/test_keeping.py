"""Which settings hold: those of the store, followed by every process."""

import asyncio
import threading

import pytest

from harvester.store import open_store
from harvester.store.hubs.settings import Logo, put_settings
from search_api.hub_settings import HubSettings, KeptSettings
from search_api.hub_settings.keeping import find_file
from search_api.languages.catalogue import NAMES
from tests.search_api.hub_settings.test_logos import make_png

BY = {"after": None, "actor": "ada", "now": 1_800_000_000.0}


@pytest.fixture
def store(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        yield store


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def kept(store, clock=None):
    return KeptSettings(store, "The hub", clock=clock or Clock())


def test_without_settings_all_is_usual_and_the_name_that_of_the_environment(store):
    found = kept(store).look()
    assert (found.version, found.theme, found.logo) == (0, None, None)
    assert found.settings == HubSettings(name="The hub", languages=tuple(NAMES))


def test_settings_are_followed_within_five_seconds(store):
    clock = Clock()
    mine, other = kept(store, clock), kept(store, clock)
    assert (mine().name, other().name) == ("The hub", "The hub")
    put_settings(store, "name = 'Another'", **BY)
    assert mine.look_now().settings.name == "Another"  # the process that wrote them
    clock.now += 4.9
    assert other().name == "The hub"
    clock.now += 0.1
    assert other().name == "Another"


def test_an_event_loop_never_waits_for_the_store(store):
    put_settings(store, "name = 'Another'", **BY)
    mine = kept(store)

    async def name():
        return mine().name

    assert asyncio.run(name()) == "The hub"
    assert mine().name == "Another"
    assert asyncio.run(name()) == "Another"


def test_a_logo_and_colours_are_files_by_what_they_hold(store):
    put_settings(store, "[colours]\nlink_light = '#123456'", logo=Logo(make_png(), "image/png"), **BY)
    look = kept(store).look()
    assert look.theme.path.startswith("/static/theme.")
    assert look.theme.path.endswith(".css")
    assert (look.logo.media_type, look.logo.content) == ("image/png", make_png())
    put_settings(store, "[colours]\nlink_light = '#123457'", **BY)
    again = kept(store).look()
    assert again.theme.path != look.theme.path
    assert again.logo == look.logo


def test_a_file_that_another_process_told_of_is_found_at_once(store):
    clock = Clock()
    other = kept(store, clock)
    other.look()
    put_settings(store, "[colours]\nlink_light = '#123456'", **BY)
    path = kept(store).look().theme.path
    clock.now += 0.6
    assert find_file(other, path).content == b":root { --hub-link: light-dark(#123456, #8ab8f0) }\n"
    assert find_file(other, "/static/theme.000000000000.css") is None


@pytest.mark.parametrize("document", ["name = ", "nane = 'x'", "[colours]\nlink_light = '#ffffff'"])
def test_settings_that_cannot_be_read_leave_those_of_before(store, document, caplog):
    clock = Clock()
    settings = kept(store, clock)
    put_settings(store, "name = 'Good'", **BY)
    assert settings().name == "Good"
    put_settings(store, document, **BY)
    clock.now += 6
    assert settings().name == "Good"
    clock.now += 6
    assert settings().name == "Good"
    assert caplog.text.count("hub settings not read") == 1
    put_settings(store, "name = 'Mended'", **BY)
    clock.now += 6
    assert settings().name == "Mended"


def test_a_store_that_is_away_leaves_those_of_before(store, caplog):
    clock = Clock()
    settings = kept(store, clock)
    put_settings(store, "name = 'Good'", **BY)
    assert settings().name == "Good"
    with store.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE hub_settings RENAME TO away")
    clock.now += 6
    assert settings().name == "Good"
    assert "hub settings not read" in caplog.text


def test_who_asks_while_another_reads_goes_on_with_those_of_before(store):
    clock = Clock()
    settings = kept(store, clock)
    put_settings(store, "name = 'Good'", **BY)
    assert settings().name == "Good"
    put_settings(store, "name = 'Newer'", **BY)
    clock.now += 6
    with settings._lock:  # as a reader has it that waits for the store
        found = []
        asking = threading.Thread(target=lambda: found.append(settings().name))
        asking.start()
        asking.join(5)
    assert found == ["Good"]
    assert settings().name == "Newer"
