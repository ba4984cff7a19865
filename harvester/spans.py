"""Traces of pages, where OpenTelemetry is installed (oaihub[otel]); without it nothing of this costs anything.

All spans of one page are in one trace, whoever makes them and when: its number follows from the store, the run and the
page, so nothing has to be kept or passed on between the processes that fetch, store and index it.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

try:
    from opentelemetry.context import Context
    from opentelemetry.trace import (
        NonRecordingSpan,
        SpanContext,
        TraceFlags,
        get_current_span,
        get_tracer,
        set_span_in_context,
    )

    IS_THERE = True
except ImportError:
    IS_THERE = False

NAME: Final = "oaihub"
MOST_PAGES: Final = 50
"""Pages of a batch for the index that get a span; those beyond are left out."""


@contextmanager
def page_span(name: str, place: str, page: str, **attributes: str | int) -> Iterator[None]:
    """Measure a block as a part of what is done with a page (RUN/NUMBER) of the store at a place."""
    if not IS_THERE:
        yield
        return
    told = {f"{NAME}.{key}": value for key, value in attributes.items()} | {f"{NAME}.page": page}
    with get_tracer(NAME).start_as_current_span(name, context=_trace_of(place, page), attributes=told):
        yield


@contextmanager
def span(name: str) -> Iterator[None]:
    """Measure a block as a part of what is measured already."""
    if not IS_THERE:
        yield
        return
    with get_tracer(NAME).start_as_current_span(name):
        yield


def note(**attributes: str | int) -> None:
    """Add to what is measured now, such as what came of it."""
    if IS_THERE:
        get_current_span().set_attributes({f"{NAME}.{key}": value for key, value in attributes.items()})


def note_indexed(place: str, pages: Iterable[str], began: float) -> None:
    """Add to the traces of pages that items of theirs were indexed, since `began` (time.time) until now."""
    if not IS_THERE:
        return
    tracer = get_tracer(NAME)
    for page in sorted({*pages} - {""})[:MOST_PAGES]:
        made = tracer.start_span("index", context=_trace_of(place, page), start_time=int(began * 1e9))
        made.set_attribute(f"{NAME}.page", page)
        made.end(int(time.time() * 1e9))


def _trace_of(place: str, page: str) -> "Context":
    """Give the context that puts a span into the trace of a page, below a beginning that nobody measures."""
    digest = hashlib.blake2b(f"{place} {page}".encode(), digest_size=24).digest()
    trace_id, span_id = int.from_bytes(digest[:16]), int.from_bytes(digest[16:])
    root = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    return set_span_in_context(NonRecordingSpan(root), Context())
