"""Pairs of recorded records, each told by reading both: the same work, or two. `pairs.tsv` says which and why.

The records are read in place. Left out is what the records do not tell: a paper of a conference and the longer one of
a journal under one title and date, and one talk given at three conferences.
"""

import csv
import functools
import gzip
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from harvester.crosswalk.normalize import normalize
from harvester.parsing.record import Record, number_elements, parse_page, parse_record
from harvester.works.grouping import group
from harvester.works.keys import find_doubt, keys_of
from tests.harvester.mappings.reading_records import REAL

PAIRS = Path(__file__).with_name("pairs.tsv")
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="no recorded records: ../shared/data/real is missing")


def labelled():
    """Give each pair as two places, whether they are the same work, and its kind."""
    with PAIRS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [
        ((row["path"], row["identifier"]), (row["other_path"], row["other_identifier"]), row["verdict"], row["kind"])
        for row in rows
    ]


@functools.cache
def records_of(path):
    """Give the metadata of all records of a recorded file by identifier, or of the one of a file without headers."""
    body = (REAL / path).read_bytes()
    body = gzip.decompress(body) if path.endswith(".gz") else body
    if b"OAI-PMH" in body[:4096]:
        elements = [element for _, element in number_elements(parse_page(body))]
    else:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False))
        elements = [element for element in root.iter("{*}record") if element.find("{*}header") is not None]
        if not elements:
            return {"": normalize(Record("", "", (), deleted=False, metadata=root), "")}
    records = [parse_record(element) for element in elements]
    return {record.identifier: normalize(record, "") for record in records if not record.deleted}


def works_of(places):
    return {" ".join(place): records_of(place[0])[place[1]] for place in places}


def share(told):
    """Give precision and recall of (kind, is the same, was joined), with the kinds that went wrong."""
    right = sum(same and joined for _, same, joined in told)
    wrong = Counter(kind for kind, same, joined in told if joined and not same)
    missed = Counter(kind for kind, same, joined in told if same and not joined)
    return right / (right + wrong.total()), right / (right + missed.total()), wrong, missed


def test_pairs_are_of_every_kind_and_each_stands_once():
    pairs = labelled()
    kinds = Counter(verdict for _, _, verdict, _ in pairs)
    assert (kinds["same"] >= 100, kinds["two"] >= 150, len(kinds)) == (True, True, 2)
    assert len({frozenset((one, other)) for one, other, _, _ in pairs}) == len(pairs)


def test_recorded_pairs_are_told_one_by_one():
    told = []
    for one, other, verdict, kind in labelled():
        works = works_of([one, other])
        keys = {name: keys_of(work) for name, work in works.items()}
        told.append((kind, verdict == "same", len(group(works, keys, {})) == 1))
    precision, recall, wrong, missed = share(told)
    assert precision >= 0.995, wrong
    assert recall >= 0.8, missed


def test_all_recorded_pairs_are_told_together():
    """No two works come together by way of a third."""
    pairs = labelled()
    works = works_of({place for one, other, _, _ in pairs for place in (one, other)})
    keys = {name: keys_of(work) for name, work in works.items()}
    groups = group(works, keys, {})
    group_of = {name: number for number, members in enumerate(groups) for name in members}
    told = [
        (kind, verdict == "same", group_of[" ".join(one)] == group_of[" ".join(other)])
        for one, other, verdict, kind in pairs
    ]
    precision, recall, wrong, missed = share(told)
    assert precision >= 0.995, wrong
    assert recall >= 0.8, missed


def test_a_doubt_is_told_the_same_from_both_sides():
    for one, other, _, _ in labelled():
        ours, theirs = works_of([one]).popitem()[1], works_of([other]).popitem()[1]
        for key in {*keys_of(ours)} & {*keys_of(theirs)}:
            assert find_doubt(ours, theirs, key) == find_doubt(theirs, ours, key)
