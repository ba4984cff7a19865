"""What a saved answer of a REST API is: items of Omeka S, resources of another class, an error, or an empty list."""

import contextlib
from typing import Final

import msgspec

from harvester.crosswalk.reading import snake_case
from harvester.dumps.saved import Saved
from harvester.errors import cut
from harvester.parsing.json_page import ITEM, JSON_ROOT, OMEKA, JsonPage, parse_json_page, read_head
from harvester.parsing.record import RecordError
from harvester.store.ledger.imports import NOT_PUBLIC

ERRORS: Final = "errors"


def look_at_json(body: bytes) -> Saved:
    """Tell what a saved JSON answer is. Raises: JsonCutError."""
    page = parse_json_page(body)
    if not page.received:
        return Saved(skipped="no_records_match")
    heads = []
    for content in page.objects:
        with contextlib.suppress(RecordError):  # set aside where the page is stored
            heads.append(read_head(content))
    kinds = [head.kind for head in heads]
    if not page.broken and len(heads) == page.received and ITEM not in kinds and all(kinds):
        return Saved(skipped=snake_case(kinds[0].removeprefix(OMEKA)))
    if said := _error(page):
        return Saved(refused=f"it is an error that a REST API answered: {cut(said)}")
    if not any(head.id or head.number for head in heads):
        return Saved(refused="it is JSON without any item of Omeka S: no object in it has an @id or o:id")
    hidden = sum(head.is_public is False for head in heads)
    notes = {NOT_PUBLIC: hidden} if hidden else {}
    return Saved(
        body=body, received=page.received, repairs=notes, root=JSON_ROOT, names=frozenset({JSON_ROOT}), kind="json"
    )


def _error(page: JsonPage) -> str:
    """Give the error that an answer of a single object tells; "" where it tells none."""
    if page.received != 1 or not page.objects:
        return ""
    answer = msgspec.json.decode(page.objects[0], type=dict[str, msgspec.Raw])
    return bytes(answer[ERRORS]).decode("utf-8", "replace") if ERRORS in answer and "@id" not in answer else ""
