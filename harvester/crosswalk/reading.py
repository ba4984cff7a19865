"""Read a record's metadata: one walk over its elements, each handed to the rules of its mapping."""

import functools
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from lxml import etree
from msgspec import Struct, structs

from harvester.crosswalk.mapping import Compiled, Mapping, Node, Rule, Step, local_name
from harvester.values.people import split_people

IN_LANGUAGE: Final = re.compile(r"\.(?:none|\*|[a-z]{2}(?:_[A-Z]{2})?)$")
RDF_RESOURCE: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"
PEOPLE: Final = "people"
PROPERTY: Final = "property"
XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


class Reading(Struct, frozen=True, gc=False):
    """One value as the record has it. `kind` is what the rule says, or else the attribute's own word."""

    text: str
    lang: str | None = None
    kind: str = ""
    parts: dict[str, list[str]] = {}


Described = dict[str, dict[str, list[str]]]
Wants = tuple[tuple[str, frozenset[str]], ...]


class Readings(Struct, frozen=True):
    """All values of one record, by target, and every value without a rule by its element's name in snake_case."""

    targets: defaultdict[str, list[Reading]]
    extra: defaultdict[str, list[str]]


def read_metadata(mapping: Mapping, element: etree._Element) -> Readings:
    """Walk a record's metadata once and give every value that is in it."""
    for wrapped in mapping.wraps:
        inside = next(element.iter(*(f"{{*}}{root}" for root in (wrapped.root, *sorted(wrapped.also)))), None)
        if inside is not None:
            return read_metadata(wrapped, inside)
    root = _root(mapping, element)
    readings = Readings(defaultdict(list), defaultdict(list))
    if mapping.nested:
        _walk_nested(root, mapping, (), readings)
        return readings
    own = _read_own(mapping, root, readings)
    if mapping.top.rules:
        _apply(root, mapping.top, readings, own)
    else:
        _walk(root, mapping.top, readings, own)
    for target, steps in mapping.around:
        for text in _find(element, steps):
            readings.targets[target].append(Reading(text))
    if mapping.known:
        _resolve(readings, _describe(mapping, root))
    for reading in readings.targets.pop(PROPERTY, ()):
        readings.extra[reading.kind].append(reading.text)
    return readings


def _describe(mapping: Mapping, root: etree._Element) -> Described:
    """Give the parts of the things that a record describes, by what they go by; of several languages English first."""
    described: Described = {}
    for thing in mapping.known:
        for place in _places([root], thing.path):
            parts = {}
            for name, steps in thing.parts:
                found = sorted(_places([place], steps), key=lambda label: label.get(XML_LANG, "en")[:2] != "en")
                parts[name] = [text for label in found if (text := _text(label))]
            for key in _find(place, thing.key):
                described.setdefault(key, {name: texts for name, texts in parts.items() if texts})
    return described


def _resolve(readings: Readings, described: Described) -> None:
    """Give each reading that refers to a described thing its parts; what refers to nothing known is kept as it is."""
    for target, found in readings.targets.items():
        if not any("ref" in reading.parts for reading in found):
            continue
        resolved = []
        for reading in found:
            parts = {name: texts for name, texts in reading.parts.items() if name != "ref"}
            keys = reading.parts.get("ref", ())
            for key in keys:
                for name, texts in described.get(key, {}).items():
                    parts[name] = [*parts.get(name, []), *texts]
            text = reading.text or next(iter(parts.get("name", ())), "")
            if text or parts:
                resolved.append(structs.replace(reading, text=text, parts=parts))
            else:
                readings.extra[reading.kind if target == PROPERTY else target].extend(keys)
        found[:] = resolved


def _root(mapping: Mapping, element: etree._Element) -> etree._Element:
    if not mapping.root or local_name(element.tag) == mapping.root:
        return element
    return next(element.iter(f"{{*}}{mapping.root}"), element)


def _read_own(mapping: Mapping, root: etree._Element, readings: Readings) -> etree._Element | None:
    """Read the element that holds the work itself, where a format has several works in a record."""
    children = _by_name(root) if mapping.focus else {}
    for steps, kind in mapping.focus:
        place = next(iter(_reach(root, children, steps)), None)
        if place is not None and mapping.own is not None:
            if kind:
                readings.targets["type"].append(Reading(kind))
            _apply(place, mapping.own, readings)
            return place
    return None


