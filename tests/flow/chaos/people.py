"""Whoever works with the hub during the storm: runs are asked for, one round after the other, and items are edited."""

import subprocess
from collections.abc import Mapping

from sqlalchemy import func, select

from harvester.errors import RetryableError
from harvester.harvesting import Harvesting
from harvester.store.items import find_items
from harvester.store.ledger.runs import list_runs
from harvester.store.operating.schedules import get_schedule, run_now
from harvester.store.outbox import outbox_depth
from harvester.store.tables import doi_inbox, dois
from harvester.store.works.edits import put_edits
from tests.flow.chaos.world import REPOSITORIES, ROUNDS, Edit, World
from tests.flow.hub import OAIHUB

BY_COMMAND_EVERY = 30


class People:
    """They ask again where the store was away, and count as made only what was answered."""

    def __init__(self, world: World, harvesting: Harvesting, environ: Mapping[str, str]) -> None:
        self.made: list[Edit] = []
        self._world = world
        self._store = harvesting.store
        self._environ = environ
        self._to_make = list(world.edits)
        self._asked = [True] * REPOSITORIES
        self._commands: list[tuple[Edit, subprocess.Popen[bytes]]] = []

    def work(self, progress: float) -> bool:
        """Do what is to be done at this share of the harvest; tells whether all is done and has been taken in."""
        try:
            ended = [self._go_on(number) for number in range(REPOSITORIES)]
            self._edit(progress)
            return all(ended) and not self._to_make and not self._commands and self._is_settled()
        except RetryableError:
            return False

    def _go_on(self, number: int) -> bool:
        """Have the next round of a repository begin when the last has been harvested; tell whether it was the last."""
        key, world = f"chaos-{number}", self._world
        begun = list_runs(self._store, key, limit=2 * ROUNDS)
        if not self._asked[number]:
            due = get_schedule(self._store, key)
            if len(begun) < world.rounds[number] and (due is None or not due.due_since):
                run_now(self._store, key, actor="chaos", now=self._store.now())
            self._asked[number] = True
            return False
        if sum(run.state is not None for run in begun) < world.rounds[number]:
            return False
        if world.rounds[number] == ROUNDS:
            return True
        world.turn(number)
        self._asked[number] = False
        return False

    def _edit(self, progress: float) -> None:
        """Make edits, so that their share is that of the harvest; some by the command, beside all else."""
        self._look_at_commands()
        wanted = progress * len(self._world.edits) - len(self.made) - len(self._commands)
        for _ in range(min(int(wanted), 3)):
            edit = self._to_make.pop(0)
            found = find_items(self._store, edit.identifier)
            if not found:
                self._to_make.append(edit)
            elif len(self.made) % BY_COMMAND_EVERY == BY_COMMAND_EVERY - 1 and not self._commands:
                said = (*OAIHUB, "edit", found[0], f"publisher={edit.publisher}")
                command = subprocess.Popen(
                    said, env=self._environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
                self._commands.append((edit, command))
            else:
                self._put(found[0], edit)

    def _put(self, item: str, edit: Edit) -> None:
        try:
            said = {"publisher": [edit.publisher]}
            put_edits(self._store, item, said, author="chaos", reason="", now=self._store.now())
        except RetryableError:
            self._to_make.append(edit)
            raise
        self.made.append(edit)

    def _look_at_commands(self) -> None:
        for edit, command in [one for one in self._commands if one[1].poll() is not None]:
            self._commands.remove((edit, command))
            (self.made if command.returncode == 0 else self._to_make).append(edit)

    def _is_settled(self) -> bool:
        with self._store.connect() as connection:
            new = connection.execute(select(func.count()).select_from(doi_inbox)).scalar_one()
            unanswered = select(func.count()).select_from(dois).where(dois.c.state == "waiting")
            asked = connection.execute(unanswered).scalar_one()
        return outbox_depth(self._store).waiting + new + asked == 0
