"""Sending traces to a collector of OpenTelemetry, where oaihub[otel] is installed."""

import logging
from typing import TYPE_CHECKING, Final

from workers.version import own_version

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = logging.getLogger(__name__)

FAREWELL_MS: Final = 2_000


class Traces:
    """Traces of this process, sent in batches by a thread; `close` sends what has gathered."""

    def __init__(self, provider: "TracerProvider | None") -> None:
        self._provider = provider

    def close(self) -> None:
        """Send what has gathered, within two seconds."""
        if self._provider is not None:
            self._provider.force_flush(FAREWELL_MS)


def open_traces(url: str) -> Traces:
    """Begin to send traces to a collector (http://HOST:4318/v1/traces); nothing where that is empty.

    Where the packages are missing the log says so, and the work goes on.
    """
    if not url:
        return Traces(None)
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - optional
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.trace import set_tracer_provider  # noqa: PLC0415
    except ImportError:
        log.warning("no traces are sent: OAIHUB_OTLP_URL needs `pip install 'oaihub[otel]'`")
        return Traces(None)
    resource = Resource.create({"service.name": "oaihub", "service.version": own_version()})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
    set_tracer_provider(provider)
    return Traces(provider)
