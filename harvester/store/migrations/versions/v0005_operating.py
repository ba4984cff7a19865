"""What operating a hub needs: schedules, controls, breakers, heartbeats, counts, alerts, audit, takedowns, accounts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the columns of takedowns, retention and what people did."""
    key = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "schedules",
        sa.Column("endpoint", key, primary_key=True),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("jitter_s", sa.Double, nullable=False),
        sa.Column("next_due", sa.Double, nullable=False),
        sa.Column("due_since", sa.Double, nullable=False),
        sa.Column("missed", sa.Integer, nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("leased_until", sa.Double, nullable=False),
        sa.Column("hinted_at", sa.Double, nullable=False),
        sa.Column("tries", sa.SmallInteger, nullable=False),
        sa.Column("error", sa.Text),
    )
    op.create_index("schedules_next", "schedules", ["next_due"])
    op.create_table(
        "controls",
        sa.Column("scope", key, primary_key=True),
        sa.Column("name", key, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
    )
    op.create_table(
        "breakers",
        sa.Column("stage", key, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("open_until", sa.Double, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
    )
    op.create_table(
        "processes",
        sa.Column("id", key, primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("queues", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("started", sa.Double, nullable=False),
        sa.Column("beat_at", sa.Double, nullable=False),
        sa.Column("doing", sa.Text, nullable=False),
        sa.Column("doing_since", sa.Double, nullable=False),
        sa.Column("done", number, nullable=False),
        sa.Column("last_done", sa.Double, nullable=False),
    )
    op.create_index("processes_beat", "processes", ["beat_at"])
    op.create_table(
        "counters",
        sa.Column("name", key, primary_key=True),
        sa.Column("label", key, primary_key=True),
        sa.Column("value", sa.Double, nullable=False),
    )
    op.create_table(
        "alerts",
        sa.Column("kind", key, primary_key=True),
        sa.Column("object", key, primary_key=True),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("told", sa.Double, nullable=False),
        sa.Column("ended", sa.Double, nullable=False),
        sa.Column("reached", sa.Text, nullable=False),
        sa.Column("not_before", sa.Double, nullable=False),
        sa.Column("tries", sa.SmallInteger, nullable=False),
        sa.Column("error", sa.Text),
    )
    op.create_table(
        "audit",
        sa.Column("id", number, primary_key=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("actor", key, nullable=False),
        sa.Column("action", key, nullable=False),
        sa.Column("object", key, nullable=False),
        sa.Column("details", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_object", "audit", ["object", "id"])
    op.create_index("audit_actor", "audit", ["actor", "id"])
    op.create_table(
        "dropped",
        sa.Column("kind", key, primary_key=True),
        sa.Column("key", key, primary_key=True),
        sa.Column("at", sa.Double, nullable=False),
    )
    dead = sa.text("state = 'dead'")
    op.create_index("pages_dead", "pages", ["run", "number"], sqlite_where=dead, postgresql_where=dead)
    stored = sa.text("state = 'stored'")
    op.create_index("pages_stored", "pages", ["run", "leased_until"], sqlite_where=stored, postgresql_where=stored)
    op.create_table(
        "takedowns",
        sa.Column("id", number, primary_key=True),
        sa.Column("item_id", key, nullable=False),
        sa.Column("work", key, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("public", sa.Boolean, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("revoked", sa.Double, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("takedowns_item", "takedowns", ["item_id"])
    op.create_table(
        "users",
        sa.Column("id", number, primary_key=True),
        sa.Column("name", key, nullable=False, unique=True),
        sa.Column("mail", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("seen", sa.Double, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.Double, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("user", number, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("seen", sa.Double, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.Column("client", sa.Text, nullable=False),
    )
    op.create_index("sessions_user", "sessions", ["user"])
    op.create_table(
        "api_keys",
        sa.Column("id", number, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("user", number, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.Column("used", sa.Double, nullable=False),
        sa.Column("revoked", sa.Double, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("api_keys_user", "api_keys", ["user"])
    op.add_column("items", sa.Column("hidden", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("pages", sa.Column("archived_bytes", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("pages", sa.Column("removed", sa.Double, nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("priority", sa.SmallInteger, nullable=False, server_default="1"))
    op.add_column("joining", sa.Column("priority", sa.SmallInteger, nullable=False, server_default="1"))
    urgent = sa.text("priority = 0")
    op.create_index("joining_urgent", "joining", ["item_id"], sqlite_where=urgent, postgresql_where=urgent)
    op.drop_index("outbox_waiting", "outbox")
    waits = sa.text("reason IS NULL")
    columns = ["priority", "queued", "item_id", "reason"]
    op.create_index("outbox_waiting", "outbox", columns, sqlite_where=waits, postgresql_where=waits)
    deleted = sa.text("deleted")
    op.create_index("records_deleted", "records", ["endpoint"], sqlite_where=deleted, postgresql_where=deleted)
    op.create_index("rejected_identifier", "rejected", ["identifier"])
    op.create_index("dois_fetched", "dois", ["fetched"])
