"""When endpoints are harvested, what is paused, who works, what is broken, what was counted, and who did what."""

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, LargeBinary, SmallInteger, Table, Text

from harvester.store.tables.columns import METADATA, Key, Number

schedules = Table(
    "schedules",
    METADATA,
    Column("endpoint", Key, primary_key=True),
    Column("rule", Text, nullable=False),  # hourly, daily, weekly, or the five fields of cron
    Column("zone", Text, nullable=False),  # name in the time zone database
    Column("jitter_s", Double, nullable=False),  # a run begins up to so long after its time, always as long
    Column("next_due", Double, nullable=False),
    Column("due_since", Double, nullable=False),  # of a run that has not begun yet, 0 where none is due
    Column("missed", Integer, nullable=False),  # times that passed while no run could begin
    Column("fence", BigInteger, nullable=False),
    Column("leased_until", Double, nullable=False),  # somebody begins the run that is due
    Column("hinted_at", Double, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Column("error", Text),  # why the last try to begin failed
    Index("schedules_next", "next_due"),
)

controls = Table(
    "controls",
    METADATA,
    Column("scope", Key, primary_key=True),  # everything, stage or endpoint
    Column("name", Key, primary_key=True),  # of the stage or endpoint; empty for everything
    Column("state", Text, nullable=False),  # paused: nothing begins; draining: what has begun goes on to its end
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Double, nullable=False),
)

breakers = Table(  # a row while it is open
    "breakers",
    METADATA,
    Column("stage", Key, primary_key=True),
    Column("failures", Integer, nullable=False),  # in a row
    Column("since", Double, nullable=False),  # of the first of them
    Column("open_until", Double, nullable=False),  # then one may try
    Column("error", Text, nullable=False),
)

processes = Table(
    "processes",
    METADATA,
    Column("id", Key, primary_key=True),  # made by the process when it starts: a name comes again, this does not
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("kind", Text, nullable=False),  # worker, pool (hands its tasks to workers), beat or serve
    Column("queues", Text, nullable=False),  # with commas between
    Column("version", Text, nullable=False),
    Column("started", Double, nullable=False),
    Column("beat_at", Double, nullable=False),
    Column("doing", Text, nullable=False),  # what it works on now, empty where it waits
    Column("doing_since", Double, nullable=False),
    Column("done", Number, nullable=False),
    Column("last_done", Double, nullable=False),
    Index("processes_beat", "beat_at"),
)

counters = Table(
    "counters",
    METADATA,
    Column("name", Key, primary_key=True),  # of the metric
    Column("label", Key, primary_key=True),  # outcome, host or bucket; empty where it has none
    Column("value", Double, nullable=False),
)

alerts = Table(
    "alerts",
    METADATA,
    Column("kind", Key, primary_key=True),
    Column("object", Key, primary_key=True),  # what it is about: an endpoint, a stage; empty for the hub
    Column("since", Double, nullable=False),
    Column("text", Text, nullable=False),
    Column("told", Double, nullable=False),  # when somebody was told of it, 0 while nobody was
    Column("ended", Double, nullable=False),  # when it was over, 0 while it stands; the row goes when that is told
    Column("reached", Text, nullable=False),  # who was told of its begin, or of its end, with blanks between
    Column("not_before", Double, nullable=False),  # of the next try; somebody tells it until then, or it waits
    Column("tries", SmallInteger, nullable=False),
    Column("error", Text),  # why the last try failed
)

audit = Table(
    "audit",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("at", Double, nullable=False),
    Column("actor", Key, nullable=False),  # name of the user or key, or the system user of a command
    Column("action", Key, nullable=False),
    Column("object", Key, nullable=False),
    Column("details", LargeBinary, nullable=False),  # JSON object; never a secret
    Index("audit_object", "object", "id"),
    Index("audit_actor", "actor", "id"),  # each page asks what its reader did last
    sqlite_autoincrement=True,
)

dropped = Table(
    "dropped",
    METADATA,
    Column("kind", Key, primary_key=True),  # of dead letter: page, document or doi
    Column("key", Key, primary_key=True),
    Column("at", Double, nullable=False),  # what died before is listed no more
)

takedowns = Table(
    "takedowns",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("item_id", Key, nullable=False),
    Column("work", Key, nullable=False),  # the item that led its work then; all parts were taken down, a row for each
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("public", Boolean, nullable=False),  # readers are told the reason
    Column("at", Double, nullable=False),
    Column("revoked", Double, nullable=False),  # 0 while it is in force
    Index("takedowns_item", "item_id"),
    sqlite_autoincrement=True,
)
