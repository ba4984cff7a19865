"""How many of all recorded values the tables know: types, languages, rights and roles, in every recorded format.

A value counts once for each record that has it. It is found by the names of elements, not by our mappings.
"""

import functools
import gzip
import json
import re
from collections import Counter

import pytest
from lxml import etree

from harvester.values.languages import is_known_language
from harvester.values.rights import parse_rights
from harvester.values.roles import find_role
from harvester.values.types import classify_type
from tests.harvester.values.recorded import REAL

ELEMENTS = {
    **dict.fromkeys(("type", "resourceType", "typeOfResource", "genre"), "type"),
    **dict.fromkeys(("language", "languageTerm"), "language"),
    **dict.fromkeys(("rights", "license", "accessRights", "accessCondition", "license_ref"), "rights"),
    **dict.fromkeys(("roleTerm", "role"), "role"),
}
ATTRIBUTES = {
    "resourceTypeGeneral": "type",
    "rightsURI": "rights",
    "contributorType": "role",
    "contributor_role": "role",
}
STATES_RIGHT = re.compile(
    r"creative\s*commons|\bcc[\s_-]?by|\bcc0|open\s?access|restricted|embargo|closed\s?access|access_right",
    re.IGNORECASE,
)


@functools.cache
def values():
    """All values, by property, as (file, record, text)."""
    if not REAL.is_dir():
        pytest.skip("no recorded records: ../shared/data/real is missing")
    found = {name: set() for name in ("type", "language", "rights", "role")}
    for path in sorted(REAL.rglob("*")):
        if ".xml" in path.name:
            for record, name, text in xml_values(content(path)):
                found[name].add((path.name, record, text))
        elif ".json" in path.name:
            for record, name, text in json_values(content(path)):
                found[name].add((path.name, record, text))
    return found


def content(path):
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def xml_values(body):
    root = etree.fromstring(body, etree.XMLParser(recover=True, huge_tree=True, resolve_entities=False))
    if root is None:
        return
    records = [one for one in root.iter("{*}record") if one.find("{*}metadata") is not None] or [root]
    for number, record in enumerate(records):
        for element in record.iter(etree.Element):
            name = ELEMENTS.get(element.tag.rpartition("}")[2])
            text = " ".join((element.text or "").split())
            if name and text and not len(element):
                yield number, name, text
            for key, value in element.attrib.items():
                if (name := ATTRIBUTES.get(key)) and value.strip():
                    yield number, name, value.strip()


def json_values(body):
    try:
        whole = [json.loads(body)]
    except ValueError:
        whole = [json.loads(line) for line in body.splitlines() if line.strip()]
    for number, record in enumerate(each_record(whole)):
        types = record.get("types") if isinstance(record.get("types"), dict) else {}
        said = [("type", record.get("type")), ("type", types.get("resourceTypeGeneral"))]
        said += [("type", types.get("resourceType")), ("language", record.get("language"))]
        said += [("rights", one.get("rightsUri")) for one in record.get("rightsList") or []]
        said += [("rights", one.get("rights")) for one in record.get("rightsList") or []]
        for name, value in said:
            if isinstance(value, str) and value.strip():
                yield number, name, " ".join(value.split())


def each_record(value):
    if isinstance(value, list):
        for one in value:
            yield from each_record(one)
    elif isinstance(value, dict):
        if value.keys() & {"DOI", "doi", "titles", "types"}:
            yield value
        else:
            yield from each_record(list(value.values()))


def share(name, knows, wanted=lambda text: True):
    """Print what is not known, by frequency, and give the share of what is."""
    texts = [text for _, _, text in values()[name] if wanted(text)]
    unknown = Counter(text for text in texts if not knows(text))
    known = 1 - unknown.total() / len(texts)
    print(f"{name}: {known:.2%} of {len(texts):,} values")  # noqa: T201 - the measure is what this test is for
    for text, count in unknown.most_common():
        print(f"  {count:5} {text[:100]!r}")  # noqa: T201 - as above
    return known


def states_it(text):
    facts = parse_rights(text)
    is_cc = facts.rights is not None and facts.rights.label.startswith(("CC", "Public Domain Mark"))
    return bool(facts.access or facts.embargo_until or is_cc)


def test_types_are_on_an_axis_or_named_as_none():
    assert share("type", lambda text: classify_type(text).known) >= 0.98


def test_languages_are_understood():
    assert share("language", is_known_language) >= 0.995


def test_access_rights_and_licences_are_understood():
    assert share("rights", states_it, STATES_RIGHT.search) >= 0.90


def test_roles_are_known():
    assert share("role", lambda text: find_role(text) is not None) >= 0.98


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("This article is distributed under the Creative Commons Attribution License, which permits use", "CC BY"),
        ("licensed under a Creative Commons Attribution-NonCommercial-NoDerivs 3.0 License", "CC BY-NC-ND 3.0"),
        ("Creative Commons Namensnennung - Weitergabe unter gleichen Bedingungen 4.0", "CC BY-SA 4.0"),
        ("Licence Creative Commons Uveďte autora-Zachovejte licenci 3.0 Česko", "CC BY-SA 3.0"),
        ("Attribution-NonCommercial (CC BY-NC)", "CC BY-NC"),
        ("Creative Commons Lizenz BY-NC 4.0", "CC BY-NC 4.0"),
        ("Creative Commons Public Domain Dedication", "CC0 1.0"),
        ("Copyright 2010 by the authors", "Copyright 2010 by the authors"),
    ],
)
def test_licence_is_read_in_a_sentence(text, label):
    assert parse_rights(text).rights.label == label


def test_access_is_read_in_a_sentence():
    assert parse_rights("This item is under embargo, write to us").access.label == "embargoed access"
    assert parse_rights("Metadata may be used without restrictions").access is None


@pytest.mark.parametrize(
    ("text", "role"),
    [("ContactPerson", "contact person"), ("aut", "author"), ("Editors", "editor"), ("juggler", None),
     ("http://id.loc.gov/vocabulary/relators/trl", "translator")],
)  # fmt: skip
def test_role_has_one_normal_form(text, role):
    assert find_role(text) == role
