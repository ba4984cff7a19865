import pytest

from harvester.archive import open_archive
from harvester.harvest import begin_run, harvest_page
from harvester.room import DiskMarkError, Mark, check_room, parse_mark
from harvester.settings import HarvesterSettings, SettingError, read_settings
from harvester.store.operating.breakers import breaker_state, give_back, take_turn
from tests.faults import retry_later
from tests.harvester.harvesting import go_on, keep, open_here
from tests.repository import Repository, made_entries


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("0", Mark()),
        ("1500", Mark(size_bytes=1500)),
        ("1.5 GB", Mark(size_bytes=1.5e9)),
        ("20kB", Mark(size_bytes=20e3)),
        ("5 %", Mark(share=0.05)),
    ],
)
def test_marks_are_read(text, mark):
    assert parse_mark(text) == mark


@pytest.mark.parametrize("text", ["much", "5 percent", "-1 MB"])
def test_what_is_no_mark_is_refused(text):
    with pytest.raises(SettingError, match="OAIHUB_DISK_MARK"):
        read_settings(HarvesterSettings, {"OAIHUB_DISK_MARK": text})


def test_a_disk_below_its_mark_is_told(tmp_path):
    archive = open_archive(str(tmp_path))
    check_room(archive, parse_mark("0"))
    with pytest.raises(DiskMarkError, match=r"free, less than .* \(OAIHUB_DISK_MARK\)"):
        check_room(archive, parse_mark("100 %"))


def test_nothing_is_fetched_below_the_mark_and_all_when_there_is_room_again(tmp_path):
    with Repository(made_entries(5)) as repository:
        with open_here(tmp_path, disk_mark="100 %") as harvesting:
            run = begin_run(harvesting, keep(harvesting, repository.url)).id
            result = harvest_page(harvesting, run, 0)
            assert (result.outcome, result.failed_try, result.own_fault) == ("waiting", False, True)
            assert "OAIHUB_DISK_MARK" in result.error
            assert breaker_state(harvesting.store, "harvest").error == result.error
            assert repository.pages_served == []
        with open_here(tmp_path) as harvesting:
            assert harvest_page(harvesting, run, 0).outcome == "absorbed"  # it is left alone for a second
            assert go_on(harvesting, run).state == "complete"
            assert breaker_state(harvesting.store, "harvest") is None


def test_a_trial_that_its_host_puts_off_is_given_to_another_at_once(tmp_path):
    with Repository(made_entries(5)) as repository:
        with open_here(tmp_path, disk_mark="100 %") as harvesting:
            run = begin_run(harvesting, keep(harvesting, repository.url)).id
            harvest_page(harvesting, run, 0)
        with open_here(tmp_path) as harvesting:
            store = harvesting.store
            give_back(store, "harvest", store.now())  # its time has come
            repository.misbehave(retry_later("600"))
            assert harvest_page(harvesting, run, 0).outcome == "waiting"
            assert take_turn(store, "harvest", store.now()) == "trial"
