"""How a harvest is shown while it goes on: a bar on a terminal, now and then a line elsewhere."""

import time
from types import TracebackType
from typing import Final, Self

import click
import msgspec
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from harvester.harvesting import PageResult
from workers.commands.output import console, plain
from workers.words import span, utc

LINE_EVERY_S: Final = 5.0


class _Rate(ProgressColumn):
    """Records each second, over the last seconds."""

    def render(self, task: Task) -> Text:
        """Give the cell."""
        return Text("" if task.speed is None else f"{task.speed:,.0f}/s")


class Bar:
    """A watcher of a harvest that draws a bar on standard error."""

    def __init__(self, title: str, noun: str = "records") -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn(f"{{task.completed:,}} {noun}", markup=False),
            _Rate(),
            TextColumn("{task.fields[left]}", markup=False),
            TimeElapsedColumn(),
            console=console(stderr=True),
            transient=True,
        )
        self._title = plain(title)
        self._task = self._progress.add_task(self._title, total=None, left="")
        self._records = 0
        self._share: float | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def stored(self, result: PageResult) -> None:
        """Move the bar by a page."""
        self.count(_received(result), result.records_left)

    def count(self, records: int, left: int | None = None) -> None:
        """Move the bar by some records; `left` is not believed where the share that is read is known."""
        self._records += records
        total = None if left is None else self._records + left
        if self._share is not None:
            total = round(self._records / self._share) if self._share else None
        self._progress.update(
            self._task, description=self._title, completed=self._records, total=total, left=_left(left, self._share)
        )

    def read(self, share: float) -> None:
        """Take note of how much is read of what there is, 0 to 1."""
        self._share = share

    def waits(self, until: float, reason: str) -> None:
        """Show until when nothing happens, and why."""
        self.note(_waiting(until, reason))
        self._progress.update(self._task, description=f"{self._title}, waits")

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(Text(plain(text)))

    def indexed(self, written: int, left: int) -> None:
        """Show what is left to index, after what was last read: a short import would show nothing of it."""
        self._progress.refresh()
        self._progress.update(self._task, description=f"{self._title}, indexing", left=f"{left:,} to index")
        del written


class Lines:
    """A watcher of a harvest that prints a line at most each five seconds, for logs."""

    def __init__(self, title: str, noun: str = "records") -> None:
        self._title = plain(title)
        self._noun = noun
        self._records = 0
        self._share: float | None = None
        self._started = self._last = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def stored(self, result: PageResult) -> None:
        """Count a page."""
        self.count(_received(result), result.records_left)

    def count(self, records: int, left: int | None = None) -> None:
        """Count some records; `left` is not believed where the share that is read is known."""
        self._records += records
        now = time.monotonic()
        if now - self._last < LINE_EVERY_S:
            return
        self._last = now
        rate = self._records / (now - self._started)
        end = _left(left, self._share)
        self.note(f"{self._title}: {self._records:,} {self._noun}, {rate:,.0f}/s" + (f", {end}" if end else ""))

    def read(self, share: float) -> None:
        """Take note of how much is read of what there is, 0 to 1."""
        self._share = share

    def waits(self, until: float, reason: str) -> None:
        """Say until when nothing happens, and why."""
        self.note(_waiting(until, reason))

    def note(self, text: str) -> None:
        """Print a line."""
        click.echo(plain(text), err=True)

    def indexed(self, written: int, left: int) -> None:
        """Say what is left to index, if anything."""
        now = time.monotonic()
        if not left or now - self._last < LINE_EVERY_S:
            return
        self._last = now
        self.note(f"{self._title}: {written:,} items indexed, {left:,} to index")


def _received(result: PageResult) -> int:
    return 0 if result.counts is None else sum(msgspec.structs.astuple(result.counts))


def _left(records: int | None, share: float | None) -> str:
    if share is not None:
        return f"{share:.0%} read"
    return "" if records is None else f"{records:,} left"


def _waiting(until: float, reason: str) -> str:
    return f"waits until {utc(until)} ({span(until - time.time())}) because {reason}"
