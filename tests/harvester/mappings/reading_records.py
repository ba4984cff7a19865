"""Normalise a record written in a test, and find the recorded ones."""

import gzip
from pathlib import Path

from lxml import etree

from harvester.crosswalk.mapping import find_mapping
from harvester.crosswalk.normalize import normalize
from harvester.parsing.record import Record

REAL = Path(__file__).parents[3] / "../shared/data/real"
METADATA = "{http://www.openarchives.org/OAI/2.0/}metadata"


def read(xml, prefix):
    return normalize(Record("oai:r:1", "2025-01-01", (), deleted=False, metadata=etree.fromstring(xml)), prefix)


def recorded(name):
    """Give the metadata of all recorded records whose root is a format's."""
    found = []
    for path in sorted(REAL.rglob("*.xml*")):
        body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        root = etree.fromstring(body, etree.XMLParser(recover=True, huge_tree=True, resolve_entities=False))
        for metadata in root.iter(METADATA) if root is not None else ():
            child = next(metadata.iterchildren(etree.Element), None)
            if child is not None and find_mapping("", child.tag).name == name:
                found.append(child)
    return found
