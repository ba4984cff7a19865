"""Who works: a row for each process that runs until it is stopped, with what it does and when it last gave a sign."""

from typing import Final, Literal

from msgspec import Struct, structs
from sqlalchemy import Connection, delete, or_, select

from harvester.store.connection import Store
from harvester.store.tables import processes

Kind = Literal["worker", "pool", "beat", "serve"]
SILENT_S: Final = 30.0
FORGOTTEN_AFTER_S: Final = 86_400.0


class Process(Struct, frozen=True, kw_only=True):
    """A process. A `pool` hands its tasks to processes of its own, each of which is a worker here.

    `id` is made when it starts; `doing` is what it works on since `doing_since`, empty where it waits. Times are
    seconds since 1970, 0 is never.
    """

    id: str
    host: str
    pid: int
    kind: Kind
    queues: tuple[str, ...]
    version: str
    started: float
    beat_at: float
    doing: str
    doing_since: float
    done: int
    last_done: float


def put_process(store: Store, connection: Connection, process: Process) -> None:
    """Write a process's row, as a part of a transaction; what has been silent for a day is removed."""
    values = structs.asdict(process) | {"queues": ",".join(process.queues)}
    insert = store.upsert(processes).values(values)
    connection.execute(insert.on_conflict_do_update(index_elements=[processes.c.id], set_=values))
    connection.execute(delete(processes).where(processes.c.beat_at < process.beat_at - FORGOTTEN_AFTER_S))


def remove_process(connection: Connection, process_id: str) -> None:
    """Remove the row of a process that ends in order, and those of its children, whose ids begin with its own."""
    own = or_(processes.c.id == process_id, processes.c.id.startswith(f"{process_id}.", autoescape=True))
    connection.execute(delete(processes).where(own))


def list_processes(store: Store) -> list[Process]:
    """Give all processes, those that have gone without a word too, by kind, host and start."""
    columns = [processes.c[name] for name in Process.__struct_fields__]
    ordered = select(*columns).order_by(processes.c.kind, processes.c.host, processes.c.started, processes.c.id)
    with store.connect() as connection:
        rows = connection.execute(ordered).mappings()
        return [Process(**{**row, "queues": tuple(filter(None, row["queues"].split(",")))}) for row in rows]


def is_gone(process: Process, now: float) -> bool:
    """Tell whether a process has given no sign for so long that it must have ended, or hangs."""
    return now - process.beat_at > SILENT_S


def unattended_queues(found: list[Process], queues: tuple[str, ...], now: float) -> list[str]:
    """Give the queues that no living process works for, in their order."""
    served = {queue for one in found if one.kind == "worker" and not is_gone(one, now) for queue in one.queues}
    return [queue for queue in queues if queue not in served]
