"""OAI-PMH servers that others wrote, for tests: the harvester is to get from each exactly what it holds.

`python -m tests.services.peers` fetches their packages (once, 20 MB through pip and Maven). It needs pip, mvn and,
to start the one in Java, a JDK with a compiler. The programs that feed them records are in tests/peers/servers.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.services.jdk import find_jdk
from tests.services.processes import EngineMissingError, Service, free_port, listens, new_folder, start_service

PYTHON_PACKAGES = ("pyoai==2.5.0", "oai-repo==0.5.2")
JAVA_PACKAGE = ("io.gdcc", "xoai-data-provider", "5.3.0")
CACHE = Path(os.environ.get("OAIHUB_TEST_CACHE", "/var/tmp/oaihub-peers"))
PYTHON_HOME = CACHE / f"peers-python-{sys.version_info.major}.{sys.version_info.minor}"
JAVA_HOME = CACHE / "peers-java"
SERVERS = Path(__file__).parents[1] / "peers" / "servers"
LEAST_JDK = 17
JVM = ("-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8")


def start_pyoai(*, fetch: bool) -> Service:
    """Start the server of pyoai. Raises: EngineMissingError where it was not fetched and may not be."""
    return _start_python("pyoai", fetch=fetch)


def start_oai_repo(*, fetch: bool) -> Service:
    """Start the server of oai_repo. Raises: EngineMissingError where it was not fetched and may not be."""
    return _start_python("oai_repo", fetch=fetch)


def start_xoai(*, fetch: bool) -> Service:
    """Start the data provider of XOAI.

    Raises: EngineMissingError where it was not fetched and may not be, or no JDK can compile the program around it.
    """
    java = find_jdk(LEAST_JDK, "XOAI", compiler=True) / "bin" / "java"
    _have(JAVA_HOME, _fetch_java, fetch=fetch)
    return _start("xoai", [java, *JVM, "-cp", f"{JAVA_HOME}/*", SERVERS / "XoaiServer.java"])


def fetch_peers() -> None:
    """Fetch the packages of all peers that are not in the cache. Raises: EngineMissingError."""
    _have(PYTHON_HOME, _fetch_python, fetch=True)
    _have(JAVA_HOME, _fetch_java, fetch=True)


def _start_python(name: str, *, fetch: bool) -> Service:
    _have(PYTHON_HOME, _fetch_python, fetch=fetch)
    return _start(name, [sys.executable, SERVERS / f"{name}_server.py"], {"PYTHONPATH": str(PYTHON_HOME)})


def _start(name: str, command: list[str | Path], environment: dict[str, str] | None = None) -> Service:
    port = free_port()
    return start_service(
        f"http://127.0.0.1:{port}",
        [*command, str(port)],
        new_folder(name),
        lambda: listens(port),
        environment=environment,
    )


def _have(home: Path, fetch_into: Callable[[Path], None], *, fetch: bool) -> None:
    """Return when a folder of the cache is there; one process at a time fetches it, where it may."""
    if home.is_dir():
        return
    if not fetch:
        raise EngineMissingError("it is not fetched (OAIHUB_TEST_FETCH=1 fetches 20 MB once)")
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "peers.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if home.is_dir():
            return
        work = CACHE / "peers-fetch"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        try:
            fetch_into(work)
        except (subprocess.SubprocessError, OSError) as error:
            raise EngineMissingError(f"{home.name} cannot be fetched: {_last_line(error)}") from error
        (work / "kept").rename(home)
        shutil.rmtree(work)


def _fetch_python(work: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "--target", work / "kept", *PYTHON_PACKAGES])


def _fetch_java(work: Path) -> None:
    group, artifact, version = JAVA_PACKAGE
    (work / "pom.xml").write_text(
        "<project><modelVersion>4.0.0</modelVersion>"
        "<groupId>oaihub</groupId><artifactId>peers</artifactId><version>1</version><dependencies><dependency>"
        f"<groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>"
        "</dependency></dependencies></project>"
    )
    copied = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={work}/kept"]
    _run(["mvn", "-B", "-q", "-f", work / "pom.xml", f"-Dmaven.repo.local={work}/m2", *copied])


def _run(command: list[str | Path]) -> None:
    subprocess.run(command, check=True, timeout=900, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _last_line(error: Exception) -> str:
    """Give what a failed program said last, or the error itself where it said nothing."""
    lines = (getattr(error, "output", None) or "").strip().splitlines()
    return lines[-1] if lines else str(error)


if __name__ == "__main__":
    try:
        fetch_peers()
    except EngineMissingError as error:
        sys.exit(str(error))
