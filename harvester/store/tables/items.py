"""Records and the items made of them, what people say of them, and what the index has still to take."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    false,
    text,
)

from harvester.store.tables.columns import METADATA, Key, Number

items = Table(
    "items",
    METADATA,
    Column("id", Key, primary_key=True),
    Column("repository", Key, nullable=False),
    Column("identifier", Key, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("changed", Double, nullable=False),
    Column("hidden", Boolean, nullable=False, server_default=false()),  # it or a part of its work was taken down
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
    Index("records_deleted", "endpoint", sqlite_where=text("deleted"), postgresql_where=text("deleted")),
    Index("records_doi", "doi", sqlite_where=text("doi IS NOT NULL"), postgresql_where=text("doi IS NOT NULL")),
)

record_versions = Table(
    "record_versions",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("endpoint", Key, nullable=False),
    Column("metadata_prefix", Key, nullable=False),
    Column("identifier", Key, nullable=False),
    Column("until", Double, nullable=False),  # when the repository was seen to say something else
    Column("datestamp", Text, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("run", BigInteger, nullable=False),  # the page that it was read from
    Column("number", Integer, nullable=False),
    Column("metadata", LargeBinary, nullable=False),  # as in records
    Index("record_versions_record", "endpoint", "metadata_prefix", "identifier", "id"),
    sqlite_autoincrement=True,
)

joining = Table(
    "joining",
    METADATA,
    Column("item_id", Key, ForeignKey("items.id"), primary_key=True),  # changed since its work was looked for
    Column("priority", SmallInteger, nullable=False, server_default=text("1")),  # 0: a person waits for it
    Index("joining_urgent", "item_id", sqlite_where=text("priority = 0"), postgresql_where=text("priority = 0")),
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
    Column("priority", SmallInteger, nullable=False, server_default=text("1")),  # 0: a person waits for it
    Index(
        "outbox_waiting",
        "priority",
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
