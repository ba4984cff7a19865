"""`oaihub serve`: the API and the pages."""

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from harvester.settings import environment, read_settings
from search_api.settings import SearchSettings, with_kept_secret
from workers.commands.failing import DONE
from workers.commands.opening import log_as_set, opened_tools
from workers.commands.output import json_log_option
from workers.errors import UsageError
from workers.tools import Tools

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

ADDRESS: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\s]+):(?P<port>\d{1,5})")


def listen_option(command: FunctionT) -> FunctionT:
    """Give a command its `--listen`."""
    return click.option("--listen", metavar="HOST:PORT", help="Where the pages are.  [default: OAIHUB_LISTEN]")(command)


@click.command()
@listen_option
@json_log_option
def serve(listen: str | None, as_json: bool) -> int:
    """Serve the API and the pages until stopped."""
    from workers.serving import serve_pages  # noqa: PLC0415 - the web server's packages are slow to import

    with opened_tools() as tools:
        host, port = listen_address(listen)
        log_as_set(tools, as_json=as_json)
        serve_pages(tools, search_settings(tools), host, port)
    return DONE


def listen_address(listen: str | None) -> tuple[str, int]:
    """Give host and port of `--listen`, or else of the setting. Raises: UsageError."""
    text = listen or read_settings(SearchSettings, environment()).listen
    found = ADDRESS.fullmatch(text)
    if found is None or not 0 < int(found["port"]) < 65_536:
        raise UsageError(f"{text!r} is no address to listen on: give HOST:PORT, such as 127.0.0.1:8080")
    return found["host"].strip("[]"), int(found["port"])


def search_settings(tools: Tools) -> SearchSettings:
    """Give the settings of the API; on a store of this machine alone the secret is made and kept where none is set."""
    settings = read_settings(SearchSettings, environment())
    return with_kept_secret(settings, tools.harvester.data_dir) if tools.store.is_sqlite else settings
