"""Indices for the contract suite: a new one of each engine, thrown away afterwards."""

import secrets
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from indexer.engines import open_index
from indexer.index import Index

ENGINES = ("embedded", "elasticsearch")


@contextmanager
def new_index(engine: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Index]:
    """Give an empty index. It has its own name on Elasticsearch, where it is removed again."""
    prefix = f"contract-{secrets.token_hex(6)}"
    node = request.getfixturevalue("elasticsearch_url") if engine == "elasticsearch" else ""
    index = open_index(f"{node}/{prefix}" if node else "embedded:", data_dir=folder)
    try:
        index.create()
        yield index
    finally:
        index.close()
        if node:
            remove_indices(node, prefix)


def remove_indices(node: str, prefix: str) -> None:
    """Remove the indices whose names begin with a prefix; a node may refuse patterns, so each is named."""
    with urllib.request.urlopen(f"{node}/_cat/indices/{prefix}*?h=index", timeout=30) as answer:
        names = answer.read().decode().split()
    for name in names:
        urllib.request.urlopen(urllib.request.Request(f"{node}/{name}", method="DELETE"), timeout=30).close()
