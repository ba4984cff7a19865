"""What people change in an item: the words they write go through the normalisers that records go through."""

import difflib
import re
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any, Final

from msgspec import Struct, structs

from harvester.errors import RejectedError, cut
from harvester.item import (
    RESERVED_NAMES,
    Agent,
    Citation,
    Container,
    Date,
    Funding,
    Identifier,
    Language,
    Link,
    Metadata,
    Pages,
    Rights,
    Subject,
    Term,
    Text,
)
from harvester.values.dates import parse_date
from harvester.values.dois import doi_address, read_doi
from harvester.values.identifiers import parse_identifier
from harvester.values.languages import parse_language
from harvester.values.names import is_placeholder, parse_agent
from harvester.values.pages import parse_pages
from harvester.values.relations import RELATIONS
from harvester.values.rights import parse_rights
from harvester.values.texts import clean_text
from harvester.values.types import classify_type
from harvester.works.wording import one_line, worded_values, words_of

PERSON: Final = "person"
SINGLE: Final = frozenset({"date", "volume", "issue", "pages", "container", "citation", "doi", "access"})
DERIVED: Final = {
    "year": "edit date",
    "funding": "edit funder and grant_number",
    "links": "edit the relation, such as is_part_of",
    "dates": "edit date",
}
QUALITY: Final = {"title": "no_title", "date": "date_", "creator": "creators_"}
"""Quality codes (their beginning) that an edit of a property settles."""

ITEM_PATH: Final = "/items/"  # of an item of ours, as search_api gives it
ITEM: Final = re.compile(
    rf"(?:(?:https?://[^/\s]+)?(?:/[^\s?#]*)?{ITEM_PATH})?([0-9a-hjkmnp-tv-z]{{26}})/?(?:[?#]\S*)?"
)
"""An item's id, its path, or the address of its page, as a browser shows it."""

NOT_OURS: Final = re.compile(r"[\x00-\x1f]")


class EditError(RejectedError):
    """An edit that cannot be meant: names the property, the value and what would do."""


class Edit(Struct, frozen=True, kw_only=True):
    """What a person says of one property of an item, instead of all sources; no values clear it. `at` is in UTC."""

    property: str
    values: tuple[str, ...]
    author: str
    reason: str
    at: float


def is_editable(item: Metadata, name: str) -> bool:
    """Tell whether a property of an item can be edited: a declared one that is not derived, or one that it has."""
    return name in BUILDERS or name in RELATIONS or name in item.extra


