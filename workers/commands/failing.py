"""How a command fails: one line for people, a problem (RFC 9457) for programs, an exit code for both."""

import os
import re
import sys
from typing import Final

import click
import msgspec

from harvester.endpoint import BadEndpointError
from harvester.errors import FatalError, HarvestError
from harvester.settings import SettingError
from indexer.errors import BadQueryError
from workers.errors import UsageError

DONE: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2
INTERRUPTED: Final = 130
_WRONG_USE: Final = (SettingError, BadEndpointError, BadQueryError, UsageError)


def exit_code_of(command: click.Command, arguments: list[str] | None) -> int:
    """Run a command; known errors become one line on standard error and an exit code, never a traceback."""
    try:
        result = command.main(args=arguments, prog_name="oaihub", standalone_mode=False)
    except click.ClickException as error:
        return _refuse(error, arguments)
    except HarvestError as error:
        return _tell(error, WRONG_USE if isinstance(error, _WRONG_USE) else FAILED, arguments)
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has seen enough, as `| head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return _tell(FatalError(f"{what}; check the path, its owner, and the space on its disk"), FAILED, arguments)
    return result if isinstance(result, int) else DONE


def _refuse(error: click.ClickException, arguments: list[str] | None) -> int:
    if _wants_json(arguments):
        _print_problem("Usage error", error.format_message(), error.exit_code)
    else:
        error.show()
    return error.exit_code


def _tell(error: HarvestError, code: int, arguments: list[str] | None) -> int:
    if _wants_json(arguments):
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__.removesuffix("Error"))
        _print_problem(words.capitalize(), str(error), code)
    else:
        click.echo(f"oaihub: {error}", err=True)
    return code


def _wants_json(arguments: list[str] | None) -> bool:
    return "--json" in (sys.argv[1:] if arguments is None else arguments)


def _print_problem(title: str, detail: str, code: int) -> None:
    problem = {"type": "about:blank", "title": title, "detail": detail, "exit_code": code}
    click.echo(msgspec.json.encode(problem).decode(), err=True)
