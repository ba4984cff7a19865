"""Files that browsers may keep for ever: the path of each has the digest of what it holds."""

import hashlib
from typing import Final

from msgspec import Struct

FOREVER: Final = "public, max-age=31536000, immutable"
FOLDER: Final = "/static"
DIGEST_CHARACTERS: Final = 12


class File(Struct, frozen=True):
    """A file that browsers may keep for ever: another content has another path."""

    path: str
    media_type: str
    content: bytes


def make_file(name: str, ending: str, media_type: str, content: bytes) -> File:
    """Give a file with its digest in its path."""
    digest = hashlib.sha256(content).hexdigest()[:DIGEST_CHARACTERS]
    return File(f"{FOLDER}/{name}.{digest}.{ending}", media_type, content)
