"""Heartbeats: whose counts they write, and what becomes of these where the store does not answer."""

import os
import subprocess
import sys

import pytest

from harvester.counting import count, take_counts
from harvester.store import open_store
from harvester.store.operating.counters import read_counters
from harvester.store.operating.processes import list_processes
from tests.flow.hub import ROOT
from workers.heartbeat import Heartbeat

FORKING = """
import os, sys
from harvester.counting import count
from workers.heartbeat import Heartbeat
parent = Heartbeat(sys.argv[1], "pool", every_s=60)
child = Heartbeat(sys.argv[1], "worker", parent=parent.id, every_s=60)
count("of the parent")
if os.fork() == 0:
    child.start_in_child()
    count("of the child")
    if sys.argv[2] == "in order":
        child.stop()
    else:
        child._write()
    os._exit(0)
os.wait()
parent.start()
parent.stop()
"""


@pytest.mark.parametrize("end", ["in order", "killed"])
def test_a_process_that_was_forked_counts_its_own_and_its_row_goes_with_its_parent(tmp_path, end):
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    open_store(url).close()
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-P", "-c", FORKING, url, end], env=environ, check=True, timeout=60)
    with open_store(url) as store:
        assert read_counters(store) == {("of the parent", ""): 1, ("of the child", ""): 1}
        assert list_processes(store) == []


def test_counts_wait_for_a_store_that_does_not_answer(counted, caplog):
    heart = Heartbeat("postgresql+psycopg://nobody@127.0.0.1:1/none", "worker")
    count("pages", "stored", 3)
    heart._write()
    assert [record.message for record in caplog.records] == ["no heartbeat written"]
    assert dict(take_counts().added) == {("pages", "stored"): 3}
