"""The address of the metrics: Prometheus's text form or OpenMetrics, as is asked for, to those who may watch."""

import hmac
from collections.abc import Iterator
from functools import partial
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from search_api.accounts import protected
from search_api.accounts.access import access_of
from search_api.accounts.local import is_local
from search_api.accounts.requiring import private
from workers.operator.metrics.families import families
from workers.operator.metrics.reading import Readings
from workers.tools import Tools
from workers.version import own_version

PATH: Final = "/metrics"


class HubCollector(Collector):
    """Gives the latest reading to whoever exposes it."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings
        self._version = own_version()

    def collect(self) -> Iterator[Metric]:
        """Yield the families of the latest reading."""
        return families(self._readings.latest(), self._version)


def metrics_route(tools: Tools) -> Route:
    """Give the route of /metrics.

    It answers programs of this machine, whoever sends OAIHUB_METRICS_KEY as bearer, and users and keys with the right
    to watch. The first two are answered while the store is away, too.
    """
    handler = partial(_answer, HubCollector(Readings(tools)))
    guarded = {True: private(handler), False: protected("watch", handler)}
    key = tools.workers.metrics_key

    async def answer(request: Request) -> Response:
        is_known = is_local(access_of(request), request) or _has_key(request, key)
        return await guarded[is_known](request)

    return Route(PATH, answer)


def _has_key(request: Request, key: str) -> bool:
    """Tell whether a request brings the key of the metrics; nobody does where none is set."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return bool(key) and scheme.casefold() == "bearer" and hmac.compare_digest(given.strip().encode(), key.encode())


def _answer(collector: HubCollector, request: Request) -> Response:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(registry), headers={"Content-Type": media_type})
