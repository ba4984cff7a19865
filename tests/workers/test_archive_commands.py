"""`oaihub archive`: old pages go, and none that what is shown was read from."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harvester.store import open_store
from harvester.store.items import iter_items
from tests.repository import Repository, oai_dc
from workers.demo.provider import Entry

ROOT = Path(__file__).parents[2]
KILL_AT = """
import os, signal, sys
from harvester import archive, retaining
from workers.commands import main
def dying(*given):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "remove":
    archive.Archive.remove = dying
else:
    retaining.forget_locations = dying
main(["archive", "--full-runs", "1", "--yes"])
"""


def entries(year):
    return [
        Entry(f"oai:test:{number}", f"{year}-01-01T00:00:00Z", metadata={"oai_dc": oai_dc(title=f"Said {year}")})
        for number in range(6)
    ]


@pytest.fixture(params=["folder", "bucket"])
def files(request, data_dir):
    """What lists the files of the archive: in a folder, and in a bucket."""
    if request.param == "bucket":
        return request.getfixturevalue("bucket")
    folder = data_dir / "archive"
    return lambda: {str(path.relative_to(folder)) for path in folder.rglob("*.zst")}


@pytest.fixture
def hub(oaihub, files):
    """The command line over three full harvests: between the first two every record changed."""
    with Repository(entries(2024), page_size=3) as repository:
        oaihub("endpoints", "add", "here", repository.url, "--allow-private")
        for year in (2024, 2025, 2025):
            repository.put(*entries(year))
            assert oaihub("harvest", "here", "--full")[0] == 0
        yield oaihub


def shown(data_dir):
    with open_store(f"sqlite:///{data_dir / 'store.sqlite'}") as store:
        return list(iter_items(store))


def counted(hub, *options):
    code, out, _ = hub("archive", *options, "--json")
    assert code == 0
    return json.loads(out)["endpoints"]


def test_a_dry_run_counts_and_removes_nothing_and_replay_needs_nothing_that_goes(hub, data_dir, files):
    before, items = files(), shown(data_dir)
    (share,) = counted(hub, "--full-runs", "1")
    assert (share["endpoint"], share["pages"] > 0, share["bytes"] > 0, files()) == ("here", True, True, before)
    assert counted(hub, "--full-runs", "1", "--days", "1") == []
    assert counted(hub, "--full-runs", "3") == []
    assert hub("archive", "--full-runs", "1", "--yes")[0] == 0
    gone = before - files()
    assert len(gone) == share["pages"]
    assert (counted(hub, "--full-runs", "1"), hub("check", "--read", "all")[0]) == ([], 0)
    code, out, _ = hub("replay", "--all", "--json")
    assert (code, json.loads(out)["damaged"], json.loads(out)["changed"]) == (0, [], 0)
    assert shown(data_dir) == items
    assert "has let 1 go" in hub("replay", "1")[2]
    assert "archive remove" in hub("audit")[1]
    assert hub("archive")[0] == 2


@pytest.mark.parametrize("place", ["remove", "forget"])
def test_a_kill_leaves_nothing_that_check_or_replay_miss_and_the_next_call_ends_it(hub, files, place):
    before = files()
    share = counted(hub, "--full-runs", "1")[0]
    killed = subprocess.run([sys.executable, "-c", KILL_AT, place], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (hub("check", "--read", "all")[0], hub("replay", "--all")[0]) == (0, 0)
    assert hub("archive", "--full-runs", "1", "--yes")[0] == 0
    assert len(before - files()) == share["pages"]
