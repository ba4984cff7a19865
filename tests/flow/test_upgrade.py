"""A store that is migrated under running workers: they stop writing and say why, and their successors lose nothing."""

import sqlite3
import time
from contextlib import closing

import pytest

from harvester.store.connection import LOOK_EVERY_S
from harvester.store.opening import HEAD
from tests.faults import slow
from tests.flow.hub import Hub, wait_until
from tests.repository import Repository, made_entries
from tests.services.processes import free_port

RECORDS = 400
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def set_revision(hub: Hub, revision: str) -> None:
    """Have the store be that of another version, as its migration would."""
    with closing(sqlite3.connect(hub.folder / "data" / "store.sqlite", timeout=30)) as store, store:
        store.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def count_stored(hub: Hub) -> int:
    with closing(sqlite3.connect(hub.folder / "data" / "store.sqlite", timeout=30)) as store:
        return int(store.execute("SELECT count(*) FROM pages WHERE state = 'stored'").fetchone()[0])


def test_workers_of_the_version_before_refuse_to_write_and_those_of_the_new_one_go_on(tmp_path):
    hub = Hub(tmp_path, OAIHUB_LEASE_S="1")
    with Repository(made_entries(RECORDS), page_size=10) as repository:
        repository.misbehave(slow(0.5), times=None)
        with hub.working("run", "--listen", f"127.0.0.1:{free_port()}", log="before") as log:
            wait_until(lambda: "oaihub: open" in log.read_text(), log=log, within_s=120)
            hub.in_turn(["endpoints", "add", "here", repository.url, "--allow-private", "--no-probe"])
            hub.in_turn(["harvest", "here", "--queue"])
            wait_until(lambda: count_stored(hub) > 2, log=log)
            set_revision(hub, "9999")
            wait_until(lambda: "this process knows " + HEAD in log.read_text(), log=log)
            time.sleep(LOOK_EVERY_S)  # whoever had just looked has looked again by then
            stored = count_stored(hub)
            started = hub.oaihub("harvest", "here")
            assert (started.code, "newer oaihub (revision 9999" in started.err) == (1, True)
            time.sleep(2)
            assert count_stored(hub) == stored < RECORDS / 10
        repository.behave()
        set_revision(hub, HEAD)  # those that start now know it
        with hub.working("run", "--listen", f"127.0.0.1:{free_port()}", log="after") as log:
            wait_until(lambda: hub.told("runs")["runs"][0]["state"] == "complete", log=log, within_s=120)
            (run,) = hub.told("runs")["runs"]
            assert (run["balance"]["received"], run["balance"]["new"]) == (RECORDS, RECORDS)
            wait_until(lambda: hub.told("search", "--size", "1")["total"] == RECORDS, log=log)
