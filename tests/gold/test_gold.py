"""How well records are normalised, measured against facts made by reading them (README.md beside this file)."""

import gzip
import re
import sys
import tomllib
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from harvester.crosswalk.normalize import normalize
from harvester.item import Metadata
from harvester.parsing.record import Record, RecordError, number_elements, parse_page, parse_record
from harvester.values.tables import fold, load_table

HERE = Path(__file__).parent
REAL = HERE.parents[1] / "../shared/data/real"
FIELDS = (
    *("deleted", "title", "creators", "date", "year", "doi", "resource_type", "resource_status"),
    *("language", "container", "volume", "issue", "pages", "publisher", "rights", "funding"),
)
NEAR = 120  # characters between the parts of a date: in Crossref each has an element of its own
MONTHS = {
    f"{number:02}": name
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
STRICT = ("deleted", "title", "year", "doi")


def test_every_record_states_facts_that_the_fields_know():
    allowed = {*FIELDS, "access", "subtitle", "path", "identifier", "prefix"}
    records = _gold()
    assert len(records) >= 150
    assert not [(record["path"], set(record) - allowed) for record in records if set(record) - allowed]
    assert len({(record["path"], record["identifier"]) for record in records}) == len(records)


def test_records_are_normalised_as_a_reader_reads_them():
    if not REAL.is_dir():
        pytest.skip("no recorded records: ../shared/data/real is missing")
    misses, invented, false_dois = [], [], []
    for gold in _gold():
        got, xml = _harvested(gold)
        misses += [(gold, field, want, has) for field, want, has in _compare(gold, got)]
        if got["date"] and not _is_said(got["date"], xml):
            invented.append((gold["path"], gold["identifier"], got["date"]))
        if got["doi"] and got["doi"] != gold.get("doi"):
            false_dois.append((gold["path"], gold["identifier"], got["doi"]))
    lines = _table(misses)
    total = len(_gold())
    by_field = Counter(field for _, field, _, _ in misses)
    shares = {field: 1 - by_field[field] / total for field in FIELDS}
    lines.append(str({field: round(share, 3) for field, share in shares.items()}))
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    assert false_dois == []
    assert invented == []
    assert {field: share for field, share in shares.items() if field in STRICT and share < 0.99} == {}
    assert sum(shares.values()) / len(FIELDS) >= 0.97


def _gold():
    found = []
    for path in sorted(HERE.glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        found += [{"prefix": table["prefix"]} | record for record in table["record"]]
    return found


def _harvested(gold):
    """Give the fields of a record as a harvest would read it, and its text."""
    element = _element(gold)
    held = element.find("{*}metadata")
    xml = etree.tostring(element if held is None else held, encoding="unicode")
    try:
        record = _record(element)
        metadata = Metadata() if record.deleted else normalize(record, gold["prefix"])
        deleted = record.deleted
    except RecordError:
        metadata, deleted = Metadata(), False
    return _fields(metadata, deleted), xml


def _element(gold):
    """Find a record in its file: an OAI-PMH page, one record of such a page, or a payload alone."""
    path = HERE / gold["path"] if gold["path"].startswith("examples/") else REAL / gold["path"]
    body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if b"OAI-PMH" in body[:4096] and gold["identifier"]:
        elements = [element for _, element in number_elements(parse_page(body))]
        return next(
            element for element in elements if element.findtext("{*}header/{*}identifier") == gold["identifier"]
        )
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False))
    named = (e for e in root.iter("{*}record") if e.findtext("{*}header/{*}identifier") == gold["identifier"])
    return next(named, root)


def _record(element):
    if element.find("{*}header") is not None:
        return parse_record(element)
    payload = element if len(element) != 1 or etree.QName(element).localname != "collection" else element[0]
    return Record("", "", (), deleted=False, metadata=payload)


