"""The tables of the store, as the newest migration leaves them.

Times are seconds since 1970 UTC (float), 0 where that means never or free. Texts that are compared or sorted have byte
order in both databases, so that ids come in the same order everywhere.
"""

from harvester.store.tables.accounts import api_keys, sessions, users
from harvester.store.tables.columns import COUNTS, METADATA
from harvester.store.tables.dois import (
    doi_inbox,
    doi_notices,
    doi_prefixes,
    dois,
    registry_budgets,
    registry_calls,
    registry_looks,
)
from harvester.store.tables.items import (
    changes,
    edits,
    items,
    joining,
    members,
    outbox,
    records,
    saved_filters,
    stampings,
    work_keys,
    work_rules,
)
from harvester.store.tables.ledger import (
    endpoints,
    hosts,
    pages,
    plan_records,
    plans,
    probes,
    rejected,
    runs,
    watermarks,
    windows,
)
from harvester.store.tables.operating import (
    alerts,
    audit,
    breakers,
    controls,
    counters,
    dropped,
    processes,
    schedules,
    takedowns,
)

__all__ = [
    "COUNTS",
    "METADATA",
    "alerts",
    "api_keys",
    "audit",
    "breakers",
    "changes",
    "controls",
    "counters",
    "doi_inbox",
    "doi_notices",
    "doi_prefixes",
    "dois",
    "dropped",
    "edits",
    "endpoints",
    "hosts",
    "items",
    "joining",
    "members",
    "outbox",
    "pages",
    "plan_records",
    "plans",
    "probes",
    "processes",
    "records",
    "registry_budgets",
    "registry_calls",
    "registry_looks",
    "rejected",
    "runs",
    "saved_filters",
    "schedules",
    "sessions",
    "stampings",
    "takedowns",
    "users",
    "watermarks",
    "windows",
    "work_keys",
    "work_rules",
]
