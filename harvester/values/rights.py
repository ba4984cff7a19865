"""Rights: licences, rights statements and access terms, which repositories put into one element."""

import functools
import re
from typing import Final

from msgspec import Struct

from harvester.item import Rights, Term
from harvester.values.dates import parse_date
from harvester.values.licences import find_licence
from harvester.values.tables import fold, load_phrases, load_table, space_words

_CC_URI: Final = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(licen[sc]es|publicdomain)/(?:publicdomain/)?([a-z+-]+)/(\d\.\d)(?:/(?!deed)([a-z]{2,4})\b(?!\.))?",
    re.IGNORECASE,
)
# "CC BY-NC-ND 4.0", "cc_by_nc_nd", "CC-BY-SA-3.0".
_CC_CODE: Final = re.compile(
    r"cc[\s_-]+by((?:[\s_-]+(?:nc|nd|sa))*)(?:[\s_-]+v?(\d\.\d))?(?:[\s_-]+(?:international|unported|generic|license))*",
    re.IGNORECASE,
)
_CC_ZERO: Final = re.compile(
    r"(?:cc[\s_-]*0|(?:cc|creative commons)[\s_-]*zero|creative commons cc0)"
    r"(?:[\s_-]*v?1\.0)?(?:\s+universal)?(?:\s+\(.*\))?",
    re.IGNORECASE,
)
# "Creative Commons Attribution Non Commercial 4.0 International", "Attribution-NonCommercial 3.0 United States".
_CC_NAME: Final = re.compile(
    r"(?P<cc>creative commons[\s:,-]+)?attribution(?P<parts>(?:[\s,–-]*(?:non[\s-]?commercial|no[\s-]?deriv(?:ative)?s?"
    r"|no derivative works|share[\s-]?alike))*)(?:\s+licen[sc]e)?(?:[\s,]+v?(?P<version>\d\.\d))?"
    r"(?P<where>\s+(?:international|unported|generic)(?: public)?(?: licen[sc]e)?|\s+licen[sc]e"
    r"|\s+[A-Z][\w.:&, ]{1,40})?(?:\s*\([^()]{1,30}\))?\.?",
    re.IGNORECASE,
)
_PORTS: Final = {"united states": "us", "uk: england & wales": "uk", "germany": "de", "france": "fr", "spain": "es"}
_EMBARGO: Final = re.compile(r"info:eu-repo/date/embargoEnd/\S+", re.IGNORECASE)
_ACCESS_PREFIX: Final = re.compile(r"info:[\w-]+/semantics/|accessrights?:\s*", re.IGNORECASE)
_RIGHTS_STATEMENT: Final = re.compile(
    r"https?://(?:www\.)?rightsstatements\.org/(?:vocab|page)/([A-Za-z-]+)/1\.0/?(?:\?.*)?", re.IGNORECASE
)
_COAR_ACCESS: Final = re.compile(
    r"https?://(?:vocabularies\.coar-repositories|purl)\.org/(?:coar/|documentation/)?access_rights?/([\w-]+)/?"
)
_LAST_BRACKET: Final = re.compile(r"\(([^()]{4,30})\)\s*\.?$")
_SHORT: Final = 120
_READ: Final = 1_000


class RightsFacts(Struct, frozen=True):
    """What one value of dc:rights says; `embargo_until` is a day, YYYY-MM-DD."""

    rights: Rights | None = None
    access: Term | None = None
    embargo_until: str | None = None


@functools.lru_cache(maxsize=8192)
def parse_rights(text: str) -> RightsFacts:
    """Give the licence, the access term or the embargo of a value; a text that is none of these is its own label."""
    text = text.strip()
    if not text:
        return RightsFacts()
    if _EMBARGO.fullmatch(text):
        date = parse_date(text, "embargo_end")
        return RightsFacts(embargo_until=date.edtf if date.precision == "day" else None)
    found = _CC_URI.search(text)
    if found:
        return RightsFacts(_from_uri(found, text))
    return _from_text(text)


