"""A password, asked for where nobody can look over a shoulder: it is never an argument, which others can list."""

import sys

import click

from workers.errors import UsageError


def ask_password(*, from_stdin: bool) -> str:
    """Give a password: asked twice at the terminal, or the first line of standard input. Raises: UsageError."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask for the password at: send it with --password-stdin")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True)
    return password
