"""`oaihub settings`: every setting, with its value now."""

from collections.abc import Mapping

import click
from msgspec import Struct

from harvester.settings import (
    HarvesterSettings,
    SettingError,
    SettingRow,
    describe_settings,
    environment,
    read_settings,
)
from indexer.settings import IndexerSettings
from search_api.settings import SearchSettings
from workers.commands.output import json_option, print_json, print_table
from workers.settings import WorkerSettings

PACKAGES: tuple[type[Struct], ...] = (HarvesterSettings, IndexerSettings, SearchSettings, WorkerSettings)


@click.command()
@json_option
def settings(as_json: bool) -> None:
    """List all settings: variables of the environment, their values now, defaults, units and meanings."""
    rows, wrong = setting_rows(environment())
    if as_json:
        print_json({"settings": rows})
    else:
        print_table(
            ("setting", "value", "default", "unit", "meaning"),
            [(row.name, row.value, row.default, row.unit, row.meaning) for row in rows],
        )
    if wrong:
        raise wrong[0]


def setting_rows(environ: Mapping[str, str]) -> tuple[list[SettingRow], list[SettingError]]:
    """Give a row for each setting of all packages, and what is wrong; a wrong one has its default as its value."""
    rows, wrong = list[SettingRow](), list[SettingError]()
    for kind in PACKAGES:
        given = dict(environ)
        while True:
            try:
                rows += describe_settings(read_settings(kind, given))
                break
            except SettingError as error:
                wrong.append(error)
                del given[error.name]
    return rows, wrong
