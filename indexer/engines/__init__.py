"""The engines behind the index; the scheme of the URL picks one."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from harvester.errors import cut
from harvester.settings import without_password
from indexer.engines.options import NodeOptions
from indexer.errors import IndexMismatchError
from indexer.index import Index

EMBEDDED: Final = "embedded:"
FOLDER: Final = "index"


def open_index(url: str, *, data_dir: Path, options: NodeOptions | None = None) -> Index:
    """Open the index of a URL: `embedded:` (a folder under data_dir) or http(s)://[user:password@]host:port[/prefix].

    `options` are for Elasticsearch. Nothing is sent yet; `create` makes it where it is missing. Raises:
    IndexMismatchError for any other URL, or a file of an authority that cannot be used.
    """
    if url == EMBEDDED:
        from indexer.engines.embedded import EmbeddedIndex  # noqa: PLC0415 - only the engine in use is loaded

        return EmbeddedIndex(data_dir / FOLDER)
    if _is_address(url):
        from indexer.engines.elastic import ElasticIndex  # noqa: PLC0415 - as above

        return ElasticIndex(url, options or NodeOptions())
    shown = cut(without_password(url))
    raise IndexMismatchError(f"OAIHUB_INDEX_URL={shown!r}: use embedded: or http(s)://host:port of Elasticsearch")


def _is_address(url: str) -> bool:
    """Tell whether a URL is one of HTTP with a host, and a port that can be."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
