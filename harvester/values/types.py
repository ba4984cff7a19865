"""dc:type and its kin, split over the axes that repositories mix in it: type, status, genre, access, format."""

import functools
import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from harvester.item import Term
from harvester.values.tables import fold, fold_accents, load_phrases, load_table, load_unaccented, space_words

GENERIC_TYPES: Final = frozenset({"text", "other", "collection"})
"""Types that give way to a particular one."""

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
_MAX_WORDS: Final = 9
_AXES: Final = ("resource_types", "resource_status", "genres", "access")
_CODE: Final = re.compile(r"\d{1,3}[A-Za-z]?\s*[-–.:)]\s*(?=\D)")  # "01A - Beitrag in wissenschaftlicher Zeitschrift"
_HEAD: Final = re.compile(r"(?P<head>[^(/:]{3,60}?)\s*(?:\((?P<rest>[^()]+)\)|[/:]\s*(?P<more>\S.*)|[.,;]+)")
_GLUED: Final = re.compile(r"(?<=[^\W\dA-Z_])(?=[A-ZÄÖÜÉ])")  # "RezensionReview"
_ADDRESS: Final = re.compile(r"https?://\S+[/#]([A-Za-z][\w-]+)/?")
_NUMBER: Final = re.compile(r"(?:doi:)?10\.\d{4,9}/\S+|[A-Z]{0,5}[-_ ]?\d[\d._-]*", re.IGNORECASE)


TERM_TABLES: Final = {
    "resource_type": "resource_types",
    "resource_status": "resource_status",
    "genre": "genres",
    "access": "access",
}
"""The tables of terms that values of these properties are read as."""


class TypeFacts(Struct, frozen=True):
    """What one value of dc:type says; `known` is False where no table has it.

    `subject` is a topic that stands where the type should be, `other` a value that is no type.
    """

    resource_type: Term | None = None
    status: tuple[Term, ...] = ()
    genre: tuple[Term, ...] = ()
    access: Term | None = None
    format: str | None = None
    subject: str | None = None
    other: str | None = None
    known: bool = True


@functools.cache
def terms_of(name: str) -> frozenset[str]:
    """Give the terms that values of a property are read as; none where it has no table of them."""
    table = TERM_TABLES.get(name)
    return frozenset(known.label for known in load_table(table).values()) if table else frozenset()


@functools.lru_cache(maxsize=8192)
def classify_type(text: str) -> TypeFacts:
    """Give what a value says of type, status, genre, access and format.

    A value of several parts ("Article, scholarly/refereed, author accepted manuscript") is read part by part, if all
    parts are known; else by what it is at its head ("Dataset/Neurophysiology", "Thesis (Ed.S.)", "Protein binding
    data"). A value that is not known is a type with its own words as label.
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
    return _by_head(text) or TypeFacts(Term(text, text), known=False)


def _by_head(text: str) -> TypeFacts | None:
    """Read a value that is not known as a whole by the part that says what it is."""
    code = _CODE.match(text)
    if code and (facts := _look_up(text[code.end() :], text) or _by_phrase(text[code.end() :], text)):
        return facts
    head = _HEAD.fullmatch(text)
    if head and (facts := _look_up(head["head"], text)) and not facts.other:
        rest = head["rest"] or head["more"]
        more = _look_up(rest, text) if rest else None
        return _join([facts, more]) if more else facts
    glued = [_look_up(part, text) for part in _GLUED.split(text)] if " " not in text else []
    if len(glued) == 2 and glued[0] and glued[0] == glued[1]:  # the same word in two languages
        return glued[0]
    address = _ADDRESS.fullmatch(text)
    if address and (facts := _look_up(address[1], text)):
        return facts
    return TypeFacts(other=text) if _NUMBER.fullmatch(text) else _by_phrase(text, text)


def _by_phrase(text: str, literal: str) -> TypeFacts | None:
    """Read a longer name by the words that it begins or ends with."""
    words = space_words(text)
    if words.count(" ") > _MAX_WORDS + 1:
        return None
    for axis in ("resource_types", "genres"):
        phrases = load_phrases(axis)
        found = next((known for phrase, known in phrases.ends if words.endswith(phrase)), None) or next(
            (known for phrase, known in phrases.starts if words.startswith(phrase)), None
        )
        if found:
            return _on_axis(axis, Term(found.label, literal, found.uri))
    return None


def _look_up(part: str, literal: str) -> TypeFacts | None:
    if _FORMAT.fullmatch(part):
        return TypeFacts(format=part.lower())
    word = fold(_PREFIX.sub("", _COAR.sub(_coar_uri, part)))
    if no_type := load_table("no_types").get(word):
        return TypeFacts(subject=literal) if no_type.kind == "subject" else TypeFacts(other=literal)
    for form in _forms(word):
        for axis in _AXES:
            if known := load_table(axis).get(form):
                return _on_axis(axis, Term(known.label, literal, known.uri))
    plain = fold_accents(word)
    return next(
        (
            _on_axis(axis, Term(known.label, literal, known.uri))
            for axis in _AXES
            if (known := load_unaccented(axis).get(plain))
        ),
        None,
    )


def _forms(word: str) -> Iterator[str]:
    """Yield a word, and what it may be the plural or the singular of."""
    yield word
    if len(word) > 3:
        yield word.removesuffix("s") if word.endswith("s") else word + "s"
        if word.endswith("ies"):
            yield word[:-3] + "y"
        if word.endswith("es"):
            yield word[:-2]


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
        next((fact.subject for fact in facts if fact.subject), None),
        next((fact.other for fact in facts if fact.other), None),
    )
