"""What a probe found, for people: one screen in groups, or one line."""

from collections.abc import Iterator
from typing import Final

from harvester.probe import Findings, ListFound, SelectionFound, SetsFound, TokenFound
from workers.commands.output import print_table
from workers.surveying import Surveyed
from workers.words import span

SHOWN_SETS: Final = 8
Row = tuple[str, str, str]


def print_findings(findings: Findings) -> None:
    """Print all that was found as one table: group, finding, and why where it is not known."""
    print_table(("", "", "", ""), list(_grouped(findings)))


def one_line(surveyed: Surveyed) -> str:
    """Give what matters for the harvest of a new endpoint in one line."""
    endpoint, findings = surveyed.endpoint, surveyed.findings
    listing = ListFound() if findings is None else findings.listing
    parts = (
        endpoint.metadata_prefix,
        "" if listing.size is None else f"{listing.size:,} records",
        "" if listing.page_size is None else f"pages of {listing.page_size:,}",
        "" if listing.page_s is None else f"{listing.page_s:g} s a page",
        {True: "can be cut by dates", False: "cannot be cut by dates", None: ""}[endpoint.selective],
        f"{endpoint.parallel} at once" if endpoint.parallel > 1 else "one at a time",
    )
    place = f" (at {endpoint.base_url})" if surveyed.instead_of else ""
    return f"{endpoint.key} is new: {endpoint.label}{place}: " + ", ".join(part for part in parts if part)


def _grouped(findings: Findings) -> Iterator[tuple[str, str, str, str]]:
    groups = {
        "Identify": _identify(findings),
        "formats": _formats(findings),
        "sets": _sets(findings.sets),
        "from and until": _selection(findings.selection),
        "lists": _listing(findings.listing),
        "tokens": _token(findings.token),
        "the probe": _cost(findings),
    }
    for group, rows in groups.items():
        for place, (name, value, why) in enumerate(rows):
            yield ("" if place else group), name, value, why


def _identify(findings: Findings) -> Iterator[Row]:
    said = findings.identify
    yield "name", said.name, ""
    moved = f"moved for good to {findings.moved_to}" if findings.moved_to else ""
    yield "base URL", findings.base_url, moved
    if said.base_url != findings.base_url:
        yield "base URL said", said.base_url, ""
    yield "protocol", said.protocol_version, ""
    yield "mail", ", ".join(said.admin_emails), ""
    yield "earliest datestamp", said.earliest, _earliest(findings.selection)
    yield "deleted records", said.deleted_record, _seen(findings.listing.deleted_seen)
    yield "compression", ", ".join(said.compression) or "none said", "gzip comes" if findings.gzip else "comes unpacked"


def _formats(findings: Findings) -> Iterator[Row]:
    yield "prefixes", ", ".join(found.prefix for found in findings.formats) or "unknown", ""
    yield "looked at", findings.metadata_prefix, ""


def _sets(found: SetsFound) -> Iterator[Row]:
    if found.exist is None:
        yield "sets", "unknown", found.why.get("exist", "")
        return
    if not found.exist:
        yield "sets", "none", ""
        return
    yield "sets", f"{found.listed:,}" if found.whole else f"at least {found.listed:,}", found.why.get("whole", "")
    named = [one.spec if one.size is None else f"{one.spec} ({one.size:,})" for one in found.sets[:SHOWN_SETS]]
    yield "", ", ".join(named) + (" …" if found.listed > SHOWN_SETS else ""), ""
    yield _told("honoured", found.honoured, found.why, "honoured")
    yield _told("kept by tokens", found.kept_by_token, found.why, "kept_by_token")


def _selection(found: SelectionFound) -> Iterator[Row]:
    yield "best sent as", found.granularity or "unknown", ""
    for label, name in (
        ("takes seconds", "takes_seconds"),
        ("takes days", "takes_days"),
        ("from honoured", "from_honoured"),
        ("until honoured", "until_honoured"),
        ("exact", "exact"),
        ("from inclusive", "from_inclusive"),
        ("until inclusive", "until_inclusive"),
    ):
        yield _told(label, getattr(found, name), found.why, name)


def _listing(found: ListFound) -> Iterator[Row]:
    yield "records", _number(found.size), f"seen by {found.verb}"
    yield "pages of", _number(found.page_size), found.why.get("page_size", "")
    yield "a page takes", "unknown" if found.page_s is None else f"{found.page_s:g} s", ""
    yield _told("size given", found.size_given, found.why, "size_given")
    yield _told("size stable", found.size_stable, found.why, "size_stable")
    yield _told("cursor given", found.cursor_given, found.why, "cursor_given")
    yield "order of dates", found.order or "unknown", found.why.get("order", "")
    yield "dates shown as", found.datestamps or "unknown", found.why.get("datestamps", "")


def _token(found: TokenFound) -> Iterator[Row]:
    if found.shape is None:
        yield "shape", "unknown", found.why.get("shape", "")
        return
    yield "shape", f"{found.shape}, {found.length} characters", ""
    life = "not said" if found.expires_s is None else span(found.expires_s)
    yield "life", life, ""
    yield _told("stateless", found.stateless, found.why, "stateless")
    yield _told("can be used twice", found.reusable, found.why, "reusable")
    yield _told("goes alone", found.alone, found.why, "alone")


def _cost(findings: Findings) -> Iterator[Row]:
    yield "asked", f"{findings.requests} times in {span(findings.seconds)}", ""
    if findings.mended:
        yield "mended", ", ".join(f"{code} ({count})" for code, count in sorted(findings.mended.items())), ""
    for trouble in findings.troubles:
        yield "trouble", trouble, ""


def _told(label: str, value: bool | None, why: dict[str, str], name: str) -> Row:
    return label, {True: "yes", False: "no", None: "unknown"}[value], why.get(name, "")


def _earliest(found: SelectionFound) -> str:
    told = {True: "nothing is older", False: "wrong: ", None: "not checked: "}[found.nothing_earlier]
    return told if found.nothing_earlier else told + found.why.get("nothing_earlier", "")


def _seen(deleted: bool | None) -> str:
    return {True: "some were seen", False: "none was seen", None: ""}[deleted]


def _number(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"
