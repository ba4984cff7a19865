"""What readers add to items, tokens, mail and invitations, the hub's own settings, and what records said before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the column of a key's quota."""
    key = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "comments",
        sa.Column("id", number, primary_key=True),
        sa.Column("item_id", key, sa.ForeignKey("items.id"), nullable=False),
        sa.Column("parent", number),
        sa.Column("thread", number),
        sa.Column("user", number, sa.ForeignKey("users.id", ondelete="SET NULL")),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("mail", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", key, nullable=False),
        sa.Column("flags", sa.Integer, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("changed", sa.Double, nullable=False),
        sa.Column("visit", key, nullable=False),
        sa.Column("client", key, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("comments_item", "comments", ["item_id", "state", "id"])
    op.create_index("comments_state", "comments", ["state", "id"])
    flagged, known = sa.text("flags > 0"), sa.text("client <> ''")
    columns = ["state", "id"]
    op.create_index("comments_flagged", "comments", columns, sqlite_where=flagged, postgresql_where=flagged)
    op.create_index("comments_known", "comments", ["created"], sqlite_where=known, postgresql_where=known)
    op.create_table(
        "comment_events",
        sa.Column("id", number, primary_key=True),
        sa.Column("comment", number, sa.ForeignKey("comments.id", ondelete="CASCADE"), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("client", key, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("comment_events_comment", "comment_events", ["comment", "id"])
    columns = ["client", "at"]
    op.create_index("comment_events_client", "comment_events", columns, sqlite_where=known, postgresql_where=known)
    op.create_index("comment_events_known", "comment_events", ["at"], sqlite_where=known, postgresql_where=known)
    op.create_table(
        "subscriptions",
        sa.Column("id", number, primary_key=True),
        sa.Column("item_id", key, sa.ForeignKey("items.id"), nullable=False),
        sa.Column("mail", key, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("confirmed", sa.Double, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("subscriptions_item", "subscriptions", ["item_id", "mail"], unique=True)
    op.create_table(
        "mails",
        sa.Column("id", number, primary_key=True),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("not_before", sa.Double, nullable=False),
        sa.Column("tries", sa.SmallInteger, nullable=False),
        sa.Column("fence", number, nullable=False),
        sa.Column("leased_until", sa.Double, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("failed", sa.Double, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "mails_next",
        "mails",
        ["not_before"],
        sqlite_where=sa.text("failed = 0"),
        postgresql_where=sa.text("failed = 0"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", number, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("mail", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.Column("items", sa.Text, nullable=False),
        sa.Column("properties", sa.Text, nullable=False),
        sa.Column("uses_left", sa.Integer),
        sa.Column("used", sa.Double, nullable=False),
        sa.Column("revoked", sa.Double, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "token_sessions",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("token", number, sa.ForeignKey("tokens.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
    )
    op.create_index("token_sessions_token", "token_sessions", ["token"])
    op.create_table(
        "proposals",
        sa.Column("id", number, primary_key=True),
        sa.Column("item_id", key, sa.ForeignKey("items.id"), nullable=False),
        sa.Column("token", number, sa.ForeignKey("tokens.id")),
        sa.Column("user", number, sa.ForeignKey("users.id", ondelete="SET NULL")),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("state", key, nullable=False),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("changed", sa.Double, nullable=False),
        sa.Column("submitted", sa.Double, nullable=False),
        sa.Column("decided", sa.Double, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("proposals_item", "proposals", ["item_id", "id"])
    op.create_index("proposals_state", "proposals", ["state", "id"])
    op.create_index("proposals_token", "proposals", ["token"])
    op.create_index("proposals_user", "proposals", ["user"])
    op.create_table(
        "proposal_values",
        sa.Column("id", number, primary_key=True),
        sa.Column("proposal", number, sa.ForeignKey("proposals.id", ondelete="CASCADE"), nullable=False),
        sa.Column("property", sa.Text, nullable=False),
        sa.Column("original", sa.Text),
        sa.Column("proposed", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("edit", number, sa.ForeignKey("edits.id")),
        sqlite_autoincrement=True,
    )
    op.create_index("proposal_values_proposal", "proposal_values", ["proposal", "id"])
    op.create_table(
        "invitations",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("user", number, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
    )
    op.create_index("invitations_user", "invitations", ["user"])
    op.add_column("api_keys", sa.Column("quota", sa.Integer))
    op.create_table(
        "hub_settings",
        sa.Column("version", number, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("logo", sa.LargeBinary, nullable=False),
        sa.Column("logo_type", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "record_versions",
        sa.Column("id", number, primary_key=True),
        sa.Column("endpoint", key, nullable=False),
        sa.Column("metadata_prefix", key, nullable=False),
        sa.Column("identifier", key, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
        sa.Column("datestamp", sa.Text, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("run", sa.BigInteger, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("metadata", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    columns = ["endpoint", "metadata_prefix", "identifier", "id"]
    op.create_index("record_versions_record", "record_versions", columns)
