"""A run: how far it is, where its records went, what was set aside, what it changed against the run before."""

from typing import Final

from msgspec import Struct

from harvester.store import Store
from harvester.store.deletions.plans import Plan, plan_of_run
from harvester.store.ledger.balance import Balance, difference, run_balance
from harvester.store.ledger.rejected import count_rejected
from harvester.store.ledger.runs import Run, get_run, list_runs, running
from harvester.store.ledger.stuck import why_waiting
from harvester.store.overview.work import UndonePage, count_pages, list_undone

SHOWN: Final = 50


class RunReport(Struct, frozen=True, kw_only=True):
    """A run. `state` is a word also while it is open, and then `why` says what it waits for.

    `pages` counts its pages by state, `undone` are the first of those that are not stored. `rejected` counts what was
    set aside by cause. `unexplained` are records received that no line of the balance has. `before` is the run before
    it that has ended, `change` how much more it received, new, changed, and so on.
    """

    run: Run
    state: str
    why: str
    balance: Balance
    unexplained: int
    pages: dict[str, int]
    undone: list[UndonePage]
    rejected: dict[str, int]
    plan: Plan | None
    before: int | None
    change: dict[str, int]


def report_run(store: Store, number: int) -> RunReport | None:
    """Give all that is known of a run, None where there is none."""
    run = get_run(store, number)
    if run is None:
        return None
    balance = run.balance or run_balance(store, number)
    before = next((one for one in list_runs(store, run.endpoint, before=number, limit=5) if one.balance), None)
    return RunReport(
        run=run,
        state=state_of(store, run),
        why="" if run.state is not None else why_waiting(store, [run], store.now())[run.id],
        balance=balance,
        unexplained=difference(balance),
        pages=count_pages(store, number),
        undone=list_undone(store, number, SHOWN),
        rejected=count_rejected(store, number),
        plan=plan_of_run(store, number),
        before=None if before is None else before.id,
        change={} if before is None or before.balance is None else _change(before.balance, balance),
    )


def state_of(store: Store, run: Run) -> str:
    """Give the state of a run in a word; an open one is running while somebody holds one of its pages."""
    if run.state is not None:
        return run.state
    return "running" if running(store, run.id, store.now()) else "waiting"


def _change(before: Balance, now: Balance) -> dict[str, int]:
    return {name: getattr(now, name) - getattr(before, name) for name in Balance.__struct_fields__}
