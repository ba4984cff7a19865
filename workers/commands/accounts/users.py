"""`oaihub users`: the people who may sign in."""

from typing import Final

import click

from harvester.settings import environment, read_settings
from harvester.store import Store
from harvester.store.accounts.invitations import Link, Write, invite_user, renew_link
from harvester.store.accounts.roles import ROLES
from harvester.store.accounts.sessions import end_sessions, list_sessions
from harvester.store.accounts.users import (
    User,
    add_user,
    change_role,
    disable_user,
    enable_user,
    get_user,
    list_users,
    set_password,
    unknown_user,
)
from search_api.accounts.letters import letter_writer, link_address
from search_api.hub_settings import KeptSettings
from search_api.settings import SearchSettings
from workers.commands.accounts.asking import ask_password
from workers.commands.acting import actor
from workers.commands.opening import opened_tools
from workers.commands.output import json_option, print_json, print_table
from workers.errors import UsageError
from workers.words import utc

COLUMNS: Final = ("name", "role", "mail", "state", "added", "last sign-in")

role_type = click.Choice(tuple(ROLES))
send_option = click.option("--send", is_flag=True, help="Mail the link to them, and do not print it.")
stdin_option = click.option(
    "--password-stdin", "from_stdin", is_flag=True, help="Read the password from standard input, one line."
)


@click.group()
def users() -> None:
    """The people who may sign in, by name; their role says what they may do.

    reader: read. contributor: read, propose. editor: read, propose, edit. viewer: read, watch the queues. operator:
    read, watch, operate. admin: all.
    """


@users.command()
@click.argument("name")
@click.option("--role", type=role_type, required=True, help="What they may do.")
@click.option("--mail", default="", help="Their mail address.")
@stdin_option
@json_option
def add(*, name: str, role: str, mail: str, from_stdin: bool, as_json: bool) -> None:
    """Add a person; the password is asked for, twice."""
    password = ask_password(from_stdin=from_stdin)
    with opened_tools() as tools:
        now = tools.store.now()
        user = add_user(tools.store, name, role=role, mail=mail, password=password, actor=actor(), now=now)
    _print([user], as_json=as_json, now=now)


@users.command()
@click.argument("name")
@click.option("--role", type=role_type, required=True, help="What they may do.")
@click.option("--mail", default="", help="Their mail address.")
@send_option
@json_option
def invite(*, name: str, role: str, mail: str, send: bool, as_json: bool) -> None:
    """Add a person, and print the link by which they set their password; it is good once, for 7 days."""
    with opened_tools() as tools:
        write, now = _writer(tools.store, send=send), tools.store.now()
        _user, link = invite_user(tools.store, name, role=role, mail=mail, actor=actor(), now=now, write=write)
    _hand_over(link, sent=send, as_json=as_json)


@users.command()
@click.argument("name")
@send_option
@json_option
def reset(*, name: str, send: bool, as_json: bool) -> None:
    """Print a link by which a person sets another password; it is good once, for an hour, and ends the former one."""
    with opened_tools() as tools:
        link = renew_link(
            tools.store, name, actor=actor(), now=tools.store.now(), write=_writer(tools.store, send=send)
        )
    _hand_over(link, sent=send, as_json=as_json)


