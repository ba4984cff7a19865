"""A fork of ours shares code with its parent, and nothing else; each parent here is a process of its own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.workers.test_lifeline import gone

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")

PARENT = """
import os, random, signal, sys, threading
from workers.processes.forking import Fork, Program
kept = open(sys.argv[1])
signal.signal(signal.SIGTERM, lambda *_: None)
random.seed(7)
print("said by the parent", end="")
fork = Fork("oaihub run: " + sys.argv[2], Program(sys.argv[2], tuple(sys.argv[3:])), {"PATH": "/bin", "SAID": "ours"})
"""

TELLS = """
import json, os, random, signal, sys
told = {
    "arguments": sys.argv[1:],
    "environment": dict(os.environ),
    "terminate": signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
    "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
    "leads": os.getsid(0) == os.getpid(),
    "read": sys.stdin.read(),
    "dice": random.random(),
    "title": open("/proc/self/cmdline").read().split("\\0"),
    "open": sorted(int(name) for name in os.listdir("/proc/self/fd")),
}
print(json.dumps(told), file=sys.stderr)
"""

SLEEPS = """
import time
time.sleep(60)
"""

ENDS = """
import sys
if sys.argv[1] == "raise":
    raise ValueError("raised by the fork")
sys.exit(int(sys.argv[1]) if sys.argv[1].isdigit() else sys.argv[1])
"""


@pytest.fixture
def start(tmp_path):
    """Start a parent that forks a module, and then does more; it has a file open, and a handler for SIGTERM."""
    for name, text in (("tells", TELLS), ("sleeps", SLEEPS), ("ends", ENDS)):
        (tmp_path / f"{name}.py").write_text(text)

    def started(more: str, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", PARENT + more, str(tmp_path / "tells.py"), *arguments],
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{tmp_path}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return started


def test_fork_has_what_it_was_given_and_nothing_of_its_parent(start):
    out, err = start("\nprint(fork.wait())", "tells", "--one", "two").communicate(timeout=20)
    told = json.loads(err)
    assert out == "said by the parent0\n"
    assert told.pop("dice") != 0.32383276483316237  # what a parent with that seed throws first
    assert told.pop("open") == [0, 1, 2, 3]  # the last is what lists them
    assert [word for word in told.pop("title") if word] == ["oaihub", "run:", "tells"]
    assert told == {
        "arguments": ["--one", "two"],
        "environment": {"PATH": "/bin", "SAID": "ours"},
        "terminate": True,
        "blocked": [],
        "leads": True,
        "read": "",
    }


@pytest.mark.parametrize(
    ("argument", "code", "said"),
    [("0", 0, ""), ("3", 3, ""), ("a word", 1, "a word\n"), ("raise", 1, "ValueError: raised by the fork\n")],
)
def test_fork_ends_as_python_does(argument, code, said, start):
    out, err = start("\nprint(f' {fork.wait()}')", "ends", argument).communicate(timeout=20)
    assert out == f"said by the parent {code}\n"
    assert err.endswith(said)
    assert bool(err) == bool(said)


@pytest.mark.parametrize(("how", "number"), [("terminate", signal.SIGTERM), ("kill", signal.SIGKILL)])
def test_fork_hears_a_signal_that_comes_at_once(how, number, start):
    out, _ = start(f"\nfork.{how}()\nprint(f' {{fork.wait()}}')", "sleeps").communicate(timeout=20)
    assert out == f"said by the parent {-number}\n"


def test_fork_is_killed_with_its_parent(start):
    with start("\nprint(f' {fork.pid}', flush=True)\nfork.wait()", "sleeps") as parent:
        child = int(parent.stdout.readline().split()[-1])
        assert psutil.pid_exists(child)
        parent.kill()
    assert gone(child)
