"""Logos: pictures of the kinds that run nothing, told by their first bytes, not by what is said of them."""

from typing import Final

from harvester.errors import FatalError
from harvester.store.hubs.settings import Logo
from search_api.languages import _

MOST_BYTES: Final = 200_000
ENDINGS: Final = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


class LogoError(FatalError):
    """A file cannot be a logo; the text says what can."""


def read_logo(content: bytes) -> Logo:
    """Give a file as a logo. Raises: LogoError."""
    if len(content) > MOST_BYTES:
        said = _("the logo has {size} bytes; {most} are allowed")
        raise LogoError(said.format(size=len(content), most=MOST_BYTES))
    media_type = _type_of(content)
    if not media_type:
        raise LogoError(_("the logo is neither PNG nor JPEG nor WebP: give one of these (SVG is not taken)"))
    return Logo(content, media_type)


def _type_of(content: bytes) -> str:
    """Give the media type of a picture by its signature (PNG 5.2, JPEG B.1.1.3, RFC 9649), empty for any other."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"RIFF") and content[8:16] in {b"WEBPVP8 ", b"WEBPVP8L", b"WEBPVP8X"}:
        return "image/webp"
    return ""
