"""A hub with its metrics, and programs of Prometheus."""

import httpx
import pytest
from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families

from search_api.app import create_app
from tests.search_api.conftest import SETTINGS, served
from workers.operator.metrics import answering, reading
from workers.tools import Tools

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Watched(Struct):
    """A served hub, its tools and a client."""

    tools: Tools
    client: httpx.Client

    @property
    def store(self):
        return self.tools.store

    def scrape(self) -> str:
        answer = self.client.get("/metrics")
        assert answer.status_code == 200, answer.text
        return answer.text

    def series(self) -> Series:
        return parsed(self.scrape())

    def value(self, name: str, **labels: str) -> float:
        return self.series()[name, frozenset(labels.items())]


def parsed(text: str) -> Series:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request) -> str:
    """Which database the store is in."""
    return request.param


@pytest.fixture
def settings(tmp_path, database, request) -> dict[str, str]:
    folder = {"OAIHUB_DATA_DIR": str(tmp_path)}
    if database == "postgresql":
        return folder | {"OAIHUB_STORE_URL": request.getfixturevalue("fresh_postgresql_url")}
    return folder


@pytest.fixture
def watched(settings, monkeypatch):
    monkeypatch.setattr(reading, "KEPT_S", 0.0)
    tools = Tools(settings)
    app = create_app(tools.store, tools.index, SETTINGS, routes=(answering.metrics_route(tools),))
    with served(app) as client:
        yield Watched(tools, client)
    tools.close()
