"""dc:type and its kin, split over the axes that repositories mix in it: type, status, genre, access, format."""

import functools
import re
from typing import Final

from msgspec import Struct

from harvester.item import Term
from harvester.values.tables import fold, load_table

_PREFIX: Final = re.compile(
    r"(?:info:[\w-]+/semantics/|https?://purl\.org/(?:eprint/type/|eprint/status/|dc/dcmitype/|dc/terms/"
    r"|info:eu-repo/semantics/|ontology/bibo/|spar/fabio/)|https?://(?:www\.)?schema\.org/"
    r"|dcmitype:|dctype:|dcterms:|bibo:|fabio:|schema:|coar:"
    r"|doc-type:|type:|linguistic-type:|discourse-type:|publications:|eprint_type:)\s*",
    re.IGNORECASE,
)
_COAR: Final = re.compile(
    r"https?://(?:vocabularies\.coar-repositories|purl)\.org/(?:coar/)?(resource_types?|version_types?|versions?"
    r"|access_rights?)/([\w-]+)/?"
)
_FORMAT: Final = re.compile(
    r"(?:application|audio|chemical|font|image|message|model|multipart|text|video)/[a-z0-9][a-z0-9.+-]*", re.IGNORECASE
)
_SPLIT: Final = re.compile(r"\s*[,;|]\s*|\s+/\s+|\s*::\s*|\s*>\s*")
_MAX_PARTS: Final = 5
# What Dryad and others write about an embargo where the type should be: a time, or that there is none.
_NO_TYPE: Final = frozenset(["none", "oneyear", "custom", "na", "null", "default"])


class TypeFacts(Struct, frozen=True):
    """What one value of dc:type says; `known` is False where no table has it."""

    resource_type: Term | None = None
    status: tuple[Term, ...] = ()
    genre: tuple[Term, ...] = ()
    access: Term | None = None
    format: str | None = None
    known: bool = True


@functools.lru_cache(maxsize=8192)
def classify_type(text: str) -> TypeFacts:
    """Give what a value says of type, status, genre, access and format.

    A value of several parts ("Article, scholarly/refereed, author accepted manuscript") is read part by part, if all
    parts are known. A value that is not known is a type with its own words as label.
    """
    text = text.strip()
    if not text:
        return TypeFacts(known=False)
    whole = _look_up(text, text)
    if whole is not None:
        return whole
    parts = [part for part in _SPLIT.split(text) if part]
    if 1 < len(parts) <= _MAX_PARTS:
        facts = [_look_up(part, text) for part in parts]
        if all(facts):
            return _join([fact for fact in facts if fact is not None])
    return TypeFacts(Term(text, text), known=False)


def _look_up(part: str, literal: str) -> TypeFacts | None:
    if _FORMAT.fullmatch(part):
        return TypeFacts(format=part.lower())
    word = fold(_PREFIX.sub("", _COAR.sub(_coar_uri, part)))
    if word in _NO_TYPE:
        return TypeFacts()
    for axis in ("resource_types", "resource_status", "genres", "access"):
        if known := load_table(axis).get(word):
            return _on_axis(axis, Term(known.label, literal, known.uri))
    return None


def _on_axis(axis: str, term: Term) -> TypeFacts:
    if axis == "resource_types":
        return TypeFacts(term)
    if axis == "access":
        return TypeFacts(access=term)
    return TypeFacts(status=(term,)) if axis == "resource_status" else TypeFacts(genre=(term,))


def _coar_uri(match: re.Match[str]) -> str:
    """Give a COAR concept's URI for the address of its page."""
    return f"http://purl.org/coar/{match[1].rstrip('s').replace('version_type', 'version')}/{match[2]}"


def _join(facts: list[TypeFacts]) -> TypeFacts:
    return TypeFacts(
        next((fact.resource_type for fact in facts if fact.resource_type), None),
        tuple(dict.fromkeys(term for fact in facts for term in fact.status)),
        tuple(dict.fromkeys(term for fact in facts for term in fact.genre)),
        next((fact.access for fact in facts if fact.access), None),
        next((fact.format for fact in facts if fact.format), None),
    )
