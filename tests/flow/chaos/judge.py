"""What is left after the storm: store and index against the world, the ledger, and how soon work went on."""

import json
import statistics
import time
from collections.abc import Sequence

from msgspec import Struct, structs
from sqlalchemy import func, select

from harvester.harvesting import Harvesting
from harvester.item import Item
from harvester.store import Store
from harvester.store.items import ENCODER, iter_items
from harvester.store.ledger.balance import difference
from harvester.store.ledger.runs import list_runs
from harvester.store.tables import dois, outbox, pages, records, runs
from tests.flow.chaos.storm import Struck
from tests.flow.chaos.world import PAGES, ROUNDS, Edit, Said, World, mark
from tests.registries import made_work

CONTAINER = str(made_work(0)["container-title"][0])


class Figures(Struct, kw_only=True):
    """What is counted after a storm. All but the first block and the seconds must be 0."""

    faults: int = 0
    troubles: int = 0
    pages: int = 0
    fetched_again: int = 0

    lost: int = 0
    stale: int = 0
    extra: int = 0
    came_back: int = 0
    edits_lost: int = 0
    answers_lost: int = 0
    runs_wrong: int = 0
    pages_open: int = 0
    leases_held: int = 0
    processes_left: int = 0
    index_differs: int = 0

    next_page_s: float = 0.0
    next_page_worst_s: float = 0.0
    seconds: float = 0.0

    def wrong(self) -> dict[str, int]:
        """Give what must be 0 and is not."""
        told = structs.asdict(self)
        names = list(told)
        must = names[names.index("lost") : names.index("next_page_s")]
        return {name: told[name] for name in must if told[name]}


def table(name: str, figures: Figures) -> str:
    """Write figures as a table of two columns."""
    rows = [(key.replace("_", " "), value) for key, value in structs.asdict(figures).items()]
    return "\n".join([name, *(f"  {key:20}{value:>10,.5g}" for key, value in rows)])


def judge_world(figures: Figures, harvesting: Harvesting, world: World, made: Sequence[Edit]) -> None:
    """Compare each record, edit and DOI answer with what the store shows."""
    items = _items(harvesting.store)
    truth = world.truth()
    edited = {(f"chaos-{edit.repository}", edit.identifier): edit.publisher for edit in made}
    for key, said in truth.items():
        item = items.get(key)
        if item is None:
            figures.lost += not said.deleted
        elif said.deleted or item.deleted:
            figures.came_back += said.deleted and not item.deleted
            figures.lost += item.deleted and not said.deleted
        else:
            _judge_item(figures, item, said)
            if key in edited:
                figures.edits_lost += item.publisher != (edited[key],)
    figures.edits_lost += len(world.edits) - len(made)
    figures.extra = len(items.keys() - truth.keys())
    figures.fetched_again = world.served - PAGES
    figures.pages, figures.troubles = PAGES, world.troubles


def judge_ledger(figures: Figures, store: Store) -> None:
    """Look for runs that ended otherwise than they should, and for work that nobody finished."""
    ended = list_runs(store, limit=10_000)
    figures.runs_wrong = sum(
        run.state != "complete" or not run.balance or bool(difference(run.balance)) for run in ended
    )
    complete = sum(run.state == "complete" for run in ended)
    figures.runs_wrong += abs(complete - len({run.endpoint for run in ended}) * ROUNDS)
    is_open = pages.c.state.in_(("pending", "archived"))
    now = time.time()
    with store.connect() as connection:
        figures.pages_open = connection.execute(select(func.count()).select_from(pages).where(is_open)).scalar_one()
        held = [(pages, is_open & (pages.c.leased_until > now)), (outbox, outbox.c.leased_until > now)]
        held.append((dois, (dois.c.state != "dead") & (dois.c.leased_until > now)))
        for kind, holds in held:
            figures.leases_held += connection.execute(select(func.count()).select_from(kind).where(holds)).scalar_one()
        open_runs = select(func.count()).select_from(runs).where(runs.c.ended.is_(None))
        figures.runs_wrong += connection.execute(open_runs).scalar_one()


def judge_index(figures: Figures, checked: str, found: dict[int, int], world: World) -> None:
    """Take the answer of `oaihub check --json`, and how many items of each round are found."""
    figures.index_differs = sum(json.loads(checked)["faults"].values())
    live = sum(not said.deleted for said in world.truth().values())
    figures.index_differs += sum(abs(found[round_] - (live if round_ == ROUNDS else 0)) for round_ in found)


def judge_pace(figures: Figures, store: Store, struck: Sequence[Struck]) -> dict[str, list[float]]:
    """Give by kind of fault how long after it the next page was stored; a fault after the last page has none."""
    with store.connect() as connection:
        stored = select(pages.c.leased_until).where(pages.c.state == "stored").order_by(pages.c.leased_until)
        times = list(connection.execute(stored).scalars())
    waited: dict[str, list[float]] = {}
    for one in struck:
        following = next((at for at in times if at > one.at), None)
        if following is not None:
            waited.setdefault(one.kind, []).append(max(0.0, following - one.up))
    every = [wait for waits in waited.values() for wait in waits]
    figures.faults = len(struck)
    figures.next_page_s, figures.next_page_worst_s = statistics.median(every), max(every)
    return waited


def _judge_item(figures: Figures, item: Item, said: Said) -> None:
    text = ENCODER.encode(item).decode()
    figures.stale += mark(said.round) not in text
    figures.answers_lost += said.doi is not None and CONTAINER not in text


def _items(store: Store) -> dict[tuple[str, str], Item]:
    shown = {item.id: item for item in iter_items(store)}
    with store.connect() as connection:
        rows = connection.execute(select(records.c.endpoint, records.c.identifier, records.c.item_id)).all()
    return {(row.endpoint, row.identifier): shown[row.item_id] for row in rows}