def _from_text(text: str) -> RightsFacts:
    """Read a value by its words: as a whole, or else by what it says among others."""
    if len(text) <= _SHORT:
        said = _COAR_ACCESS.sub(r"http://purl.org/coar/access_right/\1", text)
        access = load_table("access").get(fold(_ACCESS_PREFIX.sub("", said))) or load_table("access").get(fold(said))
        if access:
            return RightsFacts(access=Term(access.label, text, access.uri))
        rights = _from_words(text)
        if rights.uri is not None or rights.label != text:
            return RightsFacts(rights)
        first, stop, _ = text.partition(". ")
        known = load_table("rights").get(fold(first)) if stop else None  # "Public domain. We consider that …"
        if known:
            return RightsFacts(Rights(known.label, text, known.uri))
    return RightsFacts(_named(text) or Rights(text, text), _said_access(text))


def is_known_rights(text: str) -> bool:
    """Tell whether a value is understood: an access term, an embargo, or a licence or statement that is known."""
    facts = parse_rights(text)
    if facts.access or facts.embargo_until:
        return True
    return facts.rights is not None and (facts.rights.uri is not None or facts.rights.label != facts.rights.literal)


def _named(text: str) -> Rights | None:
    """Read the Creative Commons licence that a sentence names."""
    found = find_licence(text[:_READ])
    if found is None:
        return None
    code, version = found
    if code == "zero":
        return Rights("CC0 1.0", text, "https://creativecommons.org/publicdomain/zero/1.0/")
    return _licence(code, version, "", text)


def _said_access(text: str) -> Term | None:
    """Read the access term that a sentence says by a phrase of the table."""
    words = space_words(text[:_READ])
    found = next((known for phrase, known in load_phrases("access").within if phrase in words), None)
    return Term(found.label, text, found.uri) if found else None


def _from_uri(found: re.Match[str], literal: str) -> Rights:
    kind, code, version, port = found[1].lower(), found[2].lower(), found[3], (found[4] or "").lower()
    if kind == "publicdomain" or code in {"zero", "mark"}:
        label = {"zero": f"CC0 {version}", "mark": f"Public Domain Mark {version}"}.get(code, f"CC {code} {version}")
        return Rights(label, literal, f"https://creativecommons.org/publicdomain/{code}/{version}/")
    return _licence(code, version, port, literal)


def _licence(code: str, version: str | None, port: str, literal: str) -> Rights:
    label = f"CC {code.upper()}" + (f" {version}" if version else "") + (f" {port.upper()}" if port else "")
    address = f"https://creativecommons.org/licenses/{code}/{version}/" + (f"{port}/" if port else "")
    return Rights(label, literal, address if version else None)


def _from_words(text: str) -> Rights:
    statement = _RIGHTS_STATEMENT.fullmatch(text)
    word = fold(f"http://rightsstatements.org/vocab/{statement[1]}/1.0/" if statement else text)
    known = load_table("rights").get(word)
    if known:
        return Rights(known.label, text, known.uri)
    if _CC_ZERO.fullmatch(text):
        return Rights("CC0 1.0", text, "https://creativecommons.org/publicdomain/zero/1.0/")
    code = _CC_CODE.fullmatch(text) or (_CC_CODE.fullmatch(last[1]) if (last := _LAST_BRACKET.search(text)) else None)
    if code:
        parts = re.findall(r"nc|nd|sa", code[1].lower())
        return _licence("-".join(["by", *parts]), code[2], "", text)
    return _from_name(text) or Rights(text, text)


def _from_name(text: str) -> Rights | None:
    """Read a Creative Commons licence by its name; a bare "Attribution" is no licence, a place must be a known port."""
    name = _CC_NAME.fullmatch(text)
    if not name or not (name["cc"] or name["version"]):
        return None
    where = (name["where"] or "").strip().lower().removesuffix(" license").removesuffix(" licence")
    port = _PORTS.get(where, "")
    if where and not port and not where.startswith(("international", "unported", "generic", "licen")):
        return None
    said = re.sub(r"[\s-]", "", name["parts"].lower())
    parts = [short for short, word in (("nc", "noncomm"), ("nd", "noderiv"), ("sa", "sharealike")) if word in said]
    return _licence("-".join(["by", *parts]), name["version"], port, text)
