"""Who does what a command does, as the audit has it, and whether they mean it."""

import os
import pwd
import sys

import click

from workers.commands.output import plain
from workers.errors import UsageError


def actor() -> str:
    """Give the name of whoever runs the command, as the system has it, whatever the environment says."""
    number = os.getuid()
    try:
        return f"command:{pwd.getpwuid(number).pw_name}"
    except KeyError:  # a container's user may have no name
        return f"command:{number}"


def confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal, where `yes` does not answer before. Raises: click.Abort; UsageError without a terminal."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("nobody can be asked without a terminal: give --yes")
    click.confirm(plain(question), abort=True, err=True)
