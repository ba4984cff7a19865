"""What may be a logo."""

import struct
import zlib

import pytest

from search_api.hub_settings.logos import LogoError, read_logo


def make_png(width=2, height=2):
    """A picture by the PNG specification: signature, IHDR, IDAT, IEND."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x10\x60\xa0" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (make_png(), "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "image/jpeg"),
        (b"RIFF\x1a\x00\x00\x00WEBPVP8L", "image/webp"),
    ],
)
def test_pictures_that_run_nothing_are_taken(content, media_type):
    assert read_logo(content).media_type == media_type


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><svg/>",
        b"\x89PNG\r\n\x1a\n<html>",
        b"RIFF\x1a\x00\x00\x00WAVEfmt ",
        b" " + make_png(),
    ],
)
def test_all_else_is_refused_whatever_it_says_it_is(content):
    with pytest.raises(LogoError, match="neither PNG nor JPEG nor WebP"):
        read_logo(content)


def test_a_logo_is_at_most_200_kb():
    picture = make_png()
    assert read_logo(picture + b"\0" * (200_000 - len(picture)))
    with pytest.raises(LogoError, match="200001 bytes; 200000"):
        read_logo(picture + b"\0" * (200_001 - len(picture)))
