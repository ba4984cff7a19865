"""What two readings of a record share is composed once: with the same result, whatever the mappings differ in."""

from collections import defaultdict

import pytest

from harvester.crosswalk import normalize
from harvester.crosswalk.any_reading import mapping_for, read_any
from harvester.crosswalk.mapping import TARGETS, known_formats, read_rules
from harvester.crosswalk.normalize import compose
from harvester.crosswalk.reading import Reading, Readings
from harvester.crosswalk.sharing import LOOKS_AT, Parts, take_part
from tests.harvester.mappings.reading_records import REAL, recorded

FORMATS = ("oai_dc", "oai_datacite", "mods", "marcxml")
TEXTS = (
    "A title",
    "Smith, J. (2010). A title. Journal of Things, 12(3), 45-67. https://doi.org/10.1234/abc",
    "https://doi.org/10.1234/abc",
    "info:eu-repo/grantAgreement/EC/FP7/12345",
    "Journal of Things, vol. 3, no. 4, pp. 5-6",
    "article",
    "2010",
)


class Noting(defaultdict):
    """Targets that note which of them are looked at."""

    def __init__(self, *given):
        super().__init__(*given)
        self.seen = set()

    def get(self, name, default=None):
        self.seen.add(name)
        return super().get(name, default)

    def __getitem__(self, name):
        self.seen.add(name)
        return super().__getitem__(name)

    def __contains__(self, name):
        self.seen.add(name)
        return super().__contains__(name)


def made_readings():
    """Yield readings with every target, of each text alone, and without one of the targets."""
    names = sorted(TARGETS - {"drop", "property", "agent", "version_of_record"})
    for text in TEXTS:
        for left_out in (None, *names):
            found = {name: [Reading(text), Reading(text, kind="IsPartOf")] for name in names if name != left_out}
            yield Readings(found, {})


@pytest.fixture(scope="module")
def records():
    """A part of all recorded metadata, with its format."""
    if not REAL.is_dir():
        pytest.skip("there are no recorded records here")
    found = {name: recorded(name) for name in FORMATS}
    return [(name, element) for name, elements in found.items() for element in elements[:: len(elements) // 150 + 1]]


def test_no_part_looks_at_a_target_that_it_does_not_name(records, monkeypatch):
    looked_at = defaultdict(set)

    def take_noting(parts, section, targets, *more):
        targets.seen.clear()
        found = take_part(parts, section, targets, *more)
        looked_at[section.__name__] |= targets.seen
        return found

    monkeypatch.setattr(normalize, "take_part", take_noting)
    real = (read_any(mapping_for(element, name), element) for name, element in records)
    for readings in (*made_readings(), *real):
        compose(Readings(Noting(list, readings.targets), readings.extra), "oai_dc")
    assert {name: seen - LOOKS_AT[name] for name, seen in looked_at.items() if seen - LOOKS_AT[name]} == {}
    assert looked_at.keys() == LOOKS_AT.keys()


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_taken_over_is_what_would_be_composed(records, name):
    elements = [element for found, element in records if found == name][::3]
    rules = read_rules(name).rules
    assert name in known_formats()
    for path in dict.fromkeys(rule.path for rule in rules):
        changed = f"extends = {name!r}\ndrop = [{path!r}]\nadd = [{{ path = {path!r}, to = 'subject' }}]"
        for element in elements:
            parts = Parts()
            old, new = (mapping_for(element, name, text) for text in ("", changed))
            compose(read_any(old, element), name, parts)
            assert compose(read_any(new, element), name, parts) == compose(read_any(new, element), name)
