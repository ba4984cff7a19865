"""The command line, `oaihub`: a module for each noun, loaded when it is called."""

import gc
import logging
from importlib import import_module
from typing import Final

import click

from workers.commands.failing import exit_code_of

COLLECT_AFTER: Final = 50_000
"""Objects made since the last search for circles among them: a page makes thousands, and no circle.

With Python's own 700 the searches take 7 us of CPU a record from page to index, and 70 ms whenever all are searched.
"""

# command: (module of this package, its click command, its line in the help)
COMMANDS: Final = {
    "run": ("run", "Run everything in one process tree: broker, workers, pages"),
    "harvest": ("harvest", "Harvest an endpoint, a repository by its URL, or saved answers, and index it"),
    "schedule": (
        "endpoints.schedule",
        "List, set or remove the times at which endpoints are harvested; harvest some now",
    ),
    "endpoints": ("endpoints.commands", "Add, probe, list, show, edit or remove endpoints"),
    "search": ("search", "Search the items"),
    "show": ("search", "Show an item"),
    "export": ("export", "Write a whole result in any format"),
    "mails": ("mails", "List the mail that waits or was given up, try it again, or drop it"),
    "comments": ("comments.commands", "List, show and decide on the comments of readers"),
    "filters": ("filters", "Save filters, whose results others can harvest as sets of /oai"),
    "edit": ("works.edit", "Edit an item's properties, or take edits back"),
    "takedown": ("works.takedown", "Hide an item for good, with its reason; or show it again"),
    "proposals": ("contributions.proposals", "List, show, decide or undo what others propose to change in items"),
    "tokens": ("contributions.tokens", "Make, list, show or revoke links to propose changes without an account"),
    "works": ("works.commands", "Say which items are one work and which are not"),
    "runs": ("runs.commands", "List the runs, show one with its balance, or cancel it"),
    "plans": ("runs.plans", "List, show, approve or undo the deletions that a full harvest has planned"),
    "rejected": ("runs.rejected", "List the records that were set aside, or read them again"),
    "dead": ("dead", "List what was given up: pages, documents and DOIs; retry or drop it"),
    "replay": ("replay", "Normalise archived pages again, and index what comes out otherwise"),
    "rebuild": ("rebuild", "Build the index anew beside the live one, and swap; or go back to the former one"),
    "check": ("check", "Compare the index and the archive with the store, and repair"),
    "archive": ("archive", "Count or remove archived pages that nothing shown was read from"),
    "backup": ("backup", "Write the archive and the store into a folder, or verify what is there"),
    "restore": ("backup", "Make a hub of a backup, in an empty place"),
    "map": ("maps.commands", "Check a mapping file, try it, compare two, list values that no table knows"),
    "pause": ("controls", "Have nothing new begin: everywhere, at a stage, or of an endpoint"),
    "drain": ("controls", "Have open runs end, and no new one begin"),
    "resume": ("controls", "Have go on what was paused or drained"),
    "dois": ("dois", "Show, fetch or retry what DOI registries say of the records' DOIs"),
    "alerts": ("alerts", "List what is wrong and who was told; send a trial"),
    "doctor": ("doctor", "Tell what is wrong, and the command that mends it; exit code 0, 1 or 2"),
    "trace": ("trace", "Tell where an item or record came from, and whether it shows"),
    "queues": ("queues", "Show what waits at each stage, and since when"),
    "worker": ("worker", "Work for the queues"),
    "beat": ("worker", "Send the ticks of schedules and reconciler"),
    "alive": ("alive", "Tell whether a worker or beat is alive, for health checks"),
    "serve": ("serve", "Serve the API and the pages"),
    "hub": ("hub", "Show or change what the hub makes its own: name, colours, facets, template, texts"),
    "users": ("accounts.users", "Add, invite, list, disable or enable the people who may sign in"),
    "keys": ("accounts.keys", "Make, list or revoke the keys of programs"),
    "audit": ("accounts.audit", "Show who did what"),
    "settings": ("settings", "List all settings"),
}

# processes of `oaihub run` that are no commands for people: (command: module of this package)
PARTS: Final = {"prepare": "run", "demo": "run"}


class Commands(click.Group):
    """The group of all commands; only the module of the one that is called is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click has it
        """Give the names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Give a command by name, None where there is none."""
        module = COMMANDS[cmd_name][0] if cmd_name in COMMANDS else PARTS.get(cmd_name)
        if module is None:
            return None
        command = getattr(import_module(f"workers.commands.{module}"), cmd_name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the table into the help, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="oaihub")
def oaihub() -> None:
    """Harvest scholarly metadata from OAI-PMH repositories, and search it by any property.

    Exit codes: 0 done, 1 failed or partial, 2 wrong use.
    """


def main(arguments: list[str] | None = None) -> int:
    """Run a command line (without the program's name) and give its exit code."""
    gc.set_threshold(COLLECT_AFTER)
    # Commands say themselves what matters; workers and servers set their logging up.
    logging.getLogger().addHandler(logging.NullHandler())
    return exit_code_of(oaihub, arguments)
