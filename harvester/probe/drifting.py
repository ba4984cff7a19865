"""Drift: what a repository does otherwise than at an earlier probe, in words.

What was not known then or is not known now is no drift, nor is what changes by itself: sizes, times, numbers.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from harvester.probe.findings import Findings

SHOWN: Final = 5
SAME_SIZE: Final = 0.2
FACTS: Final[dict[str, Callable[[Findings], object]]] = {
    "name": lambda found: found.identify.name,
    "base URL of Identify": lambda found: found.identify.base_url,
    "permanent redirect": lambda found: found.moved_to or "none",
    "protocol version": lambda found: found.identify.protocol_version,
    "granularity said": lambda found: found.identify.granularity,
    "granularity taken": lambda found: found.selection.granularity,
    "earliest datestamp said": lambda found: found.identify.earliest,
    "nothing is earlier than that": lambda found: found.selection.nothing_earlier,
    "deleted records said": lambda found: found.identify.deleted_record,
    "from is honoured": lambda found: found.selection.from_honoured,
    "until is honoured": lambda found: found.selection.until_honoured,
    "from and until are exact": lambda found: found.selection.exact,
    "from is inclusive": lambda found: found.selection.from_inclusive,
    "until is inclusive": lambda found: found.selection.until_inclusive,
    "sets": lambda found: found.sets.exist,
    "sets are honoured": lambda found: found.sets.honoured,
    "tokens keep the set": lambda found: found.sets.kept_by_token,
    "lists come in pages": lambda found: found.listing.several_pages,
    "completeListSize is given": lambda found: found.listing.size_given,
    "completeListSize is stable": lambda found: found.listing.size_stable,
    "order of datestamps": lambda found: found.listing.order,
    "form of datestamps": lambda found: found.listing.datestamps,
    "shape of tokens": lambda found: found.token.shape,
    "life of tokens in seconds": lambda found: found.token.expires_s,
    "tokens are stateless": lambda found: found.token.stateless,
    "tokens can be used twice": lambda found: found.token.reusable,
    "tokens go alone": lambda found: found.token.alone,
    "gzip": lambda found: found.gzip,
}


def drift(old: Findings, new: Findings) -> tuple[str, ...]:
    """List what has changed from one probe of a repository to another, a line each; empty where nothing has."""
    return (*_facts(old, new), *_page_size(old, new), *_formats(old, new), *_sets(old, new))


def _facts(old: Findings, new: Findings) -> Iterator[str]:
    for name, read in FACTS.items():
        before, after = read(old), read(new)
        if before not in {None, ""} and after not in {None, ""} and before != after:
            yield f"{name}: {_word(after)}, was {_word(before)}"


def _page_size(old: Findings, new: Findings) -> Iterator[str]:
    """Compare page sizes roughly: some repositories leave records out of their pages, so no two are the same."""
    before, after = old.listing.page_size, new.listing.page_size
    if before and after and not 1 - SAME_SIZE < after / before < 1 + SAME_SIZE:
        yield f"page size: {after}, was {before}"


def _formats(old: Findings, new: Findings) -> Iterator[str]:
    if old.formats and new.formats:
        yield from _members("format", [one.prefix for one in old.formats], [one.prefix for one in new.formats])


def _sets(old: Findings, new: Findings) -> Iterator[str]:
    """Compare sets only where both lists are whole, so that none is missed for a bound of the probe."""
    if all(found.sets.whole and found.sets.listed == len(found.sets.sets) for found in (old, new)):
        yield from _members("set", [one.spec for one in old.sets.sets], [one.spec for one in new.sets.sets])


def _members(kind: str, before: list[str], after: list[str]) -> Iterator[str]:
    for told, names in (("gone", set(before) - set(after)), ("new", set(after) - set(before))):
        if names:
            yield f"{kind} {told}: {_some(sorted(names))}"


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    left = len(listed) - SHOWN
    return ", ".join(listed[:SHOWN]) + (f" and {left} more" if left > 0 else "")


def _word(value: object) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
