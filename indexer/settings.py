"""Settings of the indexer."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from harvester.settings import with_password
from indexer.engines.options import NodeOptions


class IndexerSettings(Struct, frozen=True):
    """Where the index is; read by `harvester.settings.read_settings`."""

    index_url: Annotated[
        str,
        Meta(
            description="The index: embedded: or http(s)://[user:password@]host:port[/prefix] of Elasticsearch",
            extra={"env": "OAIHUB_INDEX_URL", "file": True},
        ),
    ] = "embedded:"
    index_password: Annotated[
        str,
        Meta(
            description="Password of Elasticsearch, where its URL holds none",
            extra={"env": "OAIHUB_INDEX_PASSWORD", "secret": True},
        ),
    ] = ""
    index_ca: Annotated[
        str,
        Meta(
            description="Authority (PEM file) that signed Elasticsearch's certificate; empty is those of the system",
            extra={"env": "OAIHUB_INDEX_CA"},
        ),
    ] = ""
    index_shards: Annotated[
        int,
        Meta(
            ge=1,
            le=1024,
            description="Parts that Elasticsearch cuts the index into; counts from the next `oaihub rebuild` on",
            extra={"env": "OAIHUB_INDEX_SHARDS", "unit": "shards"},
        ),
    ] = 1
    index_replicas: Annotated[
        int,
        Meta(
            ge=0,
            le=16,
            description="Copies of each part on other nodes; counts from the next `oaihub rebuild` on",
            extra={"env": "OAIHUB_INDEX_REPLICAS", "unit": "copies"},
        ),
    ] = 0

    def resolved_index_url(self) -> str:
        """Give the index's URL with the password filled in. Raises: SettingError (two passwords)."""
        return with_password(self.index_url, "OAIHUB_INDEX_PASSWORD", self.index_password)

    def node_options(self) -> NodeOptions:
        """Give how Elasticsearch is reached and how an index is cut there."""
        ca = Path(self.index_ca).expanduser() if self.index_ca else None
        return NodeOptions(ca=ca, shards=self.index_shards, replicas=self.index_replicas)
