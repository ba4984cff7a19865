"""Who may do what: people, their sessions, and the keys of programs. No secret is kept, only what proves it."""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, LargeBinary, Table, Text

from harvester.store.tables.columns import METADATA, Key, Number

users = Table(
    "users",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("name", Key, nullable=False, unique=True),
    Column("mail", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password", Text, nullable=False),  # its hash with algorithm and parameters; empty where none is set
    Column("disabled", Boolean, nullable=False),
    Column("created", Double, nullable=False),
    Column("seen", Double, nullable=False),
    Column("failures", Integer, nullable=False),  # wrong passwords in a row
    Column("locked_until", Double, nullable=False),
    sqlite_autoincrement=True,
)

sessions = Table(
    "sessions",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),  # SHA-256 of the token that the browser keeps
    Column("user", Number, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("created", Double, nullable=False),
    Column("seen", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Column("client", Text, nullable=False),  # what the browser calls itself
    Index("sessions_user", "user"),
)

api_keys = Table(
    "api_keys",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),  # SHA-256 of the key
    Column("user", Number, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),  # at most that of its user
    Column("created", Double, nullable=False),
    Column("expires", Double, nullable=False),  # 0: never
    Column("used", Double, nullable=False),
    Column("revoked", Double, nullable=False),
    Column("quota", Integer),  # requests a minute; null: what the server gives every client
    Index("api_keys_user", "user"),
    sqlite_autoincrement=True,
)
