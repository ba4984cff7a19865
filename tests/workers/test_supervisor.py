import itertools
import os
import signal
import threading
import time

import psutil

from workers.processes.children import Child
from workers.processes.supervisor import Supervisor

SLEEPS = ("sleep", "60")
STUBBORN = ("sh", "-c", "trap '' TERM; sleep 60 & wait; sleep 60")


def ours() -> list[psutil.Process]:
    """The processes of these tests; the session has others, such as its Redis."""
    found = psutil.Process().children(recursive=True)
    return [process for process in found if process.name() in {"sleep", "sh"} and process.status() != "zombie"]


def child(*command: str) -> Child:
    return Child(command[0], command, dict(os.environ))


def test_child_that_ends_is_started_again():
    supervisor = Supervisor()
    one = child(*SLEEPS)
    supervisor.start([one])
    supervisor.tend_until(lambda: bool(named("sleep")), within_s=5)
    (first,) = named("sleep")
    first.kill()
    supervisor.tend_until(lambda: named("sleep") not in ([], [first]), within_s=10)
    (second,) = named("sleep")
    assert second.pid != first.pid
    supervisor.stop()
    assert ours() == []


def test_what_a_child_has_left_behind_is_killed_before_it_starts_again(tmp_path):
    left = tmp_path / "left"
    supervisor = Supervisor()
    supervisor.start([child("sh", "-c", f"sleep 60 & echo $! >> {left}; exit 1")])
    assert supervisor.tend_until(lambda: left.exists() and left.read_text().count("\n") >= 3, within_s=10)
    supervisor.stop()
    end = time.monotonic() + 2
    while any(map(runs, map(int, left.read_text().split()))):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_child_that_ends_at_once_is_started_ever_later():
    supervisor = Supervisor()
    starts = []

    class Counted(Child):
        def start(self, now):
            starts.append(now)
            super().start(now)

    supervisor.start([Counted("false", ("false",), dict(os.environ))])
    supervisor.tend_until(lambda: False, within_s=4)
    supervisor.stop()
    gaps = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert len(starts) == 4
    assert gaps[1] > 1.5 * gaps[0]
    assert gaps[2] > 1.5 * gaps[1]


def test_stop_kills_who_does_not_listen_and_all_that_he_started():
    supervisor = Supervisor()
    supervisor.start([child(*SLEEPS)])  # the layer of servers
    supervisor.start([child(*STUBBORN)])
    supervisor.tend_until(lambda: len(named("sleep")) == 2, within_s=5)
    processes = ours()
    started = time.monotonic()
    supervisor.stop()
    assert 7.5 < time.monotonic() - started < 11
    _, alive = psutil.wait_procs(processes, timeout=2)
    assert alive == []


def test_second_signal_ends_the_waiting():
    supervisor = Supervisor()
    with supervisor.signals():
        supervisor.start([child(*STUBBORN)])
        supervisor.tend_until(lambda: bool(named("sleep")), within_s=5)
        os.kill(os.getpid(), signal.SIGINT)
        assert not supervisor.tend_until(lambda: False)
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        started = time.monotonic()
        supervisor.stop()
        assert time.monotonic() - started < 2
    assert ours() == []


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def named(name: str) -> list[psutil.Process]:
    return [process for process in ours() if process.name() == name]
