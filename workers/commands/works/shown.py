"""How works and rules are printed for people."""

from collections.abc import Sequence

import click
import msgspec

from harvester.store.works.ruling import Rule, Ruled
from harvester.store.works.showing import ShownWork
from workers.commands.output import plain, print_table
from workers.words import utc


def print_rules(rules: Sequence[Rule]) -> None:
    """Print the rules in force."""
    print_table(
        ("rule", "item", "of", "title", "since"),
        [
            row
            for rule in rules
            for row in (
                ("join" if rule.joined else "apart", *_told(rule.one), utc(rule.at)),
                ("", *_told(rule.other), ""),
            )
        ],
    )
    click.echo(f"{len(rules):,} rules in force")


def print_rules_file(rules: Sequence[Rule]) -> None:
    """Print the rules as a file for `oaihub works load`, here or on another store with the same endpoint keys."""
    for section, joined in (("join", True), ("apart", False)):
        click.echo(f"{section} = [")
        for rule in rules:
            if rule.joined is joined:
                pair = ", ".join(_quoted(_name(one)) for one in (rule.one, rule.other))
                click.echo(
                    f"  [{pair}],  # {plain(rule.one.title or rule.other.title).splitlines()[0][:80]}".rstrip(" #")
                )
        click.echo("]")


def print_work(work: ShownWork) -> None:
    """Print a work: its parts, what joined them, and what is near."""
    print_table(
        ("part", "title", "records", "keys"),
        [
            (
                part.id + (" (leads)" if part.id == work.id else "") + (" (deleted)" if part.deleted else ""),
                part.title,
                "\n".join(f"{one.endpoint} {one.identifier} ({one.metadata_prefix})" for one in part.records),
                "\n".join(part.keys),
            )
            for part in work.parts
        ],
    )
    if work.bonds:
        click.echo("\njoined by")
        print_table(("key", "part", "part"), [(bond.by, bond.one, bond.other) for bond in work.bonds])
    if work.near:
        click.echo("\nnear, but not of this work")
        print_table(
            ("item", "title", "shares", "with", "kept out because"),
            [(one.id, one.title, one.key, one.part, one.reason) for one in work.near],
        )
    for key, count in work.common.items():
        click.echo(f"\n{plain(key)} is shared by {count:,} items, so it says nothing")


def _told(one: Ruled) -> tuple[str, str, str]:
    return one.id, " ".join(filter(None, (one.endpoint, one.identifier))), one.title


def _name(one: Ruled) -> str:
    return f"{one.endpoint} {one.identifier}" if one.endpoint else one.id


def _quoted(text: str) -> str:
    """Give a text as a string of TOML: that of JSON is one, too."""
    return msgspec.json.encode(text).decode()
