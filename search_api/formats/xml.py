"""XML that is written: elements with text that XML can hold."""

import re
from collections.abc import Mapping
from typing import Any, Final

from lxml import etree

XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")


def add(
    parent: etree._Element,
    name: str,
    text: str | None,
    attributes: Mapping[str, str | None] = {},
    *,
    lang: str | None = None,
) -> etree._Element | None:
    """Add an element with a text, where there is one; attributes of None are left out."""
    said = NOT_XML.sub("", text or "").strip()
    if not said:
        return None
    element = etree.SubElement(parent, name)
    element.text = said
    for key, value in attributes.items():
        if value:
            element.set(key, NOT_XML.sub("", value))
    if lang and LANGUAGE.fullmatch(lang):
        element.set(LANG, lang)
    return element


def declared(namespaces: Mapping[str | None, str]) -> Any:  # noqa: ANN401 - lxml's stubs want a dict of their own
    """Give namespaces by prefix as lxml takes them."""
    return dict(namespaces)


def write(element: etree._Element) -> bytes:
    """Give an element's XML in UTF-8, without a declaration."""
    return etree.tostring(element, encoding="UTF-8", xml_declaration=False)
