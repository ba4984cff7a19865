"""`oaihub run --demo` from an empty folder: how soon a record is found, what the tree weighs, what its end leaves.

    python -m benchmarks.one_command [--rounds 5]

Seconds are since the command was given; PSS counts memory that processes share once. The floor is a Python that
imports what each process of the tree needs, and does nothing.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import msgspec
import psutil
from msgspec import Struct

from tests.services.processes import free_port

ROOT = Path(__file__).parents[1]
WITHIN_S = 120.0
SETTLED = 288  # items of the demonstration
IMPORTS = "import workers.working, search_api.server"


class Total(Struct):
    total: int


class Round(Struct, frozen=True):
    """What one start gave; seconds, megabytes, and the processes that outlived their parent."""

    first_s: float
    all_s: float
    processes: int
    pss_mb: float
    left: int
    left_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = []
    floors = []
    for _ in range(parser.parse_args().rounds):
        floors.append(floor_s())
        rounds.append(measure())
        print(rounds[-1], f"floor {floors[-1]:.2f} s", flush=True)
    for name in Round.__struct_fields__:
        values = [float(getattr(one, name)) for one in rounds]
        print(f"{name:10} median {statistics.median(values):8.2f}  worst {max(values):8.2f}")
    print(f"{'floor':10} median {statistics.median(floors):8.2f}  worst {max(floors):8.2f}")


def measure() -> Round:
    """Start, wait, weigh, kill the parent."""
    with tempfile.TemporaryDirectory(prefix="oaihub-one-", ignore_cleanup_errors=True) as folder:
        page = f"127.0.0.1:{free_port()}"
        begun = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "workers.commands", "run", "--demo", "--listen", page],
            env={**os.environ, "PYTHONPATH": str(ROOT), "OAIHUB_DATA_DIR": folder},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            first_s = wait_for(page, 1, begun)
            all_s = wait_for(page, SETTLED, begun)
            tree = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            weights = {name_of(one): one.memory_full_info().pss / 1e6 for one in tree}
            print(", ".join(f"{name} {weight:.0f} MB" for name, weight in weights.items()))
        finally:
            process.kill()
            process.wait()
        killed = time.monotonic()
        _, alive = psutil.wait_procs(tree, timeout=10)
        left_s = time.monotonic() - killed
        for one in alive:
            one.kill()
        return Round(first_s, all_s, len(tree), sum(weights.values()), len(alive), left_s)


def wait_for(page: str, least: int, begun: float) -> float:
    """Give after how many seconds a search finds so many items."""
    while time.monotonic() - begun < WITHIN_S:
        with contextlib.suppress(OSError):
            if found(page) >= least:
                return time.monotonic() - begun
        time.sleep(0.05)
    raise SystemExit(f"{least} items are not found within {WITHIN_S:.0f} s")


def name_of(process: psutil.Process) -> str:
    """Give what a process of the tree does, with its id, for some do the same."""
    words = " ".join(process.cmdline()).split()
    told = words[2] if words[:2] == ["oaihub", "run:"] else words[4] if "-m" in words else words[0].rpartition("/")[2]
    return f"{told} {process.pid}"


def found(page: str) -> int:
    """Give how many items a search finds. Raises: OSError while there is no answer."""
    with urllib.request.urlopen(f"http://{page}/api/v1/items?size=1", timeout=5) as answer:
        return msgspec.json.decode(answer.read(), type=Total).total


def floor_s() -> float:
    """Give how long a Python takes that only imports."""
    begun = time.monotonic()
    subprocess.run([sys.executable, "-P", "-c", IMPORTS], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
    return time.monotonic() - begun


if __name__ == "__main__":
    main()