@users.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List all people."""
    with opened_tools() as tools:
        _print(list_users(tools.store), as_json=as_json, now=tools.store.now())


@users.command()
@click.argument("name")
@click.argument("role", type=role_type)
@json_option
def role(*, name: str, role: str, as_json: bool) -> None:
    """Give a person another role, from the next request on."""
    with opened_tools() as tools:
        change_role(tools.store, name, role, actor=actor(), now=tools.store.now())
        _say(tools.store, name, f"is {role} now", as_json=as_json)


@users.command()
@click.argument("name")
@json_option
def disable(*, name: str, as_json: bool) -> None:
    """Keep a person out: the sessions end, the keys open nothing."""
    with opened_tools() as tools:
        disable_user(tools.store, name, actor=actor(), now=tools.store.now())
        _say(tools.store, name, "is disabled, and signed out everywhere", as_json=as_json)


@users.command()
@click.argument("name")
@json_option
def enable(*, name: str, as_json: bool) -> None:
    """Let a person in again, also after too many wrong passwords."""
    with opened_tools() as tools:
        enable_user(tools.store, name, actor=actor(), now=tools.store.now())
        _say(tools.store, name, "is enabled", as_json=as_json)


@users.command()
@click.argument("name")
@stdin_option
@json_option
def password(*, name: str, from_stdin: bool, as_json: bool) -> None:
    """Give a person another password, asked for twice; the sessions end."""
    with opened_tools() as tools:
        _existing(tools.store, name)
        set_password(tools.store, name, ask_password(from_stdin=from_stdin), actor=actor(), now=tools.store.now())
        _say(tools.store, name, "has another password, and is signed out everywhere", as_json=as_json)


@users.command()
@click.argument("name")
@json_option
def sessions(*, name: str, as_json: bool) -> None:
    """List the browsers that a person is signed in with."""
    idle_s = read_settings(SearchSettings, environment()).session_idle_s
    with opened_tools() as tools:
        user = _existing(tools.store, name)
        found = list_sessions(tools.store, user.id, idle_s=idle_s, now=tools.store.now())
    if as_json:
        shown = [
            {"client": one.client, "created": one.created, "seen": one.seen, "expires": one.expires} for one in found
        ]
        print_json({"sessions": shown})
        return
    rows = [(one.client, utc(one.created), utc(one.seen), utc(one.expires)) for one in found]
    print_table(("browser", "since", "last seen", "ends"), rows)


@users.command("sign-out")
@click.argument("name")
@json_option
def sign_out(*, name: str, as_json: bool) -> None:
    """End all sessions of a person."""
    with opened_tools() as tools:
        count = end_sessions(tools.store, name, actor=actor(), now=tools.store.now())
    if as_json:
        print_json({"name": name, "ended": count})
    else:
        click.echo(f"{name}: sessions ended: {count}")


def _writer(store: Store, *, send: bool) -> Write | None:
    """Give what writes the mail of a link, None where it is printed. Raises: UsageError without an address of ours."""
    if not send:
        return None
    settings = read_settings(SearchSettings, environment())
    if not settings.public_url:
        raise UsageError("set OAIHUB_PUBLIC_URL, which the link in the mail leads to, or leave --send away")
    return letter_writer(KeptSettings(store, settings.hub_name)().name, settings.public_url)


def _hand_over(link: Link, *, sent: bool, as_json: bool) -> None:
    """Print a link this once, or that it is on its way."""
    base_url = read_settings(SearchSettings, environment()).public_url
    address = "" if sent else link_address(base_url, link)
    if as_json:
        told = {"name": link.user, "kind": link.kind, "expires": link.expires, "sent_to": link.mail if sent else ""}
        print_json(told | ({} if sent else {"link": address}))
    elif sent:
        click.echo(f"a link for {link.user} goes to {link.mail}; `oaihub mails list` shows what waits")
    else:
        click.echo(address)
        click.echo(f"{link.user} sets a password there until {utc(link.expires)}; this is shown once.", err=True)


def _say(store: Store, name: str, what: str, *, as_json: bool) -> None:
    """Tell what has become of a person; programs get the person."""
    user = _existing(store, name)
    if as_json:
        print_json({"users": [user]})
    else:
        click.echo(f"{user.name} {what}")


def _existing(store: Store, name: str) -> User:
    user = get_user(store, name)
    if user is None:
        raise unknown_user(name)
    return user


def _print(found: list[User], *, as_json: bool, now: float) -> None:
    if as_json:
        print_json({"users": found})
        return
    rows = [
        (user.name, user.role, user.mail, _state(user, now), utc(user.created), utc(user.seen or None))
        for user in found
    ]
    print_table(COLUMNS, rows)


def _state(user: User, now: float) -> str:
    if user.disabled:
        return "disabled"
    if not user.has_password:
        return "invited, has no password yet"
    if user.locked_until > now:
        return f"locked until {utc(user.locked_until)} after {user.failures} wrong passwords"
    return "enabled"
