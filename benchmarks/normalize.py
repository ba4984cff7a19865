"""Normalise recorded and made oai_dc pages: records per second of CPU, beside the cost of the XML alone.

python -m benchmarks.normalize [--rounds N] [--pages FOLDER]
Made records are always measured; FOLDER adds recorded OAI-PMH pages (*.xml, *.xml.gz).
"""

import argparse
import gzip
import statistics
import time
from pathlib import Path

import msgspec
from lxml import etree

from benchmarks.oai_server import Pages
from harvester.crosswalk.normalize import normalize
from harvester.errors import HarvestError
from harvester.parsing.record import parse_page, parse_record

MADE, MADE_PAGE = 5_000, 1_000


def made_pages():
    """Give pages of records that are made up, as benchmarks.harvest serves them."""
    pages, asked = Pages(MADE, MADE_PAGE), {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
    while asked:
        body = pages.answer(asked)
        yield body
        token = parse_page(body).token
        asked = {"verb": "ListRecords", "resumptionToken": token} if token else None


def recorded_pages(folder):
    """Give the recorded ListRecords pages in oai_dc under a folder, but for those that must be mended first."""
    pages = []
    for path in sorted(folder.rglob("*.xml*")):
        body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        if b"oai_dc" in body and b"<ListRecords" in body:
            try:
                mended = parse_page(body).repairs
            except HarvestError:
                continue
            if not mended:
                pages.append(body)
    return pages


def parse_only(body):
    return len(etree.fromstring(body).findall(".//{*}record"))


def bare_walk(body):
    """The floor of any Python code: every element's tag and text into a dict of lists."""
    count = 0
    for record in etree.fromstring(body).iter("{http://www.openarchives.org/OAI/2.0/}record"):
        found = {}
        for element in record.iter():
            found.setdefault(element.tag, []).append(element.text)
        count += 1
    return count


def normalized(body):
    count = 0
    for element in parse_page(body).elements:
        try:
            record = parse_record(element)
            if not record.deleted:
                msgspec.json.encode(normalize(record, "oai_dc"))
        except HarvestError:
            pass
        count += 1
    return count


def measure(pages, rounds):
    ways = {"XML parse only": parse_only, "bare walk to dicts": bare_walk, "parse + normalise + JSON": normalized}
    spent = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            begun = time.process_time()
            records = sum(map(way, pages))
            spent[name].append((time.process_time() - begun) / records)
    for name, seconds in spent.items():
        middle = statistics.median(seconds)
        print(f"  {name:28} {1e6 * middle:8.1f} us/record {1 / middle:10,.0f} records/s of CPU")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--pages", type=Path)
    given = options.parse_args()
    measured = {"made": list(made_pages())} | ({"recorded": recorded_pages(given.pages)} if given.pages else {})
    for name, pages in measured.items():
        print(f"{name} pages: {len(pages)}, records: {sum(map(parse_only, pages)):,}")
        measure(pages, given.rounds)


if __name__ == "__main__":
    main()
