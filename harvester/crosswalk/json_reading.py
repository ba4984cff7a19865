"""Read a JSON-LD object, such as an Omeka S item, into the same readings as a record in XML.

Source: Omeka S REST API (https://omeka.org/s/docs/developer/api/rest_api/): a property is a term ("dcterms:title")
with a list of values, each a literal (`@value`, `@language`), an address (`@id`, `o:label`) or another resource
(`@id`, `display_title`). What is not public is not read; what is Omeka's own housekeeping (`o:…`) is no property.
"""

from collections import defaultdict
from collections.abc import Iterator

import msgspec
from lxml import etree
from msgspec import Struct, structs

from harvester.crosswalk.mapping import Compiled, Mapping, Node
from harvester.crosswalk.reading import PROPERTY, Reading, Readings, shape_text, snake_case, split_text
from harvester.errors import RejectedError


class JsonMetadataError(RejectedError):
    """Metadata that should be a JSON-LD object and is none."""


class Value(Struct, frozen=True):
    """One value of a property, with the keys that are read."""

    value: str | int | float | bool | None = msgspec.field(default=None, name="@value")
    language: str | None = msgspec.field(default=None, name="@language")
    id: str | None = msgspec.field(default=None, name="@id")
    label: str | None = msgspec.field(default=None, name="o:label")
    display_title: str | None = None
    is_public: bool = True


def read_json_element(mapping: Mapping, element: etree._Element) -> Readings:
    """Read a metadata element whose text is a JSON-LD object. Raises: JsonMetadataError."""
    return read_json(mapping, "".join(str(text) for text in element.itertext()))


def read_json(mapping: Mapping, content: str | bytes) -> Readings:
    """Read a JSON-LD object by a mapping whose paths are its terms. Raises: JsonMetadataError."""
    try:
        item = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise JsonMetadataError(f"the metadata is no JSON object: {error}") from error
    readings = Readings(defaultdict(list), defaultdict(list))
    for compiled in mapping.top.rules:
        for value in _values(item.pop(f"@{compiled.attribute}", None)):
            _give(_read(value), compiled, readings)
    for term, raw in item.items():
        node = _node(mapping.top, term)
        if node is None and term.startswith(("@", "o:")):
            continue
        for value in _values(raw):
            _take(term, value, node, readings)
    for reading in readings.targets.pop(PROPERTY, ()):
        readings.extra[reading.kind].append(reading.text)
    return readings


def _node(top: Node, term: str) -> Node | None:
    """Give the node of a term, by its full name or by its name in any vocabulary."""
    return top.below.get(term.replace(":", ".")) or top.below.get(term.rpartition(":")[2])


def _take(term: str, value: Value, node: Node | None, readings: Readings) -> None:
    reading = _read(value)
    if node is None:
        if reading.text:
            readings.extra[snake_case(term.rpartition(":")[2])].append(reading.text)
    elif not node.dropped:
        for compiled in node.rules:
            _give(reading, compiled, readings)


def _values(raw: msgspec.Raw | None) -> Iterator[Value]:
    """Give the values of a property; a lone value counts as a list of one, and what is no value is left out."""
    if raw is None:
        return
    found = msgspec.json.decode(raw)
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, str | int | float):
            yield Value(one)
        elif isinstance(one, dict):
            try:
                value = msgspec.convert(one, Value)
            except msgspec.ValidationError:
                continue
            if value.is_public:
                yield value


def _read(value: Value) -> Reading:
    if value.id and value.value is None:
        label = (value.label or value.display_title or "").strip()
        return Reading(label or value.id, value.language, parts={"uri": [value.id], "name": [label or value.id]})
    text = "" if value.value is None else str(value.value).strip()
    return Reading(text, value.language)


def _give(reading: Reading, compiled: Compiled, readings: Readings) -> None:
    rule = compiled.rule
    text = shape_text(reading.text, compiled) if compiled.shaped else reading.text
    pieces = split_text(text, rule.split) if rule.split else [text] if text else []
    for piece in pieces:
        readings.targets[rule.to].append(structs.replace(reading, text=piece, kind=rule.kind))
