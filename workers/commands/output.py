"""What commands print: tables for people, JSON for programs."""

import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

WIDTH_OF_A_FILE: Final = 200
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def json_option(command: FunctionT) -> FunctionT:
    """Give a command its `--json`; the function gets it as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(command)


def json_log_option(command: FunctionT) -> FunctionT:
    """Give a command that runs until it is stopped its `--json`; the function gets it as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Log in JSON, one object a line, for programs.")(
        command
    )


def print_json(value: object) -> None:
    """Print a value (structs, lists, dicts) as JSON, one document, with a line end."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[str] = ()) -> None:
    """Print rows below their column names; columns named in `right` are numbers. None is shown as nothing."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=any(columns))
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    out = console()
    with out.capture() as printed:
        out.print(table)
    click.echo("\n".join(line.rstrip() for line in printed.get().splitlines()))


def console(*, stderr: bool = False) -> Console:
    """Give the console of standard output or standard error; in a pipe lines are 200 characters wide."""
    is_terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, width=None if is_terminal else WIDTH_OF_A_FILE, highlight=False, emoji=False)


def plain(text: str) -> str:
    """Give a text without control characters: what a repository sends must not steer the terminal."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def _cell(value: object) -> Text:
    if isinstance(value, int) and not isinstance(value, bool):
        return Text(f"{value:,}")
    return Text("" if value is None else plain(str(value)))
