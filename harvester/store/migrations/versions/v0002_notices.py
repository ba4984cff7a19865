"""Notices of retractions and corrections by the works they change, and looks through a registry for new ones."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; where works are registered, a look is due at once, back to their first answer."""
    key = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    op.create_table(
        "doi_notices",
        sa.Column("doi", key, primary_key=True),
        sa.Column("notice", key, primary_key=True),
        sa.Column("kind", key, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("doi_notices_notice", "doi_notices", ["notice"])
    op.create_table(
        "registry_looks",
        sa.Column("service", key, primary_key=True),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("due", sa.Double, nullable=False),
        sa.Column("leased_until", sa.Double, nullable=False),
        sa.Column("ended", sa.Double, nullable=False),
        sa.Column("found", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
    )
    op.execute(
        "INSERT INTO registry_looks (service, since, due, leased_until, ended, found) "
        "SELECT 'crossref', MIN(fetched), 0, 0, 0, 0 FROM dois WHERE agency = 'Crossref' AND state = 'found' "
        "HAVING COUNT(*) > 0"
    )
