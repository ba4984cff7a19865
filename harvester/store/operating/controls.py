"""What an operator has stopped: everything, a stage or an endpoint, until it is resumed. Rows, so restarts keep it.

paused: nothing new begins; what is under way ends its page or batch. draining: open runs go on to their end, and no new
one begins. Whoever takes work looks here in the same transaction, so it holds for workers and commands alike.
"""

from collections.abc import Sequence
from typing import Final, Literal, get_args

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, delete, exists, or_, select

from harvester.errors import FatalError
from harvester.moments import utc
from harvester.store.connection import Store
from harvester.store.operating.audit import audit_in
from harvester.store.tables import controls

Scope = Literal["everything", "stage", "endpoint"]
State = Literal["paused", "draining"]
Stage = Literal["harvest", "doi", "index"]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
EVERYTHING: Final = ("everything", "")
PAUSED: Final[tuple[State, ...]] = ("paused",)
ANY: Final[tuple[State, ...]] = ("paused", "draining")


class Control(Struct, frozen=True):
    """What is stopped, by whom, why, and since when (seconds since 1970); `name` is empty for everything."""

    scope: Scope
    name: str
    state: State
    actor: str
    reason: str
    at: float


class PausedError(FatalError):
    """An operator has stopped what was to begin or to go on; `control` says who and why."""

    def __init__(self, control: Control) -> None:
        super().__init__(told(control))
        self.control = control


def pause(store: Store, scope: Scope, name: str, *, actor: str, reason: str, now: float) -> Control:
    """Have nothing new begin there, in place of a control that it has."""
    return _put(store, Control(scope, name, "paused", actor, reason, now))


def drain(store: Store, scope: Scope, name: str, *, actor: str, reason: str, now: float) -> Control:
    """Have open runs go on to their end there, and no new one begin, in place of a control that it has."""
    return _put(store, Control(scope, name, "draining", actor, reason, now))


def resume(store: Store, scope: Scope, name: str, *, actor: str, now: float, reason: str = "") -> Control | None:
    """Take a control back and give it; None where there is none of just this scope."""
    gone = delete(controls).where(controls.c.scope == scope, controls.c.name == name).returning(controls)
    with store.begin() as connection:
        row = connection.execute(gone).one_or_none()
        if row is None:
            return None
        audit_in(
            connection, actor=actor, action="resume", object=_subject(scope, name), details={"reason": reason}, now=now
        )
        return Control(*row)


def list_controls(store: Store) -> list[Control]:
    """Give all controls, those of everything first."""
    with store.connect() as connection:
        found = [Control(*row) for row in connection.execute(select(controls))]
    return sorted(found, key=lambda control: (control.scope != "everything", control.scope, control.name))


def find_control(
    store: Store, *, stage: Stage, endpoint: str | None = None, states: Sequence[State] = PAUSED
) -> Control | None:
    """Give a control in one of these states that stops a stage, for an endpoint where given; None where none does."""
    with store.connect() as connection:
        return read_control(connection, stage=stage, endpoint=endpoint, states=states)


def read_control(
    connection: Connection, *, stage: Stage, endpoint: str | None = None, states: Sequence[State] = PAUSED
) -> Control | None:
    """As find_control, as a transaction sees it."""
    found = select(controls).where(_stopping(stage, endpoint, states)).order_by(controls.c.at).limit(1)
    row = connection.execute(found).one_or_none()
    return None if row is None else Control(*row)


def is_paused(store: Store, *, stage: Stage, endpoint: str | None = None) -> bool:
    """Tell whether nothing new may begin at a stage, for an endpoint where given."""
    return find_control(store, stage=stage, endpoint=endpoint) is not None


def is_stopped(stage: Stage, endpoint: ColumnElement[str] | None = None) -> ColumnElement[bool]:
    """Give the condition that a stage is paused, for the endpoint of a row where its column is given."""
    return exists(select(controls.c.scope).where(_stopping(stage, endpoint, PAUSED)))


def told(control: Control) -> str:
    """Give a control in a sentence: what is stopped, by whom, since when, why, and how it goes on."""
    what = "everything" if control.scope == "everything" else f"{control.scope} {control.name}"
    why = f" ({control.reason})" if control.reason else ""
    option = "" if control.scope == "everything" else f" --{control.scope} {control.name}"
    return (
        f"{what} is {control.state} by {control.actor} since {utc(control.at)}{why}: `oaihub resume{option}` ends that"
    )


def _put(store: Store, control: Control) -> Control:
    values = {name: getattr(control, name) for name in Control.__struct_fields__}
    put = store.upsert(controls).values(values)
    action = "pause" if control.state == "paused" else "drain"
    with store.begin() as connection:
        connection.execute(put.on_conflict_do_update(index_elements=["scope", "name"], set_=values))
        audit_in(
            connection,
            actor=control.actor,
            action=action,
            object=_subject(control.scope, control.name),
            details={"reason": control.reason},
            now=control.at,
        )
    return control


def _stopping(stage: Stage, endpoint: ColumnElement[str] | str | None, states: Sequence[State]) -> ColumnElement[bool]:
    scopes = [
        controls.c.scope == "everything",
        and_(controls.c.scope == "stage", controls.c.name == stage),
    ]
    if endpoint is not None:
        scopes.append(and_(controls.c.scope == "endpoint", controls.c.name == endpoint))
    return and_(controls.c.state.in_(states), or_(*scopes))


def _subject(scope: Scope, name: str) -> str:
    return "everything" if scope == "everything" else f"{scope}:{name}"
