"""`oaihub doctor`: is anything wrong at all, and what to do next."""

from typing import Final

import click

from harvester.errors import HarvestError
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, plain, print_json, print_table
from workers.operator.facts.findings import Finding, diagnose
from workers.operator.facts.telling import vital_rows

FINE: Final = 0
WARNINGS: Final = 1
WRONG: Final = 2


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also lag, disk, broker, limits and counts that are fine.")
@json_option
def doctor(*, everything: bool, as_json: bool) -> int:
    """Look at everything, and tell each finding in a line, with the command that looks further or mends it.

    Exit code 0: all is well, 1: there are warnings, 2: something is wrong.
    """
    with opened_tools() as tools:
        try:
            seen = diagnose(tools)
        except HarvestError as error:  # the store is away: nothing else can be looked at
            away = [Finding("wrong", "store", str(error), "oaihub settings")]
            if as_json:
                print_json({"findings": away})
            else:
                _print(away)
            return WRONG
    if as_json:
        print_json(seen)
    else:
        if everything:
            print_table(("", ""), vital_rows(seen.vitals))
        _print(seen.findings)
    return exit_code(seen.findings)


def exit_code(findings: list[Finding]) -> int:
    """Give 2 where something is wrong, 1 where there are warnings only, 0 where there is nothing."""
    levels = {finding.level for finding in findings}
    return WRONG if "wrong" in levels else WARNINGS if levels else FINE


def _print(findings: list[Finding]) -> None:
    for finding in findings:
        click.echo(plain(f"{finding.level}: {finding.about}: {finding.text}: `{finding.command}`"))
    if not findings:
        click.echo("all is well")
