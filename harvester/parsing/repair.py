"""Damage that bytes can be freed from, each repair counted by its code; what cannot be mended stays as it is.

All bytes here are UTF-8. lxml's recover mode is never used: behind the first bad byte it drops every `&amp;` of the
page without a word (seen with libxml2 2.10 and 2.14).
"""

import re
from collections import Counter
from html.entities import html5
from typing import Final

REPAIRS: Final = {
    "charset": "the declared charset is not the real one",
    "invalid_bytes": "byte sequences that the charset does not have, read as cp1252",
    "control_characters": "characters that XML does not allow, taken out (VT and FF became a blank)",
    "garbage_before": "something before the document, cut off",
    "garbage_after": "something behind the document, cut off",
    "prologs": "XML declarations inside the document, taken out",
    "illegal_references": "character references to what XML does not allow",
    "surrogate_references": "characters written as two references to surrogates, joined",
    "entities": "entities of HTML that XML does not have, replaced by their characters",
    "unknown_entities": "entities that nobody defines, kept as text",
    "bare_ampersands": "ampersands that begin no reference, escaped",
    "bare_less_than": "less-than signs that begin no tag, escaped",
    "undeclared_prefixes": "well-known namespace prefixes without a declaration, declared",
    "no_namespace": "the document is in no namespace, as if it were in that of OAI-PMH",
}
"""What the codes of Page.repairs mean; each is counted by how often it was made on the page."""

NAMESPACES: Final = {
    b"dc": b"http://purl.org/dc/elements/1.1/",
    b"dcterms": b"http://purl.org/dc/terms/",
    b"marc": b"http://www.loc.gov/MARC21/slim",
    b"mods": b"http://www.loc.gov/mods/v3",
    b"oai_dc": b"http://www.openarchives.org/OAI/2.0/oai_dc/",
    b"rdf": b"http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    b"xlink": b"http://www.w3.org/1999/xlink",
    b"xsi": b"http://www.w3.org/2001/XMLSchema-instance",
}
"""The prefixes that mean the same wherever they are used (their standards' own)."""

PREFIX: Final = rb"(?:[\w.\x80-\xff-]+:)?"
MISC: Final = rb"(?:\s|<!--.*?-->|<\?(?!xml\s).*?\?>)*+"  # XML 1.0, production 27
DECLARATION: Final = rb"<\?xml\s[^>]*\?>"
PROLOG: Final = re.compile(rb"(?:\xef\xbb\xbf)?(?:%s)?%s" % (DECLARATION, MISC), re.DOTALL)
EPILOG: Final = re.compile(MISC, re.DOTALL)
ROOT: Final = re.compile(rb"<(%sOAI-PMH)(?=[\s/>])" % PREFIX)
BLANKS: Final = bytes.maketrans(b"\x0b\x0c", b"  ")
CONTROLS: Final = bytes(byte for byte in range(0x20) if byte not in b"\t\n\r\x0b\x0c")
NO_CHARACTERS: Final = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")  # U+FFFE and U+FFFF
MARKUP: Final = re.compile(
    rb"""
      <!\[CDATA\[.*?\]\]> | <!--.*?--> | <\?(?!xml\s).*?\?>
    | (?P<prolog>(?:\xef\xbb\xbf)?<\?xml\s[^>]*\?>)
    | (?P<numbers>(?:&\#(?:[0-9]{1,10}|[xX][0-9a-fA-F]{1,8});)+)
    | &(?:amp|lt|gt|quot|apos);
    | &(?P<name>[A-Za-z][A-Za-z0-9]*);
    | (?P<ampersand>&)
    | (?P<less><)(?![A-Za-z_:/!?\x80-\xff])
    """,
    re.DOTALL | re.VERBOSE,
)
ESCAPES: Final = {ord("&"): "&amp;", ord("<"): "&lt;"}


def strip_controls(text: bytes, repairs: Counter[str]) -> bytes:
    """Take out the characters that XML 1.0 does not have (production 2), wherever they are."""
    found = sum(map(text.count, NO_CHARACTERS)) + text.count(b"\x0b") + text.count(b"\x0c")
    stripped = text.translate(BLANKS, CONTROLS)
    found += len(text) - len(stripped)
    if not found:
        return text
    repairs["control_characters"] += found
    for character in NO_CHARACTERS:
        stripped = stripped.replace(character, b"")
    return stripped


