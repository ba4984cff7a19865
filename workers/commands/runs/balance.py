"""How a run is told: its state and its balance, and the exit code that follows."""

from typing import Final

import click

from harvester.store import Store
from harvester.store.deletions.plans import Plan, count_proofs, plan_of_run
from harvester.store.ledger.balance import Balance, difference, run_balance
from harvester.store.ledger.runs import Run
from harvester.store.vanished import told_share
from workers.commands.failing import DONE, FAILED
from workers.commands.output import plain, print_table
from workers.operator.facts.runs import state_of
from workers.words import span

LINES: Final = {
    "received": "records in the pages",
    "new": "never seen before",
    "changed": "other than before",
    "unchanged": "as before",
    "deleted": "deleted by the repository",
    "duplicate": "came twice in this run",
    "rejected": "set aside: `oaihub rejected list` says why",
}


def run_exit_code(run: Run) -> int:
    """Give 0 for a run that is complete and balanced, 1 for any other."""
    return DONE if run.state == "complete" else FAILED


def print_run(store: Store, run: Run) -> None:
    """Print state, time and balance of a run."""
    seconds = (store.now() if run.ended is None else run.ended) - run.started
    asked = f", changed since {run.since}" if run.since else ""
    what = f"{run.endpoint} ({run.metadata_prefix}{asked})"
    click.echo(f"run {run.id} of {what}: {state_of(store, run)}, {span(seconds)}")
    plan = plan_of_run(store, run.id)
    if run.error and (run.state != "held" or plan is None):  # else its plan is told below
        click.echo(plain(run.error))
    balance = balance_of(store, run)
    print_table(
        ("", "records", ""), [(name, getattr(balance, name), told) for name, told in LINES.items()], right=("records",)
    )
    unexplained = difference(balance)
    if run.state is not None and unexplained:
        click.echo(f"{unexplained} records are not explained by any line: the watermark stays where it was")
    if plan is not None:
        click.echo(plain(told_plan(store, plan)))


def told_plan(store: Store, plan: Plan) -> str:
    """Give a deletion plan in one line: what it is about, where it stands, and what a person can do."""
    number = plan.id
    standing = {
        "proposed": f"some of them are to be asked for ({plan.error or 'not yet done'})",
        "held": (
            f"`oaihub plans show {number}` shows them, `oaihub plans approve {number}` deletes them, "
            f"`oaihub plans undo {number}` keeps them"
        ),
        "applying": f"{plan.deleted:,} are deleted so far",
        "applied": (
            f"{plan.deleted:,} are deleted, {sum(count_proofs(store, number).values()):,} were asked for; "
            f"`oaihub plans undo {number}` brings them back"
        ),
        "undoing": f"{plan.deleted:,} are still to be brought back",
        "undone": "they were deleted and are back",
        "dismissed": "they are kept",
        "closed": "closed",
    }
    reason = f" ({plan.reason})" if plan.reason else ""
    return f"plan {number}, {plan.state}: {told_share(plan.vanished, plan.live)}{reason}; {standing[plan.state]}"


def balance_of(store: Store, run: Run) -> Balance:
    """Give the balance of a run, also of one that is open."""
    return run_balance(store, run.id) if run.balance is None else run.balance