def check_edit(item: Metadata, name: str, values: Sequence[str]) -> tuple[str, ...]:
    """Give the values of an edit without empty ones; what the item has already may stay. Raises: EditError."""
    if name in DERIVED:
        raise EditError(f"{name} is derived from other properties: {DERIVED[name]}")
    if not is_editable(item, name):
        why = (
            "it cannot be edited" if name in RESERVED_NAMES else "no such property is declared, and this item has none"
        )
        known = (*BUILDERS, *RELATIONS, *item.extra)
        near = difflib.get_close_matches(re.sub(r"[\s-]+", "_", name.strip().casefold()), known, n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise EditError(f"property {cut(name)!r}: {why}; {meant}editable are {', '.join(known)}")
    kept = tuple(value for value in values if value.strip())
    if name in SINGLE and len(kept) > 1:
        raise EditError(f"{name} has one value, {len(kept)} were given")
    standing = words_of(item, name)
    for value in kept:
        if one_line(value) not in standing and (NOT_OURS.search(value) or _build(name, value) is None):
            raise EditError(f"{name}={cut(value)!r}: it is not understood; {HINTS.get(name, 'write a text')}")
    return kept


def apply_edits(metadata: Metadata, edits: Sequence[Edit]) -> Metadata:
    """Give metadata as people want it: of each property the newest edit counts (edits come oldest first)."""
    newest = {edit.property: edit for edit in edits}
    for name in sorted(newest):
        metadata = _apply(metadata, name, newest[name].values)
    return metadata


def field_of(name: str) -> str:
    """Give the field of the item that a property is kept in."""
    if name in {"funder", "grant_number"}:
        return "funding"
    return "links" if name in RELATIONS else name if name in BUILDERS else "extra"


def _apply(metadata: Metadata, name: str, values: Sequence[str]) -> Metadata:
    field = field_of(name)
    built = [value for text in values if (value := _kept_or_built(metadata, name, text)) is not None]
    changes: dict[str, Any] = {field: _changed(metadata, name, built)}
    if name == "doi":
        changes["identifier"] = _own_doi(metadata, built)
    if name == "identifier":  # the own DOI is another property
        own = [one for one in metadata.identifier if one.scheme == "doi" and one.value == metadata.doi]
        changes["identifier"] = (*own, *(one for one in changes["identifier"] if one.value != metadata.doi))
    settled = QUALITY.get(name)
    if settled:
        changes["quality"] = tuple(code for code in metadata.quality if not code.startswith(settled))
    return structs.replace(metadata, **changes, origin=metadata.origin | {field: PERSON})


def _kept_or_built(metadata: Metadata, name: str, text: str) -> Any:  # noqa: ANN401 - a value of any field
    """Give the value that has these words already, with all that a source says of it besides; else one made of them."""
    found = (value for words, value in worded_values(metadata, name) if words == one_line(text))
    kept = next(found, None)
    return _build(name, text) if kept is None else kept


def _changed(metadata: Metadata, name: str, built: list[Any]) -> Any:  # noqa: ANN401 - a value of any field
    match field_of(name):
        case "funding":
            return _fund(metadata.funding, name, built)
        case "links":
            return (*(link for link in metadata.links if link.relation != name), *built)
        case "extra":
            others = {key: values for key, values in metadata.extra.items() if key != name}
            return others | ({name: tuple(built)} if built else {})
    return next(iter(built), None) if name in SINGLE else tuple(dict.fromkeys(built))


def _fund(funding: Sequence[Funding], name: str, built: Sequence[str]) -> tuple[Funding, ...]:
    """Pair funders and grants by their places; what else was said of a place stays where its funder does."""
    found = []
    for before, value in zip_longest(funding, built):
        old = before or Funding()
        if name == "grant_number":
            new = structs.replace(old, number=value, uri=None if value != old.number else old.uri)
        else:
            new = old if value == old.funder else structs.replace(old, funder=value, funder_id=None)
        found.append(new)
    return tuple(one for one in found if one.funder or one.number)


def _own_doi(metadata: Metadata, built: Sequence[str]) -> tuple[Identifier, ...]:
    """Make the edited DOI the own one; the former own one is an alternate."""
    own = [Identifier("doi", doi, doi_address(doi)) for doi in built]
    others = [one for one in metadata.identifier if one.scheme != "doi" or one.value not in built]
    told = [
        structs.replace(one, role="alternate") if one.scheme == "doi" and one.role == "self" else one for one in others
    ]
    return (*own, *told)


def _build(name: str, text: str) -> Any:  # noqa: ANN401 - a value of any field
    """Give the value of a property for a text, None where it is not understood."""
    if name in RELATIONS:
        return _link(name, text)
    return BUILDERS.get(name, _text)(text)


def _text(text: str) -> str | None:
    return clean_text(text) or None


def _prose(text: str) -> Text | None:
    value = clean_text(text)
    return Text(value) if value else None


def _agent(text: str) -> Agent | None:
    name = clean_text(text)
    return parse_agent(name) if name and not is_placeholder(name) else None


def _date(text: str) -> Date | None:
    date = parse_date(text.strip())
    return date if date.edtf else None


def _pages(text: str) -> Pages | None:
    return parse_pages(text.strip())


def _container(text: str) -> Container | None:
    value = clean_text(text)
    return Container(value) if value else None


def _resource_type(text: str) -> Term | None:
    value = clean_text(text)
    return classify_type(value).resource_type or (Term(value, value) if value else None)


def _status(text: str) -> Term | None:
    value = clean_text(text)
    return next(iter(classify_type(value).status), None) or (Term(value, value) if value else None)


def _genre(text: str) -> Term | None:
    value = clean_text(text)
    return next(iter(classify_type(value).genre), None) or (Term(value, value) if value else None)


def _access(text: str) -> Term | None:
    value = clean_text(text)
    return parse_rights(value).access or classify_type(value).access


def _rights(text: str) -> Rights | None:
    return parse_rights(clean_text(text)).rights


def _citation(text: str) -> Citation | None:
    value = clean_text(text)
    return Citation(value, PERSON) if value else None


def _language(text: str) -> Language | None:
    language = parse_language(text.strip())
    return language if language.tag else None


def _subject(text: str) -> Subject | None:
    value = clean_text(text)
    return Subject(value) if value else None


def _identifier(text: str) -> Identifier | None:
    """Give an identifier; a DOI is a further one, for the own one has a property of its own."""
    found = parse_identifier(text.strip())
    return structs.replace(found, role="alternate") if found and found.scheme == "doi" else found


def _link(relation: str, text: str) -> Link | None:
    doi = read_doi(text)
    if doi is not None:
        return Link(relation, doi=doi)
    ours = ITEM.fullmatch(text.strip())
    if ours is not None:
        return Link(relation, url=ITEM_PATH + ours[1])
    if text.startswith(("http://", "https://", ITEM_PATH)) and " " not in text.strip():
        return Link(relation, url=text.strip())
    title = clean_text(text)
    return Link(relation, title=title) if title else None


BUILDERS: Final[dict[str, Callable[[str], Any]]] = {
    "title": _prose,
    "alternative": _prose,
    "abstract": _prose,
    "description": _prose,
    "creator": _agent,
    "contributor": _agent,
    "date": _date,
    "volume": _text,
    "issue": _text,
    "pages": _pages,
    "container": _container,
    "publisher": _text,
    "resource_type": _resource_type,
    "resource_status": _status,
    "genre": _genre,
    "funder": _text,
    "grant_number": _text,
    "citation": _citation,
    "doi": read_doi,
    "identifier": _identifier,
    "language": _language,
    "subject": _subject,
    "rights": _rights,
    "access": _access,
}

HINTS: Final = {
    "date": "write it as 2017, 2017-05 or 2017-05-12",
    "doi": "write it as 10.1000/182",
    "language": "write a tag such as en, or the language's name",
    "access": "write open access, restricted access, embargoed access or metadata only access",
    "rights": "write a licence, its address, or the statement",
    "pages": "write them as 569-588",
    "creator": "write a name, as Family, Given",
    "contributor": "write a name, as Family, Given",
}
