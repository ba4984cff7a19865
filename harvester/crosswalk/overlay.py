"""An endpoint's own mapping: a few lines that change the rules of a format, or a whole mapping where we have none.

An overlay is a TOML file that `extends` a format: `drop` leaves out all rules of a path, `replace` puts its rules in
place of all rules of the same path, `add` puts rules behind the others. An endpoint keeps the text itself, so that
every worker has it; its digest says which version that is.
"""

import functools
import hashlib
from typing import Final

import msgspec
import msgspec.toml
from msgspec import Struct

from harvester.crosswalk.mapping import (
    Mapping,
    MappingError,
    MappingFile,
    Rule,
    compile_rules,
    find_mapping,
    known_formats,
    local_name,
    read_rules,
)
from harvester.errors import FatalError, cut

MAX_CHARACTERS: Final = 65_536
DIGEST_BYTES: Final = 6


class Overlay(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be otherwise than in the mapping of the format that it extends; `drop` holds paths."""

    extends: str
    add: tuple[Rule, ...] = ()
    replace: tuple[Rule, ...] = ()
    drop: tuple[str, ...] = ()


OwnMapping = Overlay | MappingFile


class OverlayError(FatalError):
    """The text that an endpoint keeps as its mapping is none; says which part, and what can be done."""


def overlay_digest(text: str) -> str:
    """Give the version of an endpoint's mapping: 12 characters, the same for the same text."""
    return hashlib.blake2b(text.encode(), digest_size=DIGEST_BYTES).hexdigest()


def read_overlay(text: str) -> OwnMapping:
    """Read a mapping of an endpoint's own, without applying it. Raises: OverlayError."""
    if len(text) > MAX_CHARACTERS:
        raise OverlayError(f"a mapping of {len(text):,} characters is too long: {MAX_CHARACTERS:,} are allowed")
    try:
        keys = msgspec.toml.decode(text, type=dict[str, object])
        return msgspec.convert(keys, Overlay) if "extends" in keys else msgspec.convert(keys, MappingFile)
    except msgspec.DecodeError as error:
        raise OverlayError(str(error)) from error


def compile_overlay(own: OwnMapping) -> Mapping:
    """Compile an endpoint's own mapping. Raises: OverlayError, MappingError."""
    if isinstance(own, MappingFile):
        return compile_rules(own.format, own)
    return compile_rules(own.extends, apply_overlay(own))


def apply_overlay(overlay: Overlay) -> MappingFile:
    """Give the rules of a format as an overlay changes them.

    Raises: OverlayError where it changes what is not there.
    """
    if overlay.extends not in known_formats():
        raise OverlayError(
            f"extends: there is no format {cut(overlay.extends)!r}; use one of {', '.join(known_formats())}"
        )
    base = read_rules(overlay.extends)
    paths = {rule.path for rule in (*base.rules, *base.own)}
    for kind, named in (("drop", overlay.drop), ("replace", tuple(rule.path for rule in overlay.replace))):
        for place, path in enumerate(named, start=1):
            if path not in paths:
                raise OverlayError(f"{kind} {place}: {overlay.extends} has no rule for {cut(path)!r}")
    gone = {*overlay.drop, *(rule.path for rule in overlay.replace)}
    kept = tuple(rule for rule in base.rules if rule.path not in gone)
    own = tuple(rule for rule in base.own if rule.path not in gone)
    return msgspec.structs.replace(base, rules=kept + overlay.replace + overlay.add, own=own)


@functools.lru_cache(maxsize=256)
def find_own_mapping(text: str, metadata_prefix: str, root_tag: str) -> Mapping:
    """Give the mapping for a record of an endpoint that has one of its own; "" is none.

    An overlay holds for the records of the format that it extends; a whole mapping for those of its metadataPrefix or
    with its root element. All others are read as everywhere. Raises: OverlayError.
    """
    plain = find_mapping(metadata_prefix, root_tag)
    if not text:
        return plain
    try:
        own = read_overlay(text)
        if isinstance(own, Overlay):
            is_for = own.extends == plain.name or own.extends not in known_formats()  # such a one raises
            return compile_overlay(own) if is_for else plain
        return compile_overlay(own) if _is_for(own, metadata_prefix, root_tag) else plain
    except (OverlayError, MappingError) as error:
        raise OverlayError(
            f"the endpoint's own mapping ({overlay_digest(text)}) cannot be used: {error}; "
            "check it by `oaihub map check FILE` and give it again by `oaihub endpoints edit KEY --mapping FILE`"
        ) from error


def _is_for(own: MappingFile, metadata_prefix: str, root_tag: str) -> bool:
    return own.format == metadata_prefix or own.root == local_name(root_tag)
