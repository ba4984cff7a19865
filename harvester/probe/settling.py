"""From findings to the settings of an endpoint: what is not known, and what a person has set, stays as it is."""

from typing import Final

import msgspec

from harvester.endpoint import Endpoint
from harvester.probe.findings import Findings
from harvester.probe.heads import write_moment
from harvester.windows import parse_datestamp

MOST_PARALLEL: Final = 4
QUICK_PAGE_S: Final = 2.0
SLOW_PAGE_S: Final = 10.0
WIDE_OVERLAP_S: Final = 2 * 86_400.0
DELETED_RECORD: Final = ("no", "transient", "persistent")


def settings_from(findings: Findings, endpoint: Endpoint, before: Findings | None = None) -> Endpoint:
    """Give the endpoint with what a probe of it found.

    Its metadata_prefix becomes the one that was looked at, its label the repository's name where it has none. With the
    findings of the probe `before`, settings that are other than these had it are left alone, too: a harvest has
    learned better since.
    """
    found = _known(findings, endpoint)
    if before is not None:
        old = _known(before, endpoint)
        found = {
            name: value for name, value in found.items() if getattr(endpoint, name) in {None, "", old.get(name, value)}
        }
    return msgspec.structs.replace(endpoint, **found)


def _known(findings: Findings, endpoint: Endpoint) -> dict[str, object]:
    found = {
        "metadata_prefix": findings.metadata_prefix,
        "label": endpoint.label or findings.identify.name,
        "selective": selective(findings),
        "until_inclusive": findings.selection.until_inclusive,
        "granularity": findings.selection.granularity or findings.identify.granularity,
        "earliest": _earliest(findings),
        "deleted_record": _deleted_record(findings),
        "overlap_s": WIDE_OVERLAP_S if findings.selection.exact is False and selective(findings) else None,
        "parallel": _parallel(findings),
        "repeat_arguments": None if findings.token.alone is None else not findings.token.alone,
    }
    return {name: value for name, value in found.items() if value not in {None, ""} and name not in endpoint.by_hand}


def selective(findings: Findings) -> bool | None:
    """Tell whether lists can be cut by from and until; None where it is not known of one of them."""
    both = {findings.selection.from_honoured, findings.selection.until_honoured}
    if False in both:
        return False
    return None if None in both else True


def _earliest(findings: Findings) -> str | None:
    """Give the oldest datestamp: the first one of a list that is in order, else what is said or seen to be older."""
    listing = findings.listing
    if listing.order == "ascending" and listing.first is not None:
        return listing.first
    said = parse_datestamp(findings.identify.earliest)
    older = [text for text in (None if said is None else write_moment(said), listing.earliest) if text is not None]
    return min(older, default=None)


def _deleted_record(findings: Findings) -> str | None:
    """Give what is said of deleted records; one that has some keeps them for a while at least, whatever it says."""
    said = findings.identify.deleted_record.strip().lower()
    if findings.listing.deleted_seen and said not in {"transient", "persistent"}:
        return "transient"
    return said if said in DELETED_RECORD else None


def _parallel(findings: Findings) -> int | None:
    """Give how many requests at once are fair: several only where lists can be cut and nothing went wrong."""
    if selective(findings) is None or findings.listing.page_s is None:
        return None
    page_s = findings.listing.page_s
    calm = not findings.troubles and findings.left_alone_s is None
    if not selective(findings) or not findings.listing.several_pages or not calm or page_s > SLOW_PAGE_S:
        return 1
    return MOST_PARALLEL if page_s <= QUICK_PAGE_S else MOST_PARALLEL // 2
