"""What the edge needs to turn a request away."""

from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

Refuse = Callable[[Request, Exception], Response]
"""Gives the answer to an error: a problem, as JSON or as a page."""

WATCHED: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Addresses that machines watch the process by: they are answered however busy it is."""
