"""A process that has everything imported and forks a harvester at each line of its input: killing is cheap then.

A line is JSON: how to open the harvest (settings), and the number of the run that is to go on. Answers: the child's
pid, and its end as `PID ended CODE`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.harvester.harvesting import ROOT, go_on, open_here


class Zygote:
    """The process, from the side of the test."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.harvester.zygote"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, bufsize=1
        )

    def fork(self, folder: Path, run: int, **settings: object) -> int:
        """Have a child go on with a run, and give its pid."""
        self._process.stdin.write(json.dumps({"folder": str(folder), "run": run, "settings": settings}) + "\n")
        return int(self._process.stdout.readline())

    def wait(self) -> int:
        """Wait for the child that runs, and give the code that it ended with, negative for a signal."""
        return int(self._process.stdout.readline().split()[-1])

    def close(self) -> None:
        with self._process:
            self._process.stdin.close()


def main() -> None:
    for line in sys.stdin:
        told = json.loads(line)
        pid = os.fork()
        if pid == 0:
            with open_here(Path(told["folder"]), **told["settings"]) as harvesting:
                go_on(harvesting, told["run"])
            os._exit(0)
        _say(str(pid))
        _say(f"{pid} ended {os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
