"""The JDKs of this machine."""

import os
import re
import subprocess
from pathlib import Path

from tests.services.processes import EngineMissingError


def find_jdk(least: int, user: str, *, compiler: bool = False) -> Path:
    """Find a JDK that is new enough: OAIHUB_TEST_JAVA, JAVA_HOME, or the newest installed.

    With a compiler if asked for. Raises: EngineMissingError, which says that `user` needs it.
    """
    named = [Path(os.environ[name]) for name in ("OAIHUB_TEST_JAVA", "JAVA_HOME") if os.environ.get(name)]
    installed = sorted(Path("/usr/lib/jvm").glob("*"), reverse=True)
    for home in (*named, *installed):
        if _version(home / "bin" / "java") >= least and (not compiler or (home / "bin" / "javac").is_file()):
            return home
    kind = "JDK with javac" if compiler else "JDK"
    raise EngineMissingError(f"{user} needs a {kind} of {least} or newer; none is installed")


def _version(java: Path) -> int:
    if not java.is_file():
        return 0
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0
