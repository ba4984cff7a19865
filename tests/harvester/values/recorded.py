"""The values of one oai_dc element over all recorded records, read in place."""

import functools
import gzip
from pathlib import Path

import pytest
from lxml import etree

REAL = Path(__file__).parents[3] / "../shared/data/real"


@functools.cache
def _all_values():
    values = {}
    for path in sorted(REAL.rglob("*.xml*")):
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        root = etree.fromstring(content, etree.XMLParser(recover=True, huge_tree=True, resolve_entities=False))
        for record in root.iter("{*}dc") if root is not None else ():
            for child in record.iterchildren(etree.Element):
                text = "".join(child.itertext()).strip()
                values.setdefault(etree.QName(child).localname, []).append(text)
    return values


def recorded(element):
    if not REAL.is_dir():
        pytest.skip("no recorded records: ../shared/data/real is missing")
    return [text for text in _all_values()[element] if text]
