"""The headers of a page, read without complaint, and their datestamps as moments."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Final

from lxml import etree
from msgspec import Struct

from harvester.crosswalk.mapping import local_name
from harvester.parsing.record import Page
from harvester.windows import parse_datestamp

DAYS: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
SECONDS: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


class Head(Struct, frozen=True):
    """A header as it came; `moment` is None where the datestamp was not understood."""

    identifier: str
    datestamp: str
    moment: dt.datetime | None
    sets: tuple[str, ...]
    deleted: bool


def read_heads(page: Page) -> list[Head]:
    """Give the headers of a ListRecords or ListIdentifiers page, in order."""
    heads = []
    for element in page.elements:
        if local_name(str(element.tag)) == "header":
            heads.append(_head(element))
        else:
            heads += [_head(child) for child in element if _is_named(child, "header")][:1]
    return heads


def in_set(head: Head, spec: str) -> bool:
    """Tell whether a header names a set, or one below it (OAI-PMH 2.0, 2.6)."""
    return any(named == spec or named.startswith(f"{spec}:") for named in head.sets)


def write_moment(moment: dt.datetime) -> str:
    """Write a moment as a full datestamp."""
    return moment.replace(tzinfo=None, microsecond=0).isoformat() + "Z"


def form_of(heads: Sequence[Head]) -> str | None:
    """Tell how datestamps are written: days, seconds, or other (a fraction, a zone, none); None without a header."""
    if not heads:
        return None
    for name, form in (("days", DAYS), ("seconds", SECONDS)):
        if all(form.fullmatch(head.datestamp) for head in heads):
            return name
    return "other"


def order_of(heads: Iterable[Head]) -> str | None:
    """Tell the order of datestamps: ascending, descending or none; None where fewer than two differ."""
    moments = [head.moment for head in heads if head.moment is not None]
    if len(set(moments)) < 2:
        return None
    if moments == sorted(moments):
        return "ascending"
    return "descending" if moments == sorted(moments, reverse=True) else "none"


def _head(element: etree._Element) -> Head:
    texts: dict[str, list[str]] = {"identifier": [""], "datestamp": [""], "setSpec": []}
    for child in element:
        if isinstance(child.tag, str):
            texts.setdefault(local_name(child.tag), []).append((child.text or "").strip())
    datestamp = texts["datestamp"][-1]
    sets = tuple(filter(None, texts["setSpec"]))
    return Head(
        texts["identifier"][-1], datestamp, parse_datestamp(datestamp), sets, element.get("status") == "deleted"
    )


def _is_named(element: etree._Element, name: str) -> bool:
    return isinstance(element.tag, str) and local_name(element.tag) == name
