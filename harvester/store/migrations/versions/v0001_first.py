"""The first tables: endpoints, runs, windows, pages, records, items, the outbox, budgets, deletion plans, DOIs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

COUNTS = ("received", "new", "changed", "unchanged", "deleted", "duplicate", "rejected")


def upgrade() -> None:
    """Make all tables."""
    _make_harvest_tables()
    _make_item_tables()
    _make_work_tables()
    _make_watch_tables()
    _make_doi_tables()


def _make_harvest_tables() -> None:
    key, number = _types()
    op.create_table(
        "endpoints",
        sa.Column("key", key, primary_key=True),
        sa.Column("definition", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "watermarks",
        sa.Column("endpoint", key, primary_key=True),
        sa.Column("set_spec", key, primary_key=True),
        sa.Column("response_date", sa.Text, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("id", number, primary_key=True),
        sa.Column("endpoint", key, nullable=False),
        sa.Column("host", key, nullable=False),
        sa.Column("metadata_prefix", sa.Text, nullable=False),
        sa.Column("sets", sa.Text, nullable=False),
        sa.Column("since", sa.Text),
        sa.Column("until", sa.Text),
        sa.Column("full", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text),
        sa.Column("started", sa.Double, nullable=False),
        sa.Column("ended", sa.Double),
        sa.Column("error", sa.Text),
        sa.Column("deleted_record", sa.Text, nullable=False),
        sa.Column("next_page", sa.Integer, nullable=False),
        sa.Column("next_window", sa.Integer, nullable=False),
        *(sa.Column(name, number) for name in COUNTS),
        sqlite_autoincrement=True,
    )
    _index("runs_open", "runs", ["endpoint"], unique=True, where="ended IS NULL")
    _index("runs_endpoint", "runs", ["endpoint", "id"])
    op.create_table(
        "windows",
        sa.Column("run", number, sa.ForeignKey("runs.id"), primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("set_spec", sa.Text, nullable=False),
        sa.Column("since", sa.Text),
        sa.Column("until", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("restarts", sa.Integer, nullable=False),
    )
    op.create_table(
        "pages",
        sa.Column("run", number, sa.ForeignKey("runs.id"), primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("window", sa.Integer, nullable=False),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("set_spec", sa.Text, nullable=False),
        sa.Column("token", sa.Text),
        sa.Column("identifier", sa.Text),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("leased_until", sa.Double, nullable=False),
        sa.Column("not_before", sa.Double, nullable=False),
        sa.Column("hinted_at", sa.Double, nullable=False),
        sa.Column("tries", sa.SmallInteger, nullable=False),
        sa.Column("restarted", sa.Boolean, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("location", sa.Text),
        sa.Column("response_date", sa.Text),
        sa.Column("complete_list_size", sa.BigInteger),
        sa.Column("digest", sa.LargeBinary),
        sa.Column("notes", sa.Text),
        *(sa.Column(name, sa.Integer, nullable=False) for name in COUNTS),
        sa.CheckConstraint("state IN ('pending', 'archived', 'stored', 'dead')", name="pages_state"),
    )
    _index("pages_seen", "pages", ["run", "window", "digest"])
    _index("pages_open", "pages", ["run", "number"], where="state IN ('pending', 'archived')")
    op.create_table(
        "rejected",
        sa.Column("run", number, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("identifier", sa.Text),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["run", "number"], ["pages.run", "pages.number"]),
    )
    _index("rejected_cause", "rejected", ["cause"])
    op.create_table(
        "hosts",
        sa.Column("host", key, primary_key=True),
        sa.Column("next_at", sa.Double, nullable=False),
        sa.Column("blocked_until", sa.Double, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
    )


def _make_watch_tables() -> None:
    key, number = _types()
    op.create_table(
        "probes",
        sa.Column("endpoint", key, primary_key=True),
        sa.Column("at", sa.Double, primary_key=True),
        sa.Column("findings", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "plans",
        sa.Column("id", number, primary_key=True),
        sa.Column("endpoint", key, nullable=False),
        sa.Column("metadata_prefix", sa.Text, nullable=False),
        sa.Column("run", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("live", sa.BigInteger, nullable=False),
        sa.Column("vanished", sa.BigInteger, nullable=False),
        sa.Column("deleted", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("decided", sa.Double),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("leased_until", sa.Double, nullable=False),
        sa.Column("not_before", sa.Double, nullable=False),
        sa.Column("hinted_at", sa.Double, nullable=False),
        sa.Column("tries", sa.SmallInteger, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("reached", key),
        sa.CheckConstraint(
            "state IN ('proposed', 'held', 'applying', 'applied', 'undoing', 'undone', 'dismissed', 'closed')",
            name="plans_state",
        ),
        sqlite_autoincrement=True,
    )
    _index("plans_endpoint", "plans", ["endpoint", "id"])
    _index("plans_run", "plans", ["run"])
    op.create_table(
        "plan_records",
        sa.Column("plan", number, sa.ForeignKey("plans.id"), primary_key=True, autoincrement=False),
        sa.Column("identifier", key, primary_key=True),
        sa.Column("proof", sa.Text),
    )


def _make_item_tables() -> None:
    key, number = _types()
    op.create_table(
        "items",
        sa.Column("id", key, primary_key=True),
        sa.Column("repository", key, nullable=False),
        sa.Column("identifier", key, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("changed", sa.Double, nullable=False),
        sa.Column("merged_into", key),
        sqlite_with_rowid=False,
    )
    _index("items_identity", "items", ["identifier", "repository"], unique=True)
    _index("items_merged", "items", ["merged_into"], where="merged_into IS NOT NULL")
    op.create_table(
        "records",
        sa.Column("endpoint", key, primary_key=True),
        sa.Column("metadata_prefix", key, primary_key=True),
        sa.Column("identifier", key, primary_key=True),
        sa.Column("item_id", key, sa.ForeignKey("items.id")),
        sa.Column("datestamp", sa.Text, nullable=False),
        sa.Column("sets", sa.Text, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("run", sa.BigInteger, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("seen_run", sa.BigInteger, nullable=False),
        sa.Column("metadata", sa.LargeBinary, nullable=False),
        sa.Column("plan", sa.BigInteger),
        sa.Column("doi", key),
    )
    _index("records_item", "records", ["item_id"])
    _index("records_doi", "records", ["doi"], where="doi IS NOT NULL")
    op.create_table(
        "edits",
        sa.Column("id", number, primary_key=True),
        sa.Column("item_id", key, sa.ForeignKey("items.id"), nullable=False),
        sa.Column("property", sa.Text, nullable=False),
        sa.Column("said", sa.LargeBinary, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("revoked", sa.Double, nullable=False),
        sqlite_autoincrement=True,
    )
    _index("edits_item", "edits", ["item_id", "id"])
    op.create_table(
        "outbox",
        sa.Column("item_id", key, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("queued", sa.Double, nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("leased_until", sa.Double, nullable=False),
        sa.Column("reason", sa.Text),
        sqlite_with_rowid=False,
    )
    _index("outbox_waiting", "outbox", ["queued", "item_id", "reason"], where="reason IS NULL")
    _index("outbox_refused", "outbox", ["reason"], where="reason IS NOT NULL")
    _index("outbox_taken", "outbox", ["fence"], where="fence <> 0")


def _make_doi_tables() -> None:
    key, number = _types()
    op.create_table(
        "dois",
        sa.Column("doi", key, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("due", sa.Double),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("leased_until", sa.Double, nullable=False),
        sa.Column("tries", sa.SmallInteger, nullable=False),
        sa.Column("omitted_by", sa.Text),
        sa.Column("agency", sa.Text),
        sa.Column("fetched", sa.Double, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("location", sa.Text),
        sa.Column("metadata", sa.LargeBinary),
        sa.CheckConstraint("state IN ('waiting', 'found', 'absent', 'dead')", name="dois_state"),
        sqlite_with_rowid=False,
    )
    _index("dois_due", "dois", ["route", "due"], where="due IS NOT NULL")
    _index("dois_taken", "dois", ["fence"], where="fence <> 0")
    op.create_table(
        "doi_inbox",
        sa.Column("id", number, primary_key=True),
        sa.Column("doi", key, nullable=False),
        sa.Column("queued", sa.Double, nullable=False),
    )
    op.create_table(
        "doi_prefixes",
        sa.Column("prefix", key, primary_key=True),
        sa.Column("agency", sa.Text, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
    )
    op.create_table(
        "registry_budgets",
        sa.Column("lane", key, primary_key=True),
        sa.Column("rate", sa.Double, nullable=False),
        sa.Column("ceiling", sa.Double, nullable=False),
        sa.Column("concurrent", sa.Integer, nullable=False),
        sa.Column("next_at", sa.Double, nullable=False),
        sa.Column("blocked_until", sa.Double, nullable=False),
        sa.Column("changed_at", sa.Double, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
    )
    op.create_table(
        "registry_calls",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("service", key, nullable=False),
        sa.Column("leased_until", sa.Double, nullable=False),
    )


def _make_work_tables() -> None:
    key, _ = _types()
    op.create_table(
        "joining",
        sa.Column("item_id", key, sa.ForeignKey("items.id"), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "work_keys",
        sa.Column("key", key, primary_key=True),
        sa.Column("item_id", key, sa.ForeignKey("items.id"), primary_key=True),
        sqlite_with_rowid=False,
    )
    _index("work_keys_item", "work_keys", ["item_id"])
    op.create_table(
        "work_rules",
        sa.Column("one", key, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("other", key, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("joined", sa.Boolean, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
    )
    _index("work_rules_other", "work_rules", ["other"])


def _types() -> tuple[sa.Text, sa.BigInteger]:
    """Give a text in byte order, and a number that SQLite can count up by itself."""
    key = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    return key, sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _index(name: str, table: str, columns: list[str], *, unique: bool = False, where: str | None = None) -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
