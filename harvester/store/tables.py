"""The tables of the store, as the newest migration leaves them.

Times are seconds since 1970 UTC (float), 0 where that means never or free. Texts that are compared or sorted have byte
order in both databases, so that ids come in the same order everywhere.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects import postgresql

METADATA: Final = MetaData()

Key = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself in an INTEGER key only

COUNTS: Final = ("received", "new", "changed", "unchanged", "deleted", "duplicate", "rejected")
"""The columns of a balance, in pages (0 until known) and in runs (null until the run has ended)."""

endpoints = Table(
    "endpoints",
    METADATA,
    Column("key", Key, primary_key=True),
    Column("definition", LargeBinary, nullable=False),  # JSON of harvester.endpoint.Endpoint
)

watermarks = Table(
    "watermarks",
    METADATA,
    Column("endpoint", Key, primary_key=True),
    Column("set_spec", Key, primary_key=True),  # "" is the whole repository
    Column("response_date", Text, nullable=False),
)

runs = Table(
    "runs",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("endpoint", Key, nullable=False),
    Column("host", Key, nullable=False),
    Column("metadata_prefix", Text, nullable=False),
    Column("sets", Text, nullable=False),  # JSON list of the sets to harvest, one after the other
    Column("since", Text),
    Column("until", Text),
    Column("full", Boolean, nullable=False),
    Column("state", Text),  # null while the run is open
    Column("started", Double, nullable=False),
    Column("ended", Double),
    Column("error", Text),
    Column("deleted_record", Text, nullable=False),  # what the repository says of it, "" where its list proves nothing
    Column("next_page", Integer, nullable=False),  # the numbers that the next page and the next window get
    Column("next_window", Integer, nullable=False),
    *(Column(name, Number) for name in COUNTS),
    Index(
        "runs_open", "endpoint", unique=True, sqlite_where=text("ended IS NULL"), postgresql_where=text("ended IS NULL")
    ),
    Index("runs_endpoint", "endpoint", "id"),
    sqlite_autoincrement=True,  # an id that the archive knows is never given again
)

windows = Table(
    "windows",
    METADATA,
    Column("run", Number, ForeignKey("runs.id"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("set_spec", Text, nullable=False),
    Column("since", Text),  # full datestamps (UTC, seconds), both inclusive; null is open
    Column("until", Text),
    Column("reason", Text, nullable=False),  # whole, slice, restart, short, dig, import: why it was opened
    Column("restarts", Integer, nullable=False),  # how often these bounds were begun again before
)

pages = Table(
    "pages",
    METADATA,
    Column("run", Number, ForeignKey("runs.id"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("window", Integer, nullable=False),
    Column("verb", Text, nullable=False),  # ListRecords, ListIdentifiers or GetRecord; Import: see imports.py
    Column("set_spec", Text, nullable=False),
    Column("token", Text),
    Column("identifier", Text),  # of the record that a GetRecord page asks for
    Column("fence", BigInteger, nullable=False),
    Column("leased_until", Double, nullable=False),
    Column("not_before", Double, nullable=False),
    Column("hinted_at", Double, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Column("restarted", Boolean, nullable=False),  # closed because its token was forgotten; its successor starts again
    Column("error", Text),
    Column("location", Text),
    Column("response_date", Text),
    Column("complete_list_size", BigInteger),
    Column("digest", LargeBinary),  # of the identifiers on it: a list that gives the same page again never ends
    Column("notes", Text),  # JSON object: how often a repair was made or a fault was met, by its code
    *(Column(name, Integer, nullable=False) for name in COUNTS),
    CheckConstraint("state IN ('pending', 'archived', 'stored', 'dead')", name="pages_state"),
    Index(
        "pages_open",
        "run",
        "number",
        sqlite_where=text("state IN ('pending', 'archived')"),
        postgresql_where=text("state IN ('pending', 'archived')"),
    ),
    Index("pages_seen", "run", "window", "digest"),
)

items = Table(
    "items",
    METADATA,
    Column("id", Key, primary_key=True),
    Column("repository", Key, nullable=False),
    Column("identifier", Key, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("changed", Double, nullable=False),
    Column("merged_into", Key),  # the item that leads its work and holds its records, null where it stands by itself
    Index("items_identity", "identifier", "repository", unique=True),
    Index(
        "items_merged",
        "merged_into",
        sqlite_where=text("merged_into IS NOT NULL"),
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

records = Table(
    "records",
    METADATA,
    Column("endpoint", Key, primary_key=True),
    Column("metadata_prefix", Key, primary_key=True),
    Column("identifier", Key, primary_key=True),
    Column("item_id", Key, ForeignKey("items.id")),  # null: has never been anything but deleted
    Column("datestamp", Text, nullable=False),
    Column("sets", Text, nullable=False),  # JSON list
    Column("deleted", Boolean, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("run", BigInteger, nullable=False),  # the page that the values were read from
    Column("number", Integer, nullable=False),
    Column("seen_run", BigInteger, nullable=False),  # the last run that the repository showed it in
    Column("metadata", LargeBinary, nullable=False),  # JSON of harvester.item.Metadata; empty when deleted
    Column("plan", BigInteger),  # the deletion plan that deleted it; its metadata is kept, so that it can come back
    Column("doi", Key),  # the DOI that it says is its own
    Index("records_item", "item_id"),
    Index("records_doi", "doi", sqlite_where=text("doi IS NOT NULL"), postgresql_where=text("doi IS NOT NULL")),
)

joining = Table(
    "joining",
    METADATA,
    Column("item_id", Key, ForeignKey("items.id"), primary_key=True),  # changed since its work was looked for
    sqlite_with_rowid=False,
)

work_keys = Table(
    "work_keys",
    METADATA,
    Column("key", Key, primary_key=True),
    Column("item_id", Key, ForeignKey("items.id"), primary_key=True),
    Index("work_keys_item", "item_id"),
    sqlite_with_rowid=False,
)

work_rules = Table(
    "work_rules",
    METADATA,
    Column("one", Key, ForeignKey("items.id"), primary_key=True),  # the lesser of the two ids
    Column("other", Key, ForeignKey("items.id"), primary_key=True),
    Column("joined", Boolean, nullable=False),
    Column("at", Double, nullable=False),
    Index("work_rules_other", "other"),
)

edits = Table(
    "edits",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("item_id", Key, ForeignKey("items.id"), nullable=False),
    Column("property", Text, nullable=False),
    Column("said", LargeBinary, nullable=False),  # JSON list of texts, as the person wrote them; empty clears
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("revoked", Double, nullable=False),  # 0 while it is in force
    Index("edits_item", "item_id", "id"),
    sqlite_autoincrement=True,
)

stampings = Table(
    "stampings",
    METADATA,
    Column("seq", Number, primary_key=True, autoincrement=False),  # one for each batch that the index has taken
    Column("at", Double, nullable=False),
    Index("stampings_at", "at"),
)

changes = Table(
    "changes",
    METADATA,
    Column("item_id", Key, primary_key=True),
    Column("seq", Number, nullable=False),  # when it last changed
    Column("version", BigInteger, nullable=False),
    Index("changes_seq", "seq", "item_id"),  # the order in which the hub is harvested
    sqlite_with_rowid=False,
)

saved_filters = Table(
    "saved_filters",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("name", Key, nullable=False, unique=True),
    Column("said", LargeBinary, nullable=False),  # JSON list of the filters as a person wrote them
    Column("conditions", LargeBinary, nullable=False),  # JSON list of indexer.query.Condition
    Column("created", Double, nullable=False),
    Column("reached", Key),  # the last item that was looked at for it; null when all were
    sqlite_autoincrement=True,
)

members = Table(
    "members",
    METADATA,
    Column("filter", Number, primary_key=True, autoincrement=False),
    Column("item_id", Key, primary_key=True),
    Column("seq", Number, nullable=False),  # when it last changed in the filter, came or left
    Column("version", BigInteger, nullable=False),
    Column("present", Boolean, nullable=False),
    Index("members_seq", "filter", "seq", "item_id"),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    METADATA,
    Column("item_id", Key, ForeignKey("items.id"), primary_key=True),
    Column("queued", Double, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("leased_until", Double, nullable=False),
    Column("reason", Text),  # why the index refused it; it waits for a change then
    Index(
        "outbox_waiting",
        "queued",
        "item_id",
        "reason",  # always null; with it SQLite can count without the table
        sqlite_where=text("reason IS NULL"),
        postgresql_where=text("reason IS NULL"),
    ),
    Index(
        "outbox_refused",
        "reason",
        sqlite_where=text("reason IS NOT NULL"),
        postgresql_where=text("reason IS NOT NULL"),
    ),
    Index("outbox_taken", "fence", sqlite_where=text("fence <> 0"), postgresql_where=text("fence <> 0")),
    sqlite_with_rowid=False,
)

rejected = Table(
    "rejected",
    METADATA,
    Column("run", Number, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("identifier", Text),
    Column("cause", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    ForeignKeyConstraint(["run", "number"], ["pages.run", "pages.number"]),
    Index("rejected_cause", "cause"),
)

hosts = Table(
    "hosts",
    METADATA,
    Column("host", Key, primary_key=True),
    Column("next_at", Double, nullable=False),
    Column("blocked_until", Double, nullable=False),
    Column("failures", Integer, nullable=False),  # requests in a row that got no answer
)

probes = Table(
    "probes",
    METADATA,
    Column("endpoint", Key, primary_key=True),
    Column("at", Double, primary_key=True),  # negative: an attempt, offered or taken then
    Column("findings", LargeBinary, nullable=False),  # JSON of harvester.probe.Findings; empty in an attempt
)

plans = Table(
    "plans",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("endpoint", Key, nullable=False),
    Column("metadata_prefix", Text, nullable=False),
    Column("run", BigInteger, nullable=False),  # the complete list that its records are absent from
    Column("state", Text, nullable=False),
    Column("live", BigInteger, nullable=False),  # records of the endpoint that were live before
    Column("vanished", BigInteger, nullable=False),
    Column("deleted", BigInteger, nullable=False),  # how many of them it has deleted, less those it has brought back
    Column("reason", Text),  # why it is held or closed, or what is to be known of it
    Column("created", Double, nullable=False),
    Column("decided", Double),
    Column("fence", BigInteger, nullable=False),
    Column("leased_until", Double, nullable=False),
    Column("not_before", Double, nullable=False),
    Column("hinted_at", Double, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Column("error", Text),  # why the last proof could not be had
    Column("reached", Key),  # the last record that is done, while it is applied or undone
    CheckConstraint(
        "state IN ('proposed', 'held', 'applying', 'applied', 'undoing', 'undone', 'dismissed', 'closed')",
        name="plans_state",
    ),
    Index("plans_endpoint", "endpoint", "id"),
    Index("plans_run", "run"),
    sqlite_autoincrement=True,
)

plan_records = Table(
    "plan_records",
    METADATA,
    Column("plan", Number, ForeignKey("plans.id"), primary_key=True, autoincrement=False),
    Column("identifier", Key, primary_key=True),
    Column("proof", Text),  # what GetRecord said of it, where it was asked
)

dois = Table(
    "dois",
    METADATA,
    Column("doi", Key, primary_key=True),  # lower case
    Column("state", Text, nullable=False),  # what is known of it, also while it is asked again
    Column("route", Text, nullable=False),  # how it is asked for next: see harvester.dois.limits
    Column("due", Double),  # when it is to be asked for; null where that has been given up
    Column("fence", BigInteger, nullable=False),
    Column("leased_until", Double, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Column("omitted_by", Text),  # the route whose list left it out
    Column("agency", Text),  # who registered it, in the words of doi.org
    Column("fetched", Double, nullable=False),  # when it was last answered
    Column("error", Text),
    Column("location", Text),  # the answer in the archive
    Column("metadata", LargeBinary),  # JSON of harvester.item.Metadata; null where nothing is registered
    CheckConstraint("state IN ('waiting', 'found', 'absent', 'dead')", name="dois_state"),
    Index("dois_due", "route", "due", sqlite_where=text("due IS NOT NULL"), postgresql_where=text("due IS NOT NULL")),
    Index("dois_taken", "fence", sqlite_where=text("fence <> 0"), postgresql_where=text("fence <> 0")),
    sqlite_with_rowid=False,
)

doi_inbox = Table(  # appended to by pages, for a row in `dois` costs four times as much; emptied by those who ask
    "doi_inbox",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("doi", Key, nullable=False),
    Column("queued", Double, nullable=False),
)

doi_prefixes = Table(
    "doi_prefixes",
    METADATA,
    Column("prefix", Key, primary_key=True),
    Column("agency", Text, nullable=False),  # "" where doi.org knows none
    Column("expires", Double, nullable=False),
)

registry_budgets = Table(
    "registry_budgets",
    METADATA,
    Column("lane", Key, primary_key=True),  # a kind of request to a service: see harvester.dois.limits
    Column("rate", Double, nullable=False),  # requests a second, now and at most
    Column("ceiling", Double, nullable=False),
    Column("concurrent", Integer, nullable=False),
    Column("next_at", Double, nullable=False),
    Column("blocked_until", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("failures", Integer, nullable=False),  # requests in a row that got no usable answer
)

registry_calls = Table(
    "registry_calls",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("service", Key, nullable=False),
    Column("leased_until", Double, nullable=False),
)

doi_notices = Table(
    "doi_notices",
    METADATA,
    Column("doi", Key, primary_key=True),  # of the work that a notice changes
    Column("notice", Key, primary_key=True),  # the notice's DOI
    Column("kind", Key, primary_key=True),  # how: retraction, correction, in Crossref's words
    Index("doi_notices_notice", "notice"),
    sqlite_with_rowid=False,
)

registry_looks = Table(
    "registry_looks",
    METADATA,
    Column("service", Key, primary_key=True),
    Column("since", Double, nullable=False),  # notices are looked for from here on
    Column("due", Double, nullable=False),
    Column("leased_until", Double, nullable=False),
    Column("ended", Double, nullable=False),  # when it was last done
    Column("found", Integer, nullable=False),  # works of ours that it changed then
    Column("error", Text),
)
