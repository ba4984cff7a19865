"""The store: everything that oaihub knows for good, in SQLite or PostgreSQL.

`open_store(url)` gives a `Store`; the functions of this folder take it first, then what they work on, then `now`
(seconds since 1970 UTC) where time matters.
"""

from harvester.store.connection import Store
from harvester.store.errors import StoreBusyError, StoreError, StoreFullError, UnknownEndpointError
from harvester.store.opening import open_store

__all__ = ["Store", "StoreBusyError", "StoreError", "StoreFullError", "UnknownEndpointError", "open_store"]
