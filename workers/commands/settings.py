"""`oaihub settings`: every setting, with its value now."""

import click
from msgspec import Struct

from harvester.settings import HarvesterSettings, SettingRow, describe_settings, environment, read_settings
from indexer.settings import IndexerSettings
from search_api.settings import SearchSettings
from workers.commands.output import json_option, print_json, print_table
from workers.settings import WorkerSettings

PACKAGES: tuple[type[Struct], ...] = (HarvesterSettings, IndexerSettings, SearchSettings, WorkerSettings)


@click.command()
@json_option
def settings(as_json: bool) -> None:
    """List all settings: variables of the environment, their values now, defaults, units and meanings."""
    rows = setting_rows()
    if as_json:
        print_json({"settings": rows})
        return
    print_table(
        ("setting", "value", "default", "unit", "meaning"),
        [(row.name, row.value, row.default, row.unit, row.meaning) for row in rows],
    )


def setting_rows() -> list[SettingRow]:
    """Give a row for each setting of all packages. Raises: SettingError."""
    return [row for kind in PACKAGES for row in describe_settings(read_settings(kind, environment()))]
