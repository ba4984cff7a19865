"""What readers add to items: comments and proposals, the tokens that let them, mail to them; and the hub's own page."""

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, LargeBinary, SmallInteger, Table, Text, text

from harvester.store.tables.columns import METADATA, Key, Number

comments = Table(
    "comments",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("item_id", Key, ForeignKey("items.id"), nullable=False),
    Column("parent", Number),  # the comment that it answers
    Column("thread", Number),  # the one that began all that; null: it does itself
    Column("user", Number, ForeignKey("users.id", ondelete="SET NULL")),  # null: a visitor
    Column("name", Text, nullable=False),
    Column("mail", Text, nullable=False),  # shown to moderators alone
    Column("body", Text, nullable=False),
    Column("state", Key, nullable=False),  # waiting, approved, spam or deleted
    Column("flags", Integer, nullable=False),  # readers who flagged it since it was last decided on
    Column("created", Double, nullable=False),
    Column("changed", Double, nullable=False),
    Column("visit", Key, nullable=False),  # a keyed digest of its visitor's cookie; empty after some days
    Column("client", Key, nullable=False),  # a keyed digest of the address it came from; likewise
    Column("agent", Text, nullable=False),  # what the browser calls itself; likewise
    Index("comments_item", "item_id", "state", "id"),
    Index("comments_state", "state", "id"),
    Index("comments_flagged", "state", "id", sqlite_where=text("flags > 0"), postgresql_where=text("flags > 0")),
    Index("comments_known", "created", sqlite_where=text("client <> ''"), postgresql_where=text("client <> ''")),
    sqlite_autoincrement=True,
)

comment_events = Table(
    "comment_events",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("comment", Number, ForeignKey("comments.id", ondelete="CASCADE"), nullable=False),
    Column("at", Double, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),  # write, edit, approve, spam, delete, restore or flag
    Column("state", Text, nullable=False),  # of the comment before it; empty for the first
    Column("body", Text, nullable=False),  # of the comment before it; empty where it did not change
    Column("note", Text, nullable=False),
    Column("client", Key, nullable=False),  # as that of a comment; empty where a moderator did it
    Index("comment_events_comment", "comment", "id"),
    Index(
        *("comment_events_client", "client", "at"),
        sqlite_where=text("client <> ''"),
        postgresql_where=text("client <> ''"),
    ),
    Index("comment_events_known", "at", sqlite_where=text("client <> ''"), postgresql_where=text("client <> ''")),
    sqlite_autoincrement=True,
)

subscriptions = Table(
    "subscriptions",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("item_id", Key, ForeignKey("items.id"), nullable=False),
    Column("mail", Key, nullable=False),
    Column("created", Double, nullable=False),
    Column("confirmed", Double, nullable=False),  # 0 until whoever reads that mail has said so
    Index("subscriptions_item", "item_id", "mail", unique=True),
    sqlite_autoincrement=True,
)

mails = Table(
    "mails",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("not_before", Double, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Column("fence", Number, nullable=False),
    Column("leased_until", Double, nullable=False),
    Column("error", Text, nullable=False),
    Column("failed", Double, nullable=False),  # given up; 0 while it is to be sent
    Index("mails_next", "not_before", sqlite_where=text("failed = 0"), postgresql_where=text("failed = 0")),
    sqlite_autoincrement=True,
)

tokens = Table(
    "tokens",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),  # SHA-256 of the token
    Column("label", Text, nullable=False),  # whom it was made for
    Column("mail", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Column("items", Text, nullable=False),  # JSON list of the ids it is good for; [] is all
    Column("properties", Text, nullable=False),  # JSON list of the properties it is good for; [] is all of the template
    Column("uses_left", Integer),  # proposals that may still be handed in; null is any number
    Column("used", Double, nullable=False),  # when it was last opened
    Column("revoked", Double, nullable=False),
    sqlite_autoincrement=True,
)

token_sessions = Table(
    "token_sessions",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),  # SHA-256 of what the browser keeps instead of the token
    Column("token", Number, ForeignKey("tokens.id", ondelete="CASCADE"), nullable=False),
    Column("created", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Index("token_sessions_token", "token"),
)

proposals = Table(
    "proposals",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("item_id", Key, ForeignKey("items.id"), nullable=False),
    Column("token", Number, ForeignKey("tokens.id")),
    Column("user", Number, ForeignKey("users.id", ondelete="SET NULL")),
    Column("author", Text, nullable=False),
    Column("state", Key, nullable=False),  # draft, submitted, decided or withdrawn
    Column("reviewer", Text, nullable=False),  # who has taken it on, or decided
    Column("message", Text, nullable=False),  # of the author
    Column("note", Text, nullable=False),  # of the reviewer
    Column("created", Double, nullable=False),
    Column("changed", Double, nullable=False),
    Column("submitted", Double, nullable=False),
    Column("decided", Double, nullable=False),
    Index("proposals_item", "item_id", "id"),
    Index("proposals_state", "state", "id"),
    Index("proposals_token", "token"),
    Index("proposals_user", "user"),
    sqlite_autoincrement=True,
)

proposal_values = Table(
    "proposal_values",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("proposal", Number, ForeignKey("proposals.id", ondelete="CASCADE"), nullable=False),
    Column("property", Text, nullable=False),
    Column("original", Text),  # the value that is replaced or taken away; null: a value is added
    Column("proposed", Text),  # null: the value is taken away
    Column("state", Text, nullable=False),  # open, accepted, rejected or undone
    Column("note", Text, nullable=False),
    Column("edit", Number, ForeignKey("edits.id")),  # what it became a part of when it was accepted
    Index("proposal_values_proposal", "proposal", "id"),
    sqlite_autoincrement=True,
)

invitations = Table(
    "invitations",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),  # SHA-256 of the token of its link
    Column("user", Number, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),  # invite or reset
    Column("created", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Index("invitations_user", "user"),
)

hub_settings = Table(
    "hub_settings",
    METADATA,
    Column("version", Number, primary_key=True),  # the greatest counts; others are kept, so that one can go back
    Column("document", Text, nullable=False),  # TOML
    Column("logo", LargeBinary, nullable=False),  # empty where there is none
    Column("logo_type", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Double, nullable=False),
    sqlite_autoincrement=True,
)
