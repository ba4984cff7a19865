"""What the columns of all tables share."""

from typing import Final

from sqlalchemy import BigInteger, Integer, MetaData, Text
from sqlalchemy.dialects import postgresql

METADATA: Final = MetaData()

Key = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself in an INTEGER key only

COUNTS: Final = ("received", "new", "changed", "unchanged", "deleted", "duplicate", "rejected")
"""The columns of a balance, in pages (0 until known) and in runs (null until the run has ended)."""
