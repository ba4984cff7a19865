"""Text as people read it: whole characters, no markup, one blank between words."""

import functools
import html
import re
import unicodedata
from typing import Final

import ftfy

_INLINE: Final = (
    "a abbr acronym b bdi bdo big bold cite code del dfn em email emph ext-link fixed-case font i img inline-formula "
    "inline-graphic ins italic kbd label mark monospace named-content overline q roman s samp sans-serif sc scp small "
    "span strike strong styled-content sub sup tex-math tt u underline uri var xref"
)
_BLOCK: Final = (
    "abstract article aside blockquote body br caption center col colgroup dd def-item def-list disp-formula "
    "disp-quote div dl dt fig figcaption figure footer h1 h2 h3 h4 h5 h6 head header hr html li list list-item main "
    "nav ol p pre sec section table table-wrap tbody td tfoot th thead title tr ul"
)
_MATH: Final = (
    "alternatives annotation math menclose mfenced mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts "
    "mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none semantics"
)
_BLOCK_NAMES: Final = frozenset(_BLOCK.split())
_NAMES: Final = frozenset(f"{_INLINE} {_BLOCK} {_MATH}".split())
# An attribute must look like name=value, so that `if a<b and c>d` stays as it is. Names are looked up: as alternatives
# of the pattern they would all be tried at each `<`.
_TAG: Final = re.compile(
    r"</?(?:(?:jats|mml|m|xhtml|html):)?([A-Za-z][A-Za-z0-9-]*)"
    r"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+))*\s*/?>""",
    re.IGNORECASE,
)
_HIDDEN: Final = re.compile(
    r"<(script|style)\b[^<>]{0,500}>.{0,20000}?</\1\s*>|<!--.{0,5000}?-->", re.IGNORECASE | re.DOTALL
)
_CDATA: Final = re.compile(r"<!\[CDATA\[|\]\]>")
_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# UTF-8 read as Windows-1252 or Latin-1 leaves a lead byte's letter before a continuation byte's sign; C1 controls are
# never meant. `SÃO PAULO` and `Pâté` have neither. Written so that it begins with one class: three times faster.
_LEADS: Final = "ÂÃÄÅÎÏÐÑâ"
_LONG: Final = 100  # characters from which to search for each letter is quicker than the pattern
_DAMAGED: Final = re.compile(
    rf"[\u0080-\u009f{_LEADS}](?:(?<=[\u0080-\u009f])|[\u00a0-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ])"
)
# Controls that are no white space, and marks without width that carry no meaning in any script.
_NOISE: Final = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff\ufffe\uffff]")


def clean_text(text: str) -> str:
    """Give a text without markup, escapes, controls, damaged encoding and double white space, in NFC.

    HTML, JATS and MathML tags are dropped by name: a block leaves a blank, an inline tag nothing ("H<sub>2</sub>O").
    Anything else in angle brackets is text (`p < 0.05`, `<unknown>`). Entities are read also when escaped twice.
    """
    flat = text.replace("\n", " ")
    markup = "<" in flat or ">" in flat or "&" in flat
    if not markup and "  " not in flat and flat.isprintable() and _is_sound(flat, printable=True):
        return flat.strip()
    if "&" in text:
        text = unescape(text)
    if "<" in text or "]]>" in text:
        text = _drop_tags(text)
    if not _is_sound(text):
        text = _repair(text)
    text = " ".join(text.split())
    return text if text.isprintable() else " ".join(_NOISE.sub("", text).split())  # what is noise is not printable


def _is_sound(text: str, *, printable: bool = False) -> bool:
    """Tell whether a text is in NFC and its encoding undamaged; a long one that is printable by its letters first."""
    if text.isascii():
        return True
    spared = printable and len(text) > _LONG and not any(lead in text for lead in _LEADS)
    return (spared or _DAMAGED.search(text) is None) and unicodedata.is_normalized("NFC", text)


def unescape(text: str) -> str:
    """Give a text with its entities read, also where they were escaped twice; one without `;` is text."""
    for _ in range(2):
        if "&" not in text or ";" not in text:
            break
        text = _ENTITY.sub(_unescaped, text)
    return text


def _unescaped(match: re.Match[str]) -> str:
    return _character(match[0])


_character: Final = functools.lru_cache(maxsize=1024)(html.unescape)


def _drop_tags(text: str) -> str:
    if "</" in text or "-->" in text:
        text = _HIDDEN.sub(" ", text)
    if "[CDATA[" in text or "]]>" in text:
        text = _CDATA.sub("", text)
    return _TAG.sub(_untag, text)


def _untag(match: re.Match[str]) -> str:
    """Give what stands for a tag: what only looks like one is text."""
    name = match[1].lower()
    if name not in _NAMES:
        return match[0]
    return " " if name in _BLOCK_NAMES else ""


def _repair(text: str) -> str:
    if _DAMAGED.search(text):
        text = ftfy.fix_encoding(text)
    return unicodedata.normalize("NFC", text)
