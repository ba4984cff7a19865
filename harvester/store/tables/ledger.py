"""What is harvested, when, page by page, and what vanished."""

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
    SmallInteger,
    Table,
    Text,
    text,
)

from harvester.store.tables.columns import COUNTS, METADATA, Key, Number

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
    Column("leased_until", Double, nullable=False),  # of a page that is stored: when that was
    Column("not_before", Double, nullable=False),
    Column("hinted_at", Double, nullable=False),  # of a page that is dead: when it died
    Column("tries", SmallInteger, nullable=False),
    Column("restarted", Boolean, nullable=False),  # closed because its token was forgotten; its successor starts again
    Column("error", Text),
    Column("location", Text),
    Column("archived_bytes", BigInteger, nullable=False, server_default=text("0")),  # of its file; 0 is not known
    Column("removed", Double, nullable=False, server_default=text("0")),  # when the archive was told to let it go
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
    Index("pages_dead", "run", "number", sqlite_where=text("state = 'dead'"), postgresql_where=text("state = 'dead'")),
    Index(
        "pages_stored",
        "run",
        "leased_until",
        sqlite_where=text("state = 'stored'"),
        postgresql_where=text("state = 'stored'"),
    ),
    Index("pages_seen", "run", "window", "digest"),
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
    Index("rejected_identifier", "identifier"),
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
