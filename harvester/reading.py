"""Read a record's metadata: one walk over its elements, each handed to the rules of its mapping."""

import functools
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from lxml import etree
from msgspec import Struct

from harvester.mapping import Compiled, Mapping, Node, Rule, Step, local_name

XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


class Reading(Struct, frozen=True, gc=False):
    """One value as the record has it. `kind` is what the rule says, or else the attribute's own word."""

    text: str
    lang: str | None = None
    kind: str = ""
    parts: dict[str, list[str]] = {}


class Readings(Struct, frozen=True):
    """All values of one record, by target, and every value without a rule by its element's name in snake_case."""

    targets: defaultdict[str, list[Reading]]
    extra: defaultdict[str, list[str]]


def read_metadata(mapping: Mapping, element: etree._Element) -> Readings:
    """Walk a record's metadata once and give every value that is in it."""
    root = element
    if mapping.root and local_name(element.tag) != mapping.root:
        root = next(element.iter(f"{{*}}{mapping.root}"), element)
    readings = Readings(defaultdict(list), defaultdict(list))
    _walk(root, mapping.top, readings)
    return readings


def _walk(element: etree._Element, node: Node, readings: Readings) -> None:
    targets, plain = readings.targets, node.plain_tags
    for child in element:
        name = plain.get(child.tag)
        if name is None or len(child):
            _meet(child, node, readings)
        elif (text := child.text) and (text := text.strip()):
            targets[name].append(Reading(text, child.get(XML_LANG) if child.keys() else None))  # most have no attribute


def _meet(element: etree._Element, parent: Node, readings: Readings) -> None:
    """Read an element of which more may be wanted than its text, or nothing."""
    node = parent.child(element.tag)
    if node is None:
        _keep(element, readings.extra)
    else:
        _apply(element, node, readings)


def _apply(element: etree._Element, node: Node, readings: Readings) -> None:
    """Give an element to the rules of its node, and walk on below it."""
    for compiled in node.rules:
        if all(element.get(name) == value for name, value in compiled.wants):
            readings.targets[compiled.rule.to].extend(_read(element, compiled))
    if node.below:
        _walk(element, node, readings)


def _read(element: etree._Element, compiled: Compiled) -> Iterable[Reading]:
    rule = compiled.rule
    text = _attribute(element, compiled.attribute) if compiled.attribute else _text(element)
    if compiled.parts:
        parts = {name: found for name, steps in compiled.parts if (found := _find(element, steps))}
        return (Reading(text, element.get(XML_LANG), _kind(element, rule), parts),) if parts or text else ()
    if not text:
        return ()
    if rule.split:
        return [Reading(piece.strip(), element.get(XML_LANG), _kind(element, rule)) for piece in text.split(rule.split)]
    return (Reading(text, element.get(XML_LANG), _kind(element, rule) if rule.kind else ""),)


def _kind(element: etree._Element, rule: Rule) -> str:
    if not rule.kind.startswith("@"):
        return rule.kind
    said = _attribute(element, rule.kind[1:])
    return rule.kinds.get(said, said)


def _text(element: etree._Element) -> str:
    if len(element):
        return "".join(str(text) for text in element.itertext()).strip()
    text = element.text
    return text.strip() if text else ""


def _attribute(element: etree._Element, name: str) -> str:
    value = element.get(name)
    if value is None:  # in a namespace, such as xlink:href
        value = next((str(found) for key, found in element.attrib.items() if local_name(str(key)) == name), "")
    return value.strip()


def _find(element: etree._Element, steps: tuple[Step, ...]) -> list[str]:
    found = [element]
    for step in steps:
        if step.only:
            return [text for place in found if (text := _attribute(place, step.only))]
        if step.name != ".":
            found = [child for place in found for child in place if _fits(child, step)]
    return [text for place in found if (text := _text(place))]


def _fits(element: etree._Element, step: Step) -> bool:
    if not isinstance(element.tag, str) or (step.name not in {"*", local_name(element.tag)}):
        return False
    return not step.attribute or _attribute(element, step.attribute).lower() == step.value.lower()


def _keep(element: etree._Element, extra: defaultdict[str, list[str]]) -> None:
    """Keep what no rule names: the text of every leaf, or its attributes where it has none."""
    for leaf in element.iter(etree.Element) if len(element) else (element,):
        if len(leaf):
            continue
        text = _text(leaf)
        if text:
            extra[_property_name(leaf.tag)].append(text)
            continue
        for key, value in leaf.attrib.items():
            said = str(value).strip()
            if said and not str(key).startswith("{"):
                extra[_property_name(leaf.tag)].append(said)


@functools.cache
def _property_name(tag: str) -> str:
    return snake_case(local_name(tag))


@functools.cache
def snake_case(name: str) -> str:
    """Give an element's name as a property name: accessRights becomes access_rights."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
