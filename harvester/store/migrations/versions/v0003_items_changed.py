"""Items in the order of their last change, as the hub is harvested by others."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("items_changed", "items", ["changed", "id"])