def cut_document(text: bytes, root: re.Match[bytes], repairs: Counter[str]) -> bytes | None:
    """Give the document from its root's opening tag (a match of ROOT) to its closing tag; None where that is missing.

    Prolog and epilog as XML allows them are cut off without being counted.
    """
    name = root[1]
    ends = [found.end() for found in re.finditer(rb"</%s\s*>" % re.escape(name), text[root.end() :])]
    if not ends:
        return None
    end = root.end() + ends[-1]
    if not PROLOG.fullmatch(text, 0, root.start()):
        repairs["garbage_before"] += 1
    if not EPILOG.fullmatch(text, end):
        repairs["garbage_after"] += 1
    return text[root.start() : end]


def mend_markup(piece: bytes, repairs: Counter[str]) -> bytes:
    """Mend references, stray signs and XML declarations in a piece of a document, outside CDATA and comments."""
    return MARKUP.sub(lambda found: _mended(found, repairs), piece)


def declare_prefixes(document: bytes) -> bytes:
    """Declare the well-known prefixes, where the root does not, in the opening tag that the document begins with."""
    tag, _, rest = document.partition(b">")
    missing = [
        b' xmlns:%s="%s"' % (prefix, uri) for prefix, uri in NAMESPACES.items() if b"xmlns:%s=" % prefix not in tag
    ]
    return tag + b"".join(missing) + b">" + rest


def _mended(found: re.Match[bytes], repairs: Counter[str]) -> bytes:
    kind = found.lastgroup
    if kind is None:
        return found[0]
    if kind == "numbers":
        return _mend_references(found[0], repairs)
    if kind == "name":
        return _mend_entity(found["name"], repairs)
    code, mended = {
        "prolog": ("prologs", b""),
        "ampersand": ("bare_ampersands", b"&amp;"),
        "less": ("bare_less_than", b"&lt;"),
    }[kind]
    repairs[code] += 1
    return mended


def _mend_entity(name: bytes, repairs: Counter[str]) -> bytes:
    """Give the characters of an HTML entity; they may be ones that XML wants escaped (&LT; &AMP;)."""
    characters = html5.get(f"{name.decode()};")
    repairs["unknown_entities" if characters is None else "entities"] += 1
    return b"&amp;%s;" % name if characters is None else characters.translate(ESCAPES).encode()


def _mend_references(run: bytes, repairs: Counter[str]) -> bytes:
    """Mend character references that follow each other without anything between: two may be one character."""
    references = run.split(b";")[:-1]
    numbers = [_number(reference) for reference in references]
    mended: list[bytes] = []
    joined = False
    for reference, number, following in zip(references, numbers, [*numbers[1:], 0], strict=True):
        if joined:  # this one was taken with the one before
            joined = False
        elif 0xD800 <= number <= 0xDBFF and 0xDC00 <= following <= 0xDFFF:
            joined = True
            repairs["surrogate_references"] += 1
            mended.append(chr(0x10000 + ((number - 0xD800) << 10) + (following - 0xDC00)).encode())
        elif _is_legal(number) and reference[2:3] != b"X":
            mended.append(reference + b";")
        else:
            repairs["illegal_references"] += 1
            mended.append(_instead_of(number))
    return b"".join(mended)


def _number(reference: bytes) -> int:
    digits = reference[2:].decode()
    return int(digits[1:], 16) if digits[0] in "xX" else int(digits)


def _instead_of(number: int) -> bytes:
    """Give what stands for an illegal reference: nothing for a control character, U+FFFD for what was a character."""
    if _is_legal(number):  # &#X41; with a capital X
        return b"&#%d;" % number
    if number < 0x20:
        return b" " if number in {0x0B, 0x0C} else b""
    return "\ufffd".encode()


def _is_legal(number: int) -> bool:
    """Tell whether XML 1.0 has a character (production 2)."""
    return (
        number in {0x9, 0xA, 0xD}
        or 0x20 <= number <= 0xD7FF
        or 0xE000 <= number <= 0xFFFD
        or 0x10000 <= number <= 0x10FFFF
    )
