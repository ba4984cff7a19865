"""The engines behind the index; the scheme of the URL picks one."""

from pathlib import Path
from typing import Final

from harvester.errors import cut
from indexer.errors import IndexMismatchError
from indexer.index import Index

EMBEDDED: Final = "embedded:"
FOLDER: Final = "index"


def open_index(url: str, *, data_dir: Path) -> Index:
    """Open the index of a URL: `embedded:` (a folder under data_dir) or http(s)://[user:password@]host:port[/prefix].

    Nothing is sent yet; `create` makes it where it is missing. Raises: IndexMismatchError for any other URL.
    """
    if url == EMBEDDED:
        from indexer.engines.embedded import EmbeddedIndex  # noqa: PLC0415 - only the engine in use is loaded

        return EmbeddedIndex(data_dir / FOLDER)
    if url.startswith(("http://", "https://")):
        from indexer.engines.elastic import ElasticIndex  # noqa: PLC0415 - as above

        return ElasticIndex(url)
    raise IndexMismatchError(f"OAIHUB_INDEX_URL={cut(url)!r}: use embedded: or http(s)://host:port of Elasticsearch")
