"""A page's bytes as UTF-8, whatever they are declared to be and whatever they really are.

What the bytes say counts for more than what the declaration says: text in UTF-8 with characters beyond ASCII does not
come about by chance in another charset.
"""

import codecs
import re
from collections import Counter
from typing import Final

DECLARED: Final = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([\w.:-]+)""")
DECLARED_WITHIN_BYTES: Final = 4096
# UTF-16 begins with its mark or with a tag; a mark may also stand behind something that was sent before the page.
LITTLE_END: Final = re.compile(rb"\A\xff\xfe|\xff\xfe(?:[\t-~]\0){2}|\A(?:\s\0)*<\0")
BIG_END: Final = re.compile(rb"\A\xfe\xff|\xfe\xff(?:\0[\t-~]){2}|\A(?:\0\s)*\0<")
CODECS: Final = re.compile(r"(iso8859|iso2022|cp|koi8|gb|big5|shift|euc|johab|mac|tis|hz)")  # charsets of texts only
LATIN: Final = {"iso8859-1", "ascii"}  # in practice their bytes 80 to 9F are those of cp1252, as in HTML
ESCAPED: Final = re.compile("[\udc80-\udcff]+")
PAIR: Final = re.compile("\udced([\udca0-\udcaf])([\udc80-\udcbf])\udced([\udcb0-\udcbf])([\udc80-\udcbf])")
CP1252: Final = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}


def to_utf8(body: bytes, repairs: Counter[str]) -> bytes:
    """Give a page in UTF-8; its declaration stays and is to be cut away with whatever is before the root.

    A wrong declaration counts as `charset`, each sequence that its charset does not have as `invalid_bytes`: in UTF-8
    its bytes are read as cp1252, elsewhere they become U+FFFD. A declaration that is right is no repair.
    """
    for codec, beginning in (("utf-16-le", LITTLE_END), ("utf-16-be", BIG_END)):
        if found := beginning.search(body, 0, DECLARED_WITHIN_BYTES):
            return body[: found.start()] + _from_utf16(body[found.start() :], codec, repairs)
    declared = _codec(body)
    text = body.decode("utf-8", "surrogateescape")
    invalid = sum(map(len, ESCAPED.findall(text)))
    if declared is None:
        return body if invalid == 0 else _mend(text, repairs)
    if body.isascii():
        return _convert(body, declared, repairs) if declared.startswith("iso2022") and b"\x1b" in body else body
    beyond_ascii = len(text) - sum(map(len, re.findall("[\0-\x7f]+", text)))
    if beyond_ascii - invalid > invalid or declared == "unknown":
        repairs["charset"] += 1
        return body if invalid == 0 else _mend(text, repairs)
    return _convert(body, declared, repairs)


def _codec(body: bytes) -> str | None:
    """Give Python's name of the declared charset; None for UTF-8 or no declaration, else possibly "unknown"."""
    found = DECLARED.search(body, 0, DECLARED_WITHIN_BYTES)
    if found is None:
        return None
    try:
        name = codecs.lookup(found[1].decode("ascii", "replace")).name
    except LookupError:
        return "unknown"
    if name in {"utf-8", "utf-8-sig"}:
        return None
    return name if name in LATIN or CODECS.match(name) else "unknown"


def _convert(body: bytes, codec: str, repairs: Counter[str]) -> bytes:
    if codec in LATIN:
        if codec == "ascii" or re.search(rb"[\x80-\x9f]", body):
            repairs["charset"] += 1
        codec = "cp1252"
    return _decode(body, codec, repairs).encode()


def _from_utf16(body: bytes, codec: str, repairs: Counter[str]) -> bytes:
    text = _decode(body, codec, repairs).removeprefix("\ufeff")
    declared = re.search(r"""<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)""", text[:DECLARED_WITHIN_BYTES])
    if declared and not re.match(r"utf-?16|ucs-?2|iso-10646", declared[1], re.IGNORECASE):
        repairs["charset"] += 1
    return text.encode()


def _decode(body: bytes, codec: str, repairs: Counter[str]) -> str:
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        text = body.decode(codec, "replace")
        repairs["invalid_bytes"] += text.count("\ufffd")
        return text


def _mend(text: str, repairs: Counter[str]) -> bytes:
    """Give text whose invalid bytes are escaped as characters: surrogate pairs joined, single bytes as cp1252."""
    repairs["invalid_bytes"] += len(ESCAPED.findall(text))
    return ESCAPED.sub(lambda run: run[0].translate(CP1252), PAIR.sub(_join, text)).encode()


def _join(pair: re.Match[str]) -> str:
    high, high_low, low, low_low = (ord(byte) & 0x3F for byte in pair.groups())
    return chr(0x10000 + ((high & 0x0F) << 16) + (high_low << 10) + ((low & 0x0F) << 6) + low_low)
