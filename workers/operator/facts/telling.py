"""Facts in words, for commands and pages."""

from typing import Final

from harvester.sizes import size
from harvester.store.mails import MailCounts
from workers.operator.facts.vitals import Vitals
from workers.words import span, utc

MANY_DAYS: Final = 1_000


def vital_rows(vitals: Vitals) -> list[tuple[str, str]]:
    """Give the signs of health as rows of two."""
    disk, lag, broker = vitals.disk, vitals.lag, vitals.broker
    rows = [
        ("searchable", f"half within {_within(lag.half_s)}, 95 % within {_within(lag.most_s)}" if lag.half_s else ""),
        ("waits longest for the index", span(lag.waiting_s)),
        ("disk", "" if disk.free_bytes is None else f"{size(disk.free_bytes)} free, mark {size(disk.mark_bytes)}"),
        ("pages in the archive", size(disk.archive_bytes)),
        ("store", size(disk.store_bytes)),
        ("disk lasts", _days(disk.days_left)),
        ("broker", vitals.broker_error if broker is None else f"{broker.version}, {size(broker.memory_bytes)}"),
        ("broker holds", "" if broker is None else f"{broker.held:,} messages that workers have not ended"),
        ("tries in vain", f"{vitals.tries.in_vain:,}, {vitals.tries.done:,} pages done in ten minutes"),
        ("mail", _mails(vitals.mails)),
        *((f"{one.name} is left alone", f"until {utc(one.until)}") for one in vitals.limited),
    ]
    counts = [
        (name.replace("_", " "), ", ".join(f"{value:g} {label}".strip() for label, value in sorted(labels.items())))
        for name, labels in vitals.counts.items()
        if labels
    ]
    return rows + counts


def _mails(mails: MailCounts) -> str:
    known = ((mails.waiting, "waits"), (mails.failed, "given up"))
    return ", ".join(f"{number:,} {what}" for number, what in known if number)


def _days(days: float | None) -> str:
    if days is None:
        return ""
    return "for years" if days > MANY_DAYS else f"{days:,.0f} days"


def _within(bound_s: float | None) -> str:
    return span(bound_s) if bound_s != float("inf") else "more than an hour"
