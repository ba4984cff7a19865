"""`/metrics` for Prometheus: read from the store and the broker, a reading at most each five seconds."""

from workers.operator.metrics.answering import metrics_route

__all__ = ["metrics_route"]