def _fields(metadata, deleted):
    known_type = [term.label for term in metadata.resource_type if _is_known(term)]
    licences = {
        rights.label for rights in metadata.rights if rights.uri or load_table("rights").get(fold(rights.label))
    }
    licences |= {rights.label for rights in metadata.rights if re.match(r"CC[ 0]|Public Domain Mark", rights.label)}
    date = metadata.date
    return {
        "deleted": deleted,
        "title": metadata.title[0].value if metadata.title else None,
        "creators": [
            f"{a.family}, {a.given}" if a.family and a.given and "," not in a.name else a.name for a in metadata.creator
        ],
        "date": date.edtf if date else None,
        "year": date.year if date else None,
        "doi": metadata.doi,
        "resource_type": known_type or [term.label for term in metadata.resource_type],
        "resource_status": [term.label for term in metadata.resource_status],
        "language": [language.tag for language in metadata.language if language.tag],
        "container": metadata.container.title if metadata.container else None,
        "volume": metadata.volume,
        "issue": metadata.issue,
        "pages": _pages(metadata.pages),
        "publisher": list(metadata.publisher),
        "rights": sorted(licences | ({metadata.access.label} if metadata.access else set())),
        "funding": [(funding.funder or "", funding.number or "") for funding in metadata.funding],
    }


def _is_known(term):
    return term.uri is not None or load_table("resource_types").get(fold(term.label)) is not None


def _pages(pages):
    if pages is None:
        return None
    return f"{pages.start}-{pages.end}" if pages.start and pages.end else pages.start or pages.article or pages.literal


def _compare(gold, got):
    wanted = dict(gold)
    wanted["rights"] = sorted([*gold.get("rights", []), *([gold["access"]] if "access" in gold else [])])
    wanted["funding"] = [tuple(pair) for pair in gold.get("funding", [])]
    for field in FIELDS:
        want, has = wanted.get(field), got[field]
        if _plain(field, want, gold) != _plain(field, has, gold):
            yield field, want, has


def _plain(field, value, gold):
    """Give a value without what two readers may write either way: dashes, blanks, full stops, the order of sets."""
    if field == "deleted":
        return bool(value)
    if field in {"date", "year"}:
        return value
    if isinstance(value, str):
        text = _same(value)
        if field == "title" and "subtitle" in gold and text.endswith(_same(gold["subtitle"])):
            text = text.removesuffix(_same(gold["subtitle"])).rstrip(" :=/;")
        return re.sub(r"^(.+)-\1$", r"\1", text.replace(" ", "")) if field in {"pages", "issue"} else text
    values = [tuple(map(_same, item)) if isinstance(item, tuple) else _same(item) for item in value or ()]
    if field == "creators":
        return [name.rstrip(".") for name in values]
    if field in {"language", "rights"}:  # "CC BY" beside "CC BY 4.0" and "en" beside "en-US" say nothing more
        values = [item for item in values if not any(other != item and other.startswith(item) for other in values)]
    return sorted(set(values))


def _same(text):
    text = re.sub(r"[‐‑‒–—−]", "-", unicodedata.normalize("NFC", text))
    return " ".join(text.split())


def _is_said(edtf, xml):
    """Tell whether a record names a date: each of its years, and near it its month and day, so that none is made up."""
    return all(_is_said_once(part, xml) for part in re.findall(r"\d{2,4}(?:-\d\d){0,2}", edtf))


def _is_said_once(date, xml):
    year, *rest = date.split("-")
    places = [xml[max(0, found.start() - NEAR) : found.end() + NEAR] for found in re.finditer(year, xml)]
    return any(all(_is_named(number, place, year) for number in rest) for place in places)


def _is_named(number, place, year):
    numbers = re.findall(r"\d+", place.replace(year, " "))
    return number in {found.zfill(2) for found in numbers} or MONTHS.get(number, "-") in place.lower()


def _table(misses):
    return [
        f"{gold['path'].rpartition('/')[2]} {gold['identifier']} | {field} | {want!r} | {has!r}"[:400]
        for gold, field, want, has in misses
    ]
