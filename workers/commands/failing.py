"""How a command fails: one line for people, a problem (RFC 9457) for programs, an exit code for both."""

import os
import re
import sys
import traceback
from typing import Final

import click
import msgspec

from harvester.endpoint import BadEndpointError
from harvester.errors import FatalError, HarvestError, cut
from harvester.settings import SettingError, environment
from harvester.store.accounts.roles import AccountError
from harvester.store.contributions.errors import ContributionError
from harvester.store.works.takedowns import TakedownError
from harvester.timing import BadScheduleError
from harvester.works.editing import EditError
from indexer.errors import BadQueryError
from workers.errors import UsageError

DONE: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2
INTERRUPTED: Final = 130
_WRONG_USE: Final = (
    AccountError,
    SettingError,
    BadEndpointError,
    BadQueryError,
    BadScheduleError,
    TakedownError,
    EditError,
    ContributionError,
    UsageError,
)


class UnforeseenError(FatalError):
    """Something that oaihub should have told in better words: a fault of its own."""

    def __init__(self, error: Exception) -> None:
        super().__init__(
            f"a fault of oaihub itself ({type(error).__name__}: {cut(error)}): run the same with "
            "OAIHUB_LOG_LEVEL=DEBUG and report what it prints"
        )


def exit_code_of(command: click.Command, arguments: list[str] | None) -> int:
    """Run a command; an error becomes one line on standard error and an exit code, never a traceback."""
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
    except Exception as error:  # noqa: BLE001 - nobody above could tell it better
        return _tell(_told(error), FAILED, arguments)
    return result if isinstance(result, int) else DONE


def _told(error: Exception) -> HarvestError:
    """Give our error for one that nobody translated."""
    if isinstance(error, OSError):
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return FatalError(f"{what}; check the path, its owner, and the space on its disk")
    if environment().get("OAIHUB_LOG_LEVEL") == "DEBUG":
        traceback.print_exception(error)
    return UnforeseenError(error)


def _refuse(error: click.ClickException, arguments: list[str] | None) -> int:
    if _wants_json(arguments):
        _print_problem("Usage error", error.format_message(), error.exit_code)
    else:
        error.show()
    return error.exit_code


def _tell(error: HarvestError, code: int, arguments: list[str] | None) -> int:
    text = " ".join(str(error).split())  # those of PostgreSQL have several lines
    if _wants_json(arguments):
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__.removesuffix("Error"))
        _print_problem(words.capitalize(), text, code)
    else:
        click.echo(f"oaihub: {text}", err=True)
    return code


def _wants_json(arguments: list[str] | None) -> bool:
    return "--json" in (sys.argv[1:] if arguments is None else arguments)


def _print_problem(title: str, detail: str, code: int) -> None:
    problem = {"type": "about:blank", "title": title, "detail": detail, "exit_code": code}
    click.echo(msgspec.json.encode(problem).decode(), err=True)
