"""What may be said about Elasticsearch besides its URL."""

from pathlib import Path

from msgspec import Struct


class NodeOptions(Struct, frozen=True):
    """The authority (PEM) that signed the node's certificate, and how the next generation is cut and copied."""

    ca: Path | None = None
    shards: int = 1
    replicas: int = 0
