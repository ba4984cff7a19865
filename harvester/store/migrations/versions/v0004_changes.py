"""The order of all changes, and saved filters with the items that they have."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; items that are there take their places by the time of their last change."""
    key = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "stampings",
        sa.Column("seq", number, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
    )
    op.create_index("stampings_at", "stampings", ["at"])
    op.create_table(
        "changes",
        sa.Column("item_id", key, primary_key=True),
        sa.Column("seq", number, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "saved_filters",
        sa.Column("id", number, primary_key=True),
        sa.Column("name", key, nullable=False, unique=True),
        sa.Column("said", sa.LargeBinary, nullable=False),
        sa.Column("conditions", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("reached", key),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "members",
        sa.Column("filter", number, primary_key=True, autoincrement=False),
        sa.Column("item_id", key, primary_key=True),
        sa.Column("seq", number, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("present", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO stampings (seq, at) SELECT ROW_NUMBER() OVER (ORDER BY changed), changed "
        "FROM (SELECT DISTINCT changed FROM items) AS times"
    )
    op.execute(
        "INSERT INTO changes (item_id, seq, version) "
        "SELECT items.id, stampings.seq, items.version FROM items JOIN stampings ON stampings.at = items.changed"
    )
    op.create_index("changes_seq", "changes", ["seq", "item_id"])
    op.create_index("members_seq", "members", ["filter", "seq", "item_id"])
    op.drop_index("items_changed", "items")
