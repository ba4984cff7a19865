"""Notices that change a work: its retraction, an expression of concern, a correction; and the status it has by them.

It is told from both sides. A work names its notices (Crossref's `updated-by`, those of Retraction Watch too), and a
notice names its works (`update-to`), which may come first, or alone where another agency has registered the work.
"""

from collections.abc import Collection, Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from harvester.item import Link, Metadata, Term

RETRACTED: Final = frozenset(["retraction", "retration", "removal", "withdrawal", "partial_retraction"])  # as seen
CONCERNED: Final = frozenset(["expression_of_concern", "concern"])
WITHOUT_STATUS: Final = frozenset(["new_version", "new_edition", "correspondence"])


class Notice(Struct, frozen=True, order=True):
    """That a notice changes a work: both by their DOIs, and how (`kind`, in Crossref's word with underscores)."""

    doi: str
    notice: str
    kind: str


def normal_kind(text: str | None) -> str:
    """Give the word for how a notice changes a work."""
    return (text or "").strip().replace("-", "_").replace(" ", "_").lower()


def status_of(kinds: Iterable[str]) -> tuple[Term, ...]:
    """Give the status of a work with notices of these kinds, each once; newer versions and letters give it none."""
    status = {}
    for kind in kinds:
        if kind not in WITHOUT_STATUS:
            label = "Retracted" if kind in RETRACTED else "Expression of Concern" if kind in CONCERNED else "Corrected"
            status[label] = Term(label, kind)
    return tuple(status.values())


def add_notices(metadata: Metadata, notices: Collection[Notice]) -> Metadata:
    """Give what is registered for a work with the notices that name it, those that it names itself apart."""
    known = {term.label for term in metadata.resource_status}
    status = [term for term in status_of(notice.kind for notice in sorted(notices)) if term.label not in known]
    links = [Link("is_updated_by", doi=notice.notice) for notice in sorted(notices)]
    flags = ["retracted"] if any(term.label == "Retracted" for term in status) else []
    return replace(
        metadata,
        resource_status=(*metadata.resource_status, *status),
        links=tuple(dict.fromkeys((*metadata.links, *links))),
        quality=(*metadata.quality, *flags),
    )
