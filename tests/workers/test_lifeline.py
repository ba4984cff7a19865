import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from workers.processes import lifeline

PARENT = """
import os, subprocess, sys
from workers.processes.lifeline import tied_command
child = subprocess.Popen(tied_command(sys.argv[1:], os.getpid()), stdin=subprocess.PIPE, start_new_session=True)
print(child.pid, flush=True)
child.wait()
"""

GUARDING = """
import sys
from workers.processes import lifeline
sys.platform = "darwin"
sys.exit(lifeline.main(sys.argv[1:]))
"""


def gone(pid: int, within_s: float = 5.0) -> bool:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel does this on Linux only")
def test_child_is_killed_with_its_parent():
    with subprocess.Popen([sys.executable, "-c", PARENT, "sleep", "60"], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        time.sleep(0.3)
        assert psutil.Process(child).is_running()
        parent.kill()
    assert gone(child)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel does this on Linux only")
def test_child_of_a_parent_that_is_gone_does_not_start():
    ended = subprocess.run(
        lifeline.tied_command(["echo", "here"], parent=1 << 22), capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "")


def test_guarded_child_is_killed_when_the_pipe_closes():
    command = [sys.executable, "-c", GUARDING, str(os.getpid()), "sleep", "60"]
    guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    children = wait_for_children(guard.pid)
    guard.stdin.close()
    assert guard.wait(5) == -signal.SIGKILL
    assert all(gone(child.pid) for child in children)


def test_guarded_child_gets_the_signals_of_its_guard():
    command = [sys.executable, "-c", GUARDING, str(os.getpid()), "sleep", "60"]
    guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    children = wait_for_children(guard.pid)
    guard.terminate()
    guard.wait(5)
    assert all(gone(child.pid) for child in children)
    guard.stdin.close()


def wait_for_children(pid: int) -> list[psutil.Process]:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if children := psutil.Process(pid).children():
            time.sleep(0.1)
            return children
        time.sleep(0.02)
    raise AssertionError("no child was started")
