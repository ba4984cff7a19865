"""Whether a mapping is for the records of an endpoint at all: one for another format changes nothing in them."""

from collections.abc import Iterable

from msgspec import Struct

from harvester.crosswalk.any_reading import mapping_for
from harvester.crosswalk.overlay import Overlay, read_overlay
from harvester.parsing.record import Record


class Misfit(Struct, frozen=True):
    """The format that a mapping is for and the key that says so, and the formats of the records, all others."""

    key: str
    wanted: str
    found: tuple[str, ...]
    looked_at: int

    @property
    def reason(self) -> str:
        """Say what does not fit."""
        return (
            f"{self.wanted!r} is another format than that of the records ({', '.join(self.found)}): it changes nothing"
        )


def find_misfit(text: str, records: Iterable[tuple[str, Record]]) -> Misfit | None:
    """Tell whether none of some records (with their metadataPrefix) is read by a mapping; "" fits all.

    Raises: OverlayError.
    """
    if not text:
        return None
    found: dict[str, None] = {}
    looked_at = 0
    for prefix, record in records:
        if record.metadata is None:
            continue
        looked_at += 1
        plain = mapping_for(record.metadata, prefix)
        own = mapping_for(record.metadata, prefix, text)
        if own is not plain:
            return None
        found[plain.name] = None
    mapping = read_overlay(text)
    key, wanted = ("extends", mapping.extends) if isinstance(mapping, Overlay) else ("format", mapping.format)
    return Misfit(key, wanted, tuple(found), looked_at) if found else None