def _walk_nested(element: etree._Element, mapping: Mapping, names: tuple[str, ...], readings: Readings) -> None:
    """Read fields whose name is told by the elements around them; the last may be their language."""
    for child in element.iterchildren(etree.Element):
        tag = local_name(child.tag)
        if tag == mapping.nested:
            _walk_nested(child, mapping, (*names, child.get("name", "")), readings)
            continue
        key = _named(child, mapping.top) if not names else ".".join(names)
        node, lang = mapping.top.below.get(key), child.get("lang") or child.get("language")
        if node is None and len(names) > 1:
            node = mapping.top.below.get(".".join(names[:-1]))
            lang = None if names[-1] == "none" else names[-1].replace("_", "-")
        if names and child.get("name") not in {"value", None}:
            continue  # authority and confidence
        _give(child, node or mapping.top.below.get(key.partition(".")[0]), key, lang, readings)


def _give(element: etree._Element, node: Node | None, key: str, lang: str | None, readings: Readings) -> None:
    if node is None:
        if not key:
            _keep(element, readings.extra)
        elif text := _text(element):
            name = re.sub(r"\W+", "_", IN_LANGUAGE.sub("", key.removeprefix("dc.")))
            readings.extra[snake_case(name)].append(text)
    elif not node.dropped:
        for compiled in node.rules:
            readings.targets[compiled.rule.to].extend(
                structs.replace(reading, lang=lang) if lang and lang != "*" else reading
                for reading in _read(element, compiled)
            )


def _walk(element: etree._Element, node: Node, readings: Readings, own: etree._Element | None = None) -> None:
    targets, plain = readings.targets, node.plain_tags
    for child in element:
        name = plain.get(child.tag)
        if name is None or len(child):
            _meet(child, node, readings, own)
        elif (text := child.text) and (text := text.strip()):
            targets[name].append(Reading(text, child.get(XML_LANG) if child.keys() else None))  # most have no attribute
        elif not child.text and (resource := child.get(RDF_RESOURCE)):
            targets[name].append(Reading(resource.strip()))


def _meet(element: etree._Element, parent: Node, readings: Readings, own: etree._Element | None = None) -> None:
    """Read an element of which more may be wanted than its text, or nothing."""
    if not isinstance(element.tag, str) or element is own:
        return
    if parent.named and local_name(element.tag) in parent.named:
        node = parent.below.get(_named(element, parent))
    else:
        node = parent.child(element.tag)
    if node is None:
        _keep(element, readings.extra, parent)
    else:
        _apply(element, node, readings, own)


def _named(element: etree._Element, node: Node) -> str:
    """Give the name that an element has by its attributes."""
    attributes = node.named.get(local_name(element.tag), ())
    return ".".join([said for attribute in attributes if (said := element.get(attribute))])


def _apply(element: etree._Element, node: Node, readings: Readings, own: etree._Element | None = None) -> None:
    """Give an element to the rules of its node, and walk on below it."""
    if node.dropped or (node.dropped_if and _is_dropped(element, node)):
        return
    for compiled in node.rules:
        if not compiled.wants or _wanted(element, compiled.wants):
            readings.targets[compiled.rule.to].extend(_read(element, compiled))
    if node.below:
        _walk(element, node, readings, own)


def _is_dropped(element: etree._Element, node: Node) -> bool:
    return any(_wanted(element, rule.wants) and any(_read(element, rule)) for rule in node.dropped_if)


def _wanted(element: etree._Element, wants: Wants) -> bool:
    return bool(_filter([element], wants))


def _filter(found: list[etree._Element], wants: Wants) -> list[etree._Element]:
    for name, values in wants:
        found = [place for place in found if _attribute(place, name).lower() in values]
    return found


def _read(element: etree._Element, compiled: Compiled) -> Iterable[Reading]:
    rule = compiled.rule
    if compiled.attribute:
        text = _attribute(element, compiled.attribute)
    elif compiled.text:
        text = _joined(element, compiled)
    else:  # what stands in the parts of a structured value is theirs
        text = "" if compiled.parts and len(element) else _text(element)
        if not text and not compiled.parts:
            text = element.get(RDF_RESOURCE, "").strip()
    if compiled.shaped:
        text = shape_text(text, compiled)
    lang = (element.get(XML_LANG) or element.get("lang")) if element.keys() else None
    if compiled.parts:
        parts = _read_parts(element, compiled)
        return (Reading(text, lang, _kind(element, rule), parts),) if parts or text else ()
    if not text:
        return ()
    if rule.split:
        return [Reading(piece, lang, _kind(element, rule)) for piece in split_text(text, rule.split)]
    return (Reading(text, lang, _kind(element, rule) if rule.kind else ""),)


def _joined(element: etree._Element, compiled: Compiled) -> str:
    rule, joined = compiled.rule, ""
    for place in _places([element], compiled.text):
        text = _text(place)
        if not text:
            continue
        name = place.get("code") or local_name(place.tag)
        between = rule.joins.get(name, rule.join)
        if joined and joined[-1] in ":;=/,.?!" and not between.isspace():
            between = " "
        joined += f"{between}{text}" if joined else text
    return joined


