"""Runs that are held because their list was suddenly far too short: a person takes it for right, or not.

A run that a deletion plan holds is decided with that plan (deletions/plans.py).
"""

from sqlalchemy import Connection, select, update

from harvester.errors import FatalError
from harvester.store.connection import Store
from harvester.store.ledger.runs import Run, move_watermarks, read_run
from harvester.store.operating.audit import audit_in
from harvester.store.tables import plans, runs


class NotHeldError(FatalError):
    """The run does not wait for a decision of its own; the text says what it does."""


def approve_run(store: Store, run_id: int, *, actor: str, now: float) -> Run:
    """Have a held run be complete, and move its watermarks, unless a later run has moved them further.

    Raises: NotHeldError.
    """
    with store.begin() as connection:
        _need_held(connection, run_id)
        run = _settle(connection, run_id, "complete", f"it gave far too few records, and was approved by {actor}")
        audit_in(connection, actor=actor, action="run approve", object=f"run:{run_id}", now=now)
        return move_watermarks(connection, store, run, late=True)


def reject_run(store: Store, run_id: int, *, actor: str, now: float) -> Run:
    """Have a held run be failed; the next one begins where the last complete one did. Raises: NotHeldError."""
    with store.begin() as connection:
        _need_held(connection, run_id)
        audit_in(connection, actor=actor, action="run reject", object=f"run:{run_id}", now=now)
        return _settle(connection, run_id, "failed", f"it gave far too few records, and was rejected by {actor}")


def _need_held(connection: Connection, run_id: int) -> None:
    """Lock a run that a person may decide. Raises: NotHeldError."""
    state = connection.execute(select(runs.c.state).where(runs.c.id == run_id).with_for_update()).scalar()
    if state != "held":
        raise NotHeldError(f"run {run_id} is {state or 'not there or open'}: only one that is held can be decided")
    undecided = select(plans.c.id).where(plans.c.run == run_id, plans.c.state == "held")
    plan = connection.execute(undecided).scalar()
    if plan is not None:
        raise NotHeldError(f"run {run_id} is decided with its plan: `oaihub plans show {plan}` shows it")


def _settle(connection: Connection, run_id: int, state: str, note: str) -> Run:
    connection.execute(update(runs).where(runs.c.id == run_id).values(state=state, error=note))
    run = read_run(connection, run_id)
    if run is None:
        raise NotHeldError(f"run {run_id} is gone")
    return run
