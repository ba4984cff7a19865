"""Items as the REST API of Omeka S gives them (4.2, ItemRepresentation and ValueRepresentation), made here."""

import json
from collections.abc import Sequence

HUB = "https://hub.example"
TIME = "http://www.w3.org/2001/XMLSchema#dateTime"


def literal(text: str, **more: object) -> dict[str, object]:
    """Give a text."""
    return {"type": "literal", "property_id": 1, "property_label": "-", "is_public": True, "@value": text, **more}


def address(url: str, label: str | None = None, **more: object) -> dict[str, object]:
    """Give an address, with a label where it has one."""
    labelled = {"o:label": label} if label else {}
    return {"type": "uri", "property_id": 1, "property_label": "-", "is_public": True, "@id": url, **labelled, **more}


def resource(number: int, title: str, **more: object) -> dict[str, object]:
    """Give another item of the hub."""
    return {
        "type": "resource:item",
        "property_id": 1,
        "property_label": "-",
        "is_public": True,
        "@id": f"{HUB}/api/items/{number}",
        "value_resource_id": number,
        "value_resource_name": "items",
        "url": None,
        "display_title": title,
        **more,
    }


def stamp(text: str) -> dict[str, str]:
    """Give a time of a change."""
    return {"@value": text, "@type": TIME}


def made_item(number: int, **properties: object) -> dict[str, object]:
    """Give an item; a property is named dcterms__title, a key of Omeka's own o__modified."""
    item: dict[str, object] = {
        "@context": f"{HUB}/api-context",
        "@id": f"{HUB}/api/items/{number}",
        "@type": ["o:Item", "bibo:AcademicArticle"],
        "o:id": number,
        "o:is_public": True,
        "o:owner": {"@id": f"{HUB}/api/users/1", "o:id": 1},
        "o:resource_class": {"@id": f"{HUB}/api/resource_classes/36", "o:id": 36},
        "o:resource_template": {"@id": f"{HUB}/api/resource_templates/4", "o:id": 4},
        "o:thumbnail": None,
        "o:title": f"Item {number}",
        "thumbnail_display_urls": {"large": None, "medium": None, "square": None},
        "o:created": stamp("2021-03-02T10:00:00+00:00"),
        "o:modified": stamp("2022-04-03T12:30:00+02:00"),
        "o:primary_media": None,
        "o:media": [],
        "o:item_set": [{"@id": f"{HUB}/api/item_sets/9", "o:id": 9}],
        "o:site": [],
        "dcterms:title": [literal(f"Item {number}")],
    }
    return item | {name.replace("__", ":"): value for name, value in properties.items()}


def saved_page(items: Sequence[object]) -> bytes:
    """Give an answer to /api/items: an array on one line, as PHP writes it."""
    return json.dumps(items, separators=(",", ":")).replace("/", "\\/").encode()


def saved_lines(items: Sequence[object]) -> bytes:
    """Give objects one a line (JSON Lines)."""
    return b"".join(saved_page([item])[1:-1] + b"\n" for item in items)
