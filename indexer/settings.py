"""Settings of the indexer."""

from typing import Annotated

from msgspec import Meta, Struct


class IndexerSettings(Struct, frozen=True):
    """Where the index is; read by `harvester.settings.read_settings`."""

    index_url: Annotated[
        str,
        Meta(
            description="The index: embedded: or http(s)://[user:password@]host:port[/prefix] of Elasticsearch",
            extra={"env": "OAIHUB_INDEX_URL"},
        ),
    ] = "embedded:"
