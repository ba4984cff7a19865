"""The process that serves the API and the pages, the operator's among them."""

from search_api.app import create_app
from search_api.server import serve
from search_api.settings import SearchSettings
from search_api.warming import warm
from workers.heartbeat import Heartbeat
from workers.operator.api import operator_addresses
from workers.operator.metrics import metrics_route
from workers.operator.routes import PLACE, operator_routes
from workers.tools import Tools


def serve_pages(tools: Tools, settings: SearchSettings, host: str, port: int) -> None:
    """Serve until a signal ends it. Raises: ListenError, MissingSecretError, what opening store and index raises."""
    app = create_app(
        tools.store,
        tools.index,
        settings,
        contact=tools.harvester.contact,
        routes=[*operator_routes(tools), metrics_route(tools)],
        addresses=operator_addresses(tools),
        places=[PLACE],
    )
    warm(tools.index, app.state.access.settings().facets)
    heart = Heartbeat(tools.harvester.resolved_store_url(), "serve")
    heart.start()
    try:
        serve(app, host, port)
    finally:
        heart.stop()
