"""A DOI of any characters leads to itself from every format: its address has neither query nor fragment (RFC 3986)."""

import json
import re
from urllib.parse import unquote, urlsplit

import pytest
from lxml import etree

from harvester.item import Item, Link
from search_api.atom import to_entry
from search_api.formats.omeka import to_omeka
from search_api.formats.table import FORMATS, write_one

HUB = "https://hub.example.org"
OWN, OTHER = "10.1000/a<b>#c d", "10.1000/50%2f?é"
ITEM = Item(
    id="01",
    schema="item/1",
    version=1,
    harvested="2026-11-25T00:00:00Z",
    doi=OWN,
    links=(Link("is_part_of", doi=OTHER),),
)
WRITERS = {
    **{name: lambda item, name=name: write_one(FORMATS[name], item, HUB) for name in FORMATS},
    "atom": lambda item: etree.tostring(to_entry(item, HUB)),
    "omeka": lambda item: json.dumps(to_omeka(item, HUB)).encode(),
}
XML, JSON = ("atom", "oai_dc"), ("jsonld", "schemaorg", "omeka", "csl")


def texts(content: bytes, name: str) -> list[str]:
    """Give all texts of a file, as a program reads them."""
    if name in XML:
        return [text for node in etree.fromstring(content).iter() for text in (node.text or "", *node.attrib.values())]
    if name in JSON:
        return re.findall(r"[^\"]+", json.dumps(json.loads(content), ensure_ascii=False))
    return content.decode().splitlines()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("atom", {OWN}),
        ("oai_dc", {OWN, OTHER}),
        ("jsonld", {OTHER}),
        ("schemaorg", {OWN, OTHER}),
        ("omeka", {OWN, OTHER}),
        ("bibtex", {OWN}),
        ("ris", {OWN}),
        ("csl", {OWN}),
    ],
)
def test_a_link_of_a_doi_has_it_all_in_its_path(name, expected):
    found = [text for text in texts(WRITERS[name](ITEM), name) if "doi.org/" in text]
    addresses = [re.search(r"https://doi\.org/[^\"{}]*", text)[0].strip() for text in found]
    assert {unquote(urlsplit(address).path[1:]) for address in addresses} == expected
    assert all(re.fullmatch(r"[!-~]+", address) for address in addresses)
