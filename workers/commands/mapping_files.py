"""Mapping files as arguments of commands: a file, the name of a format, or what an endpoint has now."""

import difflib
from pathlib import Path
from typing import Final

from harvester.crosswalk.checking import MistakenMappingError, check_mapping
from harvester.crosswalk.mapping import known_formats, read_text
from harvester.crosswalk.overlay import MAX_CHARACTERS
from harvester.endpoint import Endpoint
from harvester.errors import cut
from workers.errors import UsageError

NOW: Final = "now"
"""The word for the mapping that an endpoint has."""


def read_file(name: str) -> str:
    """Give the text of a mapping file. Raises: UsageError where there is no such file, or it is no text."""
    path = Path(name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{cut(name)}: {error.strerror}: give a mapping file") from error
    if len(content) > 4 * MAX_CHARACTERS:
        raise UsageError(f"{cut(name)}: {len(content):,} bytes are no mapping file; give a mapping file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{cut(name)}: is no text in UTF-8 ({error.reason}): give a mapping file") from error


def read_good_file(name: str) -> str:
    """Give the text of a mapping file without mistakes. Raises: UsageError, MistakenMappingError."""
    text = read_file(name)
    mistakes = check_mapping(text)
    if mistakes:
        raise MistakenMappingError(name, mistakes)
    return text


def read_side(name: str, endpoint: Endpoint) -> str:
    """Give the text of one of the mappings that are compared: `now`, the name of a format, or a file.

    Raises: UsageError, MistakenMappingError.
    """
    if name == NOW:
        return endpoint.mapping
    if name in known_formats() and not Path(name).is_file():
        return read_text(name)
    if not Path(name).exists():
        near = difflib.get_close_matches(name, known_formats(), n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        raise UsageError(
            f"{cut(name)!r} is neither a file nor a format{hint}: give a mapping file, one of "
            f"{', '.join(known_formats())}, or `{NOW}` for what {endpoint.key} has"
        )
    return read_good_file(name)