def split_text(text: str, split: str) -> list[str]:
    """Give the values of a text that a rule splits."""
    pieces = split_people(text) if split == PEOPLE else text.split(split)
    return [stripped for piece in pieces if (stripped := piece.strip())]


def shape_text(text: str, compiled: Compiled) -> str:
    """Give what a rule makes of a text; nothing where it is not what the rule wants."""
    rule = compiled.rule
    if rule.chars:
        text = text[rule.chars[0] : rule.chars[1]]
    if compiled.pattern is not None:
        found = compiled.pattern.search(text[:1000])
        text = found[found.lastindex or 0] if found else ""
    if rule.values:
        text = rule.values.get(text, "")
    if rule.const:
        text = rule.const if text else ""
    return text.rstrip(rule.trim) if rule.trim else text


def _kind(element: etree._Element, rule: Rule) -> str:
    if not rule.kind.startswith("@"):
        return rule.kind
    said = _attribute(element, rule.kind[1:])
    return rule.kinds.get(said) or rule.kinds.get("*", said)


def _text(element: etree._Element) -> str:
    if len(element):
        return "".join(str(text) for text in element.itertext()).strip()
    text = element.text
    return text.strip() if text else ""


def _attribute(element: etree._Element, name: str) -> str:
    value = element.get(name)
    if value is None:
        keys = element.keys()
        key = _in_namespace(tuple(keys), name) if keys else ""
        value = element.get(key, "") if key else ""
    return value.strip()


@functools.lru_cache(maxsize=1024)
def _in_namespace(keys: tuple[str, ...], name: str) -> str:
    """Give the attribute of that name in any namespace, such as xlink:href; "" where there is none."""
    return next((key for key in keys if key.startswith("{") and local_name(key) == name), "")


def _read_parts(element: etree._Element, compiled: Compiled) -> dict[str, list[str]]:
    """Give the parts of a structured value that are there; its children are walked once for all of them."""
    children, parts = _by_name(element) if len(element) else {}, {}
    for name, steps in compiled.parts:
        last = steps[-1]
        if last.only:
            owners = _reach(element, children, steps[:-1]) if len(steps) > 1 else [element]
            found = [text for place in owners if (text := _attribute(place, last.only))]
        else:
            found = [text for place in _reach(element, children, steps) if (text := _text(place))]
        if found:
            parts[name] = found
    return parts


def _by_name(element: etree._Element) -> dict[str, list[etree._Element]]:
    children: dict[str, list[etree._Element]] = {}
    for child in element:
        if isinstance(tag := child.tag, str):
            children.setdefault(local_name(tag), []).append(child)
    return children


def _reach(
    element: etree._Element, children: dict[str, list[etree._Element]], steps: tuple[Step, ...]
) -> list[etree._Element]:
    """Give the places of a path below an element whose children are known by their names."""
    first = steps[0]
    if not first.is_name:
        return _places([element], steps)
    here = children.get(first.name)
    if here is None:
        return []
    if first.wants:
        here = _filter(here, first.wants)
    return _places(here, steps[1:]) if len(steps) > 1 else here


def _find(element: etree._Element, steps: tuple[Step, ...]) -> list[str]:
    if steps[-1].only:
        places = _places([element], steps[:-1])
        return [text for place in places if (text := _attribute(place, steps[-1].only))]
    return [text for place in _places([element], steps) if (text := _text(place))]


def _places(found: list[etree._Element], steps: tuple[Step, ...]) -> list[etree._Element]:
    for step in steps:
        if step.name != ".":
            names = step.names
            found = [
                child
                for place in found
                for child in place
                if isinstance(tag := child.tag, str) and (step.name == "*" or local_name(tag) in names)
            ]
            if step.wants:
                found = _filter(found, step.wants)
    return found


def _keep(element: etree._Element, extra: defaultdict[str, list[str]], parent: Node | None = None) -> None:
    """Keep what no rule names: the text of every leaf, or its attributes where it has none."""
    named = _named(element, parent) if parent is not None and parent.named else ""
    for leaf in element.iter(etree.Element) if len(element) else (element,):
        if len(leaf):
            continue
        text = _text(leaf)
        if text:
            extra[f"field_{named}" if named else _property_name(leaf.tag)].append(text)
            continue
        for key, value in leaf.attrib.items():
            said = str(value).strip()
            if said and not str(key).startswith("{") and not named:
                extra[_property_name(leaf.tag)].append(said)


@functools.cache
def _property_name(tag: str) -> str:
    return snake_case(local_name(tag))


@functools.cache
def snake_case(name: str) -> str:
    """Give an element's name as a property name: accessRights becomes access_rights."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
