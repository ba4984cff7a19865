"""Engines for tests. Each is taken from its variable, else started here, else left out with one line that says why.

Where several processes share the tests (`pytest -n 2`, as .ci/run has it) each has engines of its own.

OAIHUB_TEST_ELASTICSEARCH, OAIHUB_TEST_REDIS, OAIHUB_TEST_POSTGRESQL, OAIHUB_TEST_S3 (http://KEY:SECRET@host:port):
URLs of running servers (tests make indices, databases and buckets of their own there and remove them).
OAIHUB_TEST_CHROMIUM, OAIHUB_TEST_PROMETHEUS: the paths of a browser and of promtool, which are never fetched.
OAIHUB_TEST_DEMAND=chromium,elasticsearch,html_checker,redis,postgresql,prometheus,s3,peers: a missing one fails.
OAIHUB_TEST_FETCH=1: fetch the Elasticsearch node and the peers where they are not there.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
import pytest_socket

from harvester.counting import give_back, take_counts
from tests.services.chromium import find_chromium
from tests.services.elasticsearch_node import own_indices, start_elasticsearch
from tests.services.html_checker import find_html_checker
from tests.services.peers import start_oai_repo, start_pyoai, start_xoai
from tests.services.postgresql_server import own_database, start_postgresql
from tests.services.processes import Engine, EngineMissingError
from tests.services.prometheus import find_promtool
from tests.services.redis_server import start_redis
from tests.services.s3_server import start_s3

FETCH = os.environ.get("OAIHUB_TEST_FETCH") == "1"
ENGINES: dict[str, Callable[[], AbstractContextManager[Engine]]] = {
    "chromium": find_chromium,
    "elasticsearch": lambda: start_elasticsearch(fetch=FETCH),
    "html_checker": find_html_checker,
    "peers/oai_repo": lambda: start_oai_repo(fetch=FETCH),
    "peers/pyoai": lambda: start_pyoai(fetch=FETCH),
    "peers/xoai": lambda: start_xoai(fetch=FETCH),
    "postgresql": start_postgresql,
    "prometheus": find_promtool,
    "redis": start_redis,
    "s3": start_s3,
}
RECORDINGS = Path(__file__).parents[1] / "../shared/data/real"
LOOPBACK = ["127.0.0.1", "::1"]
MISSING = pytest.StashKey[dict[str, str]]()


class Engines:
    """The engines of this session, started when first asked for."""

    def __init__(self, stack: ExitStack, missing: dict[str, str]) -> None:
        self._stack = stack
        self._urls: dict[str, str] = {}
        self._missing = missing

    def url(self, name: str) -> str:
        """Give an engine's URL. Where it is missing the test is skipped, or fails if the engine is demanded."""
        if name not in self._urls and name not in self._missing:
            self._open(name)
        if reason := self._missing.get(name):
            if name.partition("/")[0] in os.environ.get("OAIHUB_TEST_DEMAND", "").split(","):
                pytest.fail(f"{name} is demanded: {reason}", pytrace=False)
            pytest.skip(f"{name} is left out: {reason}")
        return self._urls[name]

    def _open(self, name: str) -> None:
        given = os.environ.get(f"OAIHUB_TEST_{name.upper()}")
        try:
            self._urls[name] = given or self._stack.enter_context(ENGINES[name]()).url
        except EngineMissingError as error:
            self._missing[name] = str(error)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[MISSING] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Let tests connect to this machine only, before their fixtures are made."""
    pytest_socket.socket_allow_hosts(LOOPBACK, allow_unix_socket=True)
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the tests, begin with the files that may take longest, so that all end together."""
    if hasattr(config, "workerinput"):
        longest: dict[Path, tuple[float, bool]] = {}
        for item in items:
            longest[item.path] = max(longest.get(item.path, (0.0, False)), _length(item))
        items.sort(key=lambda item: longest[item.path], reverse=True)  # those of a file stay together


def _length(item: pytest.Item) -> tuple[float, bool]:
    """Give how long a test may take, where that is more than usual, and whether it is slow."""
    timeout = item.get_closest_marker("timeout")
    return float(timeout.args[0]) if timeout else 0.0, item.get_closest_marker("slow") is not None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for told in _told_by_tests(terminalreporter):
        terminalreporter.write_line(told)
    for name, reason in sorted(config.stash[MISSING].items()):
        terminalreporter.write_line(f"left out: {name}: {reason}", yellow=True)
    if not RECORDINGS.is_dir():
        terminalreporter.write_line(f"left out: recorded pages: there is no {RECORDINGS.resolve()}", yellow=True)


def _told_by_tests(terminalreporter: pytest.TerminalReporter) -> Iterator[str]:
    """Yield the figures that tests have recorded by `record_property("told", …)`."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport) and report.when == "call":
                yield from (str(value) for name, value in report.user_properties if name == "told")


@pytest.fixture
def counted() -> Iterator[None]:
    """Leave what this process counts during a test to that test."""
    kept = take_counts()
    yield
    take_counts()
    give_back(kept)


@pytest.fixture(scope="session")
def engines(pytestconfig: pytest.Config) -> Iterator[Engines]:
    with ExitStack() as stack:
        yield Engines(stack, pytestconfig.stash[MISSING])


@pytest.fixture(scope="session")
def redis_url(engines: Engines) -> str:
    """A Redis server for this session; tests that share it use a database number or key names of their own."""
    return engines.url("redis")


@pytest.fixture(scope="session")
def elasticsearch_url(engines: Engines) -> str:
    """An Elasticsearch node; indices of others may be on it."""
    return engines.url("elasticsearch").rstrip("/")


@pytest.fixture(scope="session")
def promtool(engines: Engines) -> str:
    """The path of promtool."""
    return engines.url("prometheus")


@pytest.fixture
def fresh_elasticsearch_url(elasticsearch_url: str) -> Iterator[str]:
    """A URL with an index prefix of this test alone; what was made under it is removed afterwards."""
    with own_indices(elasticsearch_url) as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_url(engines: Engines) -> Iterator[str]:
    """A database of this session on a PostgreSQL server."""
    with own_database(engines.url("postgresql")) as url:
        yield url


@pytest.fixture
def fresh_postgresql_url(engines: Engines) -> Iterator[str]:
    """An empty database of this test alone."""
    with own_database(engines.url("postgresql")) as url:
        yield url
