"""What DOI registries say, and how they may be asked."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)

from harvester.store.tables.columns import METADATA, Key, Number

dois = Table(
    "dois",
    METADATA,
    Column("doi", Key, primary_key=True),  # lower case
    Column("state", Text, nullable=False),  # what is known of it, also while it is asked again
    Column("route", Text, nullable=False),  # how it is asked for next: see harvester.dois.limits
    Column("due", Double),  # when it is to be asked for; null where that has been given up
    Column("fence", BigInteger, nullable=False),
    Column("leased_until", Double, nullable=False),  # of a DOI that is dead: when that was
    Column("tries", SmallInteger, nullable=False),
    Column("omitted_by", Text),  # the route whose list left it out
    Column("agency", Text),  # who registered it, in the words of doi.org
    Column("fetched", Double, nullable=False),  # when it was last answered
    Column("error", Text),
    Column("location", Text),  # the answer in the archive
    Column("metadata", LargeBinary),  # JSON of harvester.item.Metadata; null where nothing is registered
    CheckConstraint("state IN ('waiting', 'found', 'absent', 'dead')", name="dois_state"),
    Index("dois_due", "route", "due", sqlite_where=text("due IS NOT NULL"), postgresql_where=text("due IS NOT NULL")),
    Index("dois_fetched", "fetched"),
    Index("dois_taken", "fence", sqlite_where=text("fence <> 0"), postgresql_where=text("fence <> 0")),
    sqlite_with_rowid=False,
)

doi_inbox = Table(  # appended to by pages, for a row in `dois` costs four times as much; emptied by those who ask
    "doi_inbox",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("doi", Key, nullable=False),
    Column("queued", Double, nullable=False),
)

doi_prefixes = Table(
    "doi_prefixes",
    METADATA,
    Column("prefix", Key, primary_key=True),
    Column("agency", Text, nullable=False),  # "" where doi.org knows none
    Column("expires", Double, nullable=False),
)

registry_budgets = Table(
    "registry_budgets",
    METADATA,
    Column("lane", Key, primary_key=True),  # a kind of request to a service: see harvester.dois.limits
    Column("rate", Double, nullable=False),  # requests a second, now and at most
    Column("ceiling", Double, nullable=False),
    Column("concurrent", Integer, nullable=False),
    Column("next_at", Double, nullable=False),
    Column("blocked_until", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("failures", Integer, nullable=False),  # requests in a row that got no usable answer
)

registry_calls = Table(
    "registry_calls",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("service", Key, nullable=False),
    Column("leased_until", Double, nullable=False),
)

doi_notices = Table(
    "doi_notices",
    METADATA,
    Column("doi", Key, primary_key=True),  # of the work that a notice changes
    Column("notice", Key, primary_key=True),  # the notice's DOI
    Column("kind", Key, primary_key=True),  # how: retraction, correction, in Crossref's words
    Index("doi_notices_notice", "notice"),
    sqlite_with_rowid=False,
)

registry_looks = Table(
    "registry_looks",
    METADATA,
    Column("service", Key, primary_key=True),
    Column("since", Double, nullable=False),  # notices are looked for from here on
    Column("due", Double, nullable=False),
    Column("leased_until", Double, nullable=False),
    Column("ended", Double, nullable=False),  # when it was last done
    Column("found", Integer, nullable=False),  # works of ours that it changed then
    Column("error", Text),
)
