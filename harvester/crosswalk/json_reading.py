"""Read a JSON-LD object, such as an Omeka S item, into the same readings as a record in XML.

Source: Omeka S REST API (https://omeka.org/s/docs/developer/api/rest_api/): a property is a term ("dcterms:title")
with a list of values, each a literal (`@value`, `@language`), an address (`@id`, `o:label`) or another resource
(`@id`, `display_title`). What is not public is not read; what is Omeka's own housekeeping (`o:…`) is no property, nor
is `@reverse`, which says what other resources say themselves.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import msgspec
from lxml import etree
from msgspec import Struct, structs

from harvester.crosswalk.mapping import Compiled, Mapping, Node
from harvester.crosswalk.reading import PROPERTY, Reading, Readings, shape_text, snake_case, split_text
from harvester.errors import RejectedError
from harvester.values.tables import fold

HOUSEKEEPING: Final = ("@", "o:")
OMEKA_TITLE: Final = "o:title"
MOST_TERMS: Final = 10_000
"""Terms that a mapping remembers the rules of."""
LINK: Final = "link"
LINKS: Final = frozenset({LINK, "relation", "related_item"})
"""The targets that make links of their values themselves."""
ADDRESSED: Final = frozenset({"doi", "identifier"})
"""The targets for which the address of a value counts, and not its label."""


class JsonMetadataError(RejectedError):
    """Metadata that should be a JSON-LD object and is none."""


class Value(Struct, frozen=True):
    """One value of a property, with the keys that are read."""

    value: str | int | float | bool | None = msgspec.field(default=None, name="@value")
    language: str | None = msgspec.field(default=None, name="@language")
    language_of_label: str | None = msgspec.field(default=None, name="o:lang")
    id: str | None = msgspec.field(default=None, name="@id")
    label: str | None = msgspec.field(default=None, name="o:label")
    display_title: str | None = None
    type: str | None = None
    resource: int | str | None = msgspec.field(default=None, name="value_resource_id")
    is_public: bool | None = True


VALUES: Final = msgspec.json.Decoder(list[Value])
ITEMS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def read_json_element(mapping: Mapping, element: etree._Element) -> Readings:
    """Read a metadata element whose text is a JSON-LD object. Raises: JsonMetadataError."""
    return read_json(mapping, "".join(str(text) for text in element.itertext()))


def read_json(mapping: Mapping, content: str | bytes) -> Readings:
    """Read a JSON-LD object by a mapping whose paths are its terms. Raises: JsonMetadataError."""
    try:
        return _read_item(mapping, ITEMS.decode(content))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise JsonMetadataError(f"the metadata is no JSON object: {error}") from error


def _read_item(mapping: Mapping, item: dict[str, msgspec.Raw]) -> Readings:
    readings = Readings(defaultdict(list), defaultdict(list))
    for compiled in mapping.top.rules:
        for value in _values(item.get(f"@{compiled.attribute}")):
            _give(_read(value), compiled, readings)
    for term, raw in item.items():
        node = _node(mapping.top, term)
        if node is None and term.startswith(HOUSEKEEPING):
            continue
        for value in _values(raw):
            _take(term, value, node, readings)
    if "title" not in readings.targets and OMEKA_TITLE in item:  # of a template whose title is another property
        readings.targets["title"] += [reading for value in _values(item[OMEKA_TITLE]) if (reading := _read(value)).text]
    for reading in readings.targets.pop(PROPERTY, ()):
        readings.extra[reading.kind].append(reading.text)
    return readings


def _node(top: Node, term: str) -> Node | None:
    """Give the node of a term, by its full name or by its name in any vocabulary, however that is spelt."""
    try:
        return top.known[term]
    except KeyError:
        found = top.below.get(term.replace(":", ".")) or (
            None if term.startswith(HOUSEKEEPING) else _by_name(top, term)
        )
        if len(top.known) < MOST_TERMS:
            top.known[term] = found
        return found


def _by_name(top: Node, term: str) -> Node | None:
    name = term.rpartition(":")[2]
    alike = (node for word, node in top.below.items() if "." not in word and fold(word) == fold(name))
    return top.below.get(name) or next(alike, None)


def _take(term: str, value: Value, node: Node | None, readings: Readings) -> None:
    reading = _read(value)
    name = term.rpartition(":")[2]
    if node is None:
        if _is_resource(value):
            readings.targets[LINK].append(structs.replace(reading, kind=name))
        elif reading.text:
            readings.extra[snake_case(name)].append(reading.text)
    elif not node.dropped:
        for compiled in node.rules:
            _give(reading, compiled, readings)
        if _is_resource(value) and not any(compiled.rule.to in LINKS for compiled in node.rules):
            readings.targets[LINK].append(structs.replace(reading, kind="relation"))  # beside the person, the subject …


def _is_resource(value: Value) -> bool:
    """Tell whether a value is another resource of the hub."""
    return bool(value.id) and (value.resource is not None or (value.type or "").startswith("resource"))


def _values(raw: msgspec.Raw | None) -> Iterator[Value]:
    """Give the values of a property; a lone value counts as a list of one, and what is no value is left out."""
    if raw is None:
        return
    try:
        values = VALUES.decode(raw)
    except msgspec.ValidationError:
        values = list(_single_values(raw))
    for value in values:
        if value.is_public is not False:
            yield value


def _single_values(raw: msgspec.Raw) -> Iterator[Value]:
    found = msgspec.json.decode(raw)
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, str | int | float):
            yield Value(one)
        elif isinstance(one, dict):
            try:
                yield msgspec.convert(one, Value)
            except msgspec.ValidationError:
                continue


def _read(value: Value) -> Reading:
    if value.id and value.value is None:
        label = (value.label or value.display_title or "").strip()
        language = value.language or value.language_of_label
        return Reading(label or value.id, language, parts={"uri": [value.id], "name": [label or value.id]})
    text = "" if value.value is None else str(value.value).strip()
    return Reading(text, value.language)


def _give(reading: Reading, compiled: Compiled, readings: Readings) -> None:
    rule = compiled.rule
    said = reading.parts.get("uri", [""])[0] if rule.to in ADDRESSED else ""  # its label may be no more than "DOI"
    text = shape_text(said or reading.text, compiled) if compiled.shaped else said or reading.text
    pieces = split_text(text, rule.split) if rule.split else [text] if text else []
    for piece in pieces:
        readings.targets[rule.to].append(structs.replace(reading, text=piece, kind=rule.kind))
