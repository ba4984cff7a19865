"""A disk that fills up while workers harvest: the state says so, nothing is lost, and they go on by themselves."""

import json
import os
from pathlib import Path

import pytest

from tests.flow.hub import Hub, wait_until
from tests.repository import Repository, made_entries
from tests.services.processes import free_port
from tests.workers.test_full_disk import grow, small_disk

RECORDS = 400

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="a full disk is made by mounting a small one: needs root"),
]


@pytest.mark.parametrize(("place", "size"), [("archive", "16k"), ("index", "64k"), (".", "1500k")])
def test_workers_go_on_as_soon_as_there_is_room(tmp_path: Path, place: str, size: str) -> None:
    hub = Hub(tmp_path, OAIHUB_DISK_MARK="0", OAIHUB_LEASE_S="1")
    disk = hub.folder / "data" / place
    with (
        small_disk(disk, size),
        Repository(made_entries(RECORDS), page_size=50) as repository,
        hub.working("run", "--listen", f"127.0.0.1:{free_port()}") as log,
    ):
        wait_until(lambda: "oaihub: open" in log.read_text(), log=log, within_s=120)
        hub.in_turn(["endpoints", "add", "here", repository.url, "--allow-private", "--no-probe"])
        hub.in_turn(["harvest", "here", "--queue"])
        for command in ("doctor", "queues"):
            wait_until(lambda told=command: names_the_disk(hub, told), within_s=120)
        wait_until(lambda: "free some space" in log.read_text(), log=log, within_s=60)
        grow(disk)
        wait_until(lambda: found(hub) == RECORDS, within_s=120)
        (run,) = hub.told("runs")["runs"]
        assert (run["state"], run["balance"]["received"], run["balance"]["new"]) == ("complete", RECORDS, RECORDS)
        wait_until(lambda: hub.oaihub("check").code == 0)


def names_the_disk(hub: Hub, command: str) -> bool:
    """Tell whether a command that shows how things stand says that a disk is full, and what to do."""
    done = hub.oaihub(command)
    return "disk" in done.out + done.err and "free some space" in done.out + done.err


def found(hub: Hub) -> int:
    done = hub.oaihub("search", "--json")
    return int(json.loads(done.out)["total"]) if done.code == 0 else 0
