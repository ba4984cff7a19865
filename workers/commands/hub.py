"""`oaihub hub`: what the hub makes its own (name, colours, facets, template, texts), as one file."""

from pathlib import Path
from typing import Final

import click
import msgspec

from harvester.settings import environment, read_settings
from harvester.store import Store
from harvester.store.hubs.settings import (
    Logo,
    UnknownVersionError,
    get_settings,
    go_back,
    list_versions,
    put_settings,
)
from search_api.hub_settings import HubSettings
from search_api.hub_settings.checking import is_declared
from search_api.hub_settings.faults import BadSettingsError, Fault, told
from search_api.hub_settings.logos import LogoError, read_logo
from search_api.hub_settings.reading import read_document
from search_api.hub_settings.writing import write_document
from search_api.languages.catalogue import NAMES
from search_api.names import KnownNames
from search_api.settings import SearchSettings
from workers.commands.acting import actor
from workers.commands.failing import DONE, WRONG_USE
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json, print_table
from workers.errors import UsageError
from workers.tools import Tools
from workers.words import utc

COLUMNS: Final = ("version", "at", "actor")

file_type = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def hub() -> None:
    """What this hub makes its own: name, logo, colours, facets, template of the items, texts, who may comment.

    `show` writes it as TOML, each key with what it means; `load` takes such a file. All processes follow within 5 s.
    """


@hub.command()
@click.option("--version", type=click.IntRange(1), help="A former version, as `versions` lists them.")
@json_option
def show(*, version: int | None, as_json: bool) -> None:
    """Print the settings, complete with what is not set."""
    with opened_tools() as tools:
        number, settings = _read(tools.store, version)
    if as_json:
        print_json({"version": number, "settings": settings})
    else:
        click.echo(write_document(settings, tuple(NAMES)), nl=False)


@hub.command()
@click.argument("file", type=file_type)
@click.option("--logo", type=file_type, help="The logo: PNG, JPEG or WebP, at most 200 kB.")
@click.option("--no-logo", is_flag=True, help="Have no logo any more.")
@click.option(
    "--after", type=click.IntRange(0), help="Refuse where this is not the newest version: another was faster."
)
@json_option
def load(*, file: Path, logo: Path | None, no_logo: bool, after: int | None, as_json: bool) -> int:
    """Take a file as a new version of the settings; what it does not say is as usual, but for the logo, which stays."""
    picture = Logo() if no_logo else _logo(logo)
    with opened_tools() as tools:
        try:
            settings = read_document(_text(file), lambda name: _occurs(tools, name))
        except BadSettingsError as error:
            return _refuse(file, error.faults, as_json=as_json)
        document = write_document(settings, tuple(NAMES))
        number = put_settings(tools.store, document, after=after, actor=actor(), now=tools.store.now(), logo=picture)
    _say(number, as_json=as_json)
    return DONE


@hub.command()
@click.option("--before", type=int, metavar="VERSION", help="Only versions before this one.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many versions.")
@json_option
def versions(*, before: int | None, limit: int, as_json: bool) -> None:
    """List the versions, the newest first: that one counts."""
    with opened_tools() as tools:
        found = list_versions(tools.store, before=before, limit=limit)
    if as_json:
        print_json({"versions": found})
    else:
        print_table(COLUMNS, [(str(one.version), utc(one.at), one.actor) for one in found], right=("version",))


@hub.command()
@click.argument("version", type=click.IntRange(1))
@json_option
def back(*, version: int, as_json: bool) -> None:
    """Have a former version count again, as a new one."""
    with opened_tools() as tools:
        number = go_back(tools.store, version, after=None, actor=actor(), now=tools.store.now())
    _say(number, as_json=as_json)


def _read(store: Store, version: int | None) -> tuple[int, HubSettings]:
    """Give the settings of a version, with the name that the hub has. Raises: UnknownVersionError, BadSettingsError."""
    stored = get_settings(store, version)
    if stored is None and version is not None:
        raise UnknownVersionError(version)
    settings = HubSettings() if stored is None else read_document(stored.document, lambda _name: True)
    if not settings.name:
        name = read_settings(SearchSettings, environment()).hub_name
        settings = msgspec.structs.replace(settings, name=name)
    return (stored.version if stored else 0), settings


def _occurs(tools: Tools, name: str) -> bool:
    """Tell whether a property occurs; the index is only opened for those that are not declared."""
    return is_declared(name) or name in KnownNames(tools.index)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file.name} is no text in UTF-8 ({error.reason} at byte {error.start})") from error


def _logo(file: Path | None) -> Logo | None:
    if file is None:
        return None
    try:
        return read_logo(file.read_bytes())
    except LogoError as error:
        raise UsageError(f"{file.name}: {error}") from error


def _refuse(file: Path, faults: tuple[Fault, ...], *, as_json: bool) -> int:
    if as_json:
        print_json({"faults": faults})
    else:
        for fault in faults:
            click.echo(plain(f"{file.name}: {told(fault)}"), err=True)
    return WRONG_USE


def _say(number: int, *, as_json: bool) -> None:
    if as_json:
        print_json({"version": number})
        return
    way_back = f"; `oaihub hub back {number - 1}` goes back" if number > 1 else ""
    click.echo(f"version {number} of the settings counts now{way_back}")
