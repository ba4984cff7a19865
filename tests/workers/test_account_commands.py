"""`oaihub users`, `keys` and `audit`: made, listed, ended; a password is never an argument."""

import getpass
import io
import json
import os
import pty
import re
import subprocess
import sys
import time

import pytest

from harvester.store import open_store
from harvester.store.accounts.invitations import find_link, use_link
from harvester.store.accounts.keys import find_key, find_quota
from harvester.store.accounts.sessions import open_session
from harvester.store.accounts.signing import prove_user
from harvester.store.hubs.settings import put_settings

pytestmark = pytest.mark.usefixtures("data_dir")

WORDS = "five blue boats sail"
OTHER = "nine red trains wait"


@pytest.fixture
def send(oaihub, monkeypatch):
    """Run a command with a line on its standard input."""

    def run(*arguments, line=WORDS):
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{line}\n"))
        return oaihub(*arguments)

    return run


@pytest.fixture
def store(data_dir):
    with open_store(f"sqlite:///{data_dir / 'store.sqlite'}") as store:
        yield store


def users_of(oaihub):
    return {user["name"]: user for user in json.loads(oaihub("users", "list", "--json")[1])["users"]}


def proves(store, password):
    return prove_user(store, "alice", password, now=time.time())


def test_a_user_is_added_changed_and_kept_out(oaihub, send, store):
    code, out, err = send("users", "add", "Alice", "--role", "viewer", "--mail", "a@hub.example", "--password-stdin")
    assert (code, err, "alice" in out, WORDS in out) == (0, "", True, False)
    (user,) = users_of(oaihub).values()
    assert (user["role"], user["mail"], user["disabled"]) == ("viewer", "a@hub.example", False)
    assert "$argon2" not in json.dumps(user)
    assert proves(store, WORDS)
    assert oaihub("users", "role", "alice", "operator")[0] == 0
    assert send("users", "password", "alice", "--password-stdin", line=OTHER)[0] == 0
    assert (proves(store, WORDS), proves(store, OTHER) is None) == (None, False)
    assert oaihub("users", "disable", "alice")[0] == 0
    assert users_of(oaihub)["alice"] | {"role": "operator", "disabled": True} == users_of(oaihub)["alice"]
    assert "disabled" in oaihub("users", "list")[1]
    assert oaihub("users", "enable", "alice")[0] == 0
    assert proves(store, OTHER)


def test_a_user_who_is_locked_out_is_seen_and_let_in(oaihub, send, store):
    send("users", "add", "alice", "--role", "viewer", "--password-stdin")
    for _ in range(5):
        assert proves(store, OTHER) is None
    assert re.search(r"locked until .* after 5 wrong passwords", oaihub("users", "list")[1])
    assert oaihub("users", "enable", "alice")[0] == 0
    assert proves(store, WORDS)


def test_sessions_are_listed_and_ended(oaihub, send, store):
    send("users", "add", "alice", "--role", "viewer", "--password-stdin")
    token = open_session(store, proves(store, WORDS), client="a \x1b[31mbrowser", life_s=3_600, now=time.time())
    (session,) = json.loads(oaihub("users", "sessions", "alice", "--json")[1])["sessions"]
    assert session["client"] == "a \x1b[31mbrowser"
    shown = oaihub("users", "sessions", "alice")[1]
    assert ("browser" in shown, "\x1b" in shown, token in shown) == (True, False, False)
    assert oaihub("users", "sign-out", "alice")[1] == "alice: sessions ended: 1\n"
    assert json.loads(oaihub("users", "sessions", "alice", "--json")[1]) == {"sessions": []}


def test_a_key_is_shown_once(oaihub, send, store):
    send("users", "add", "alice", "--role", "operator", "--password-stdin")
    before = time.time()
    code, out, err = oaihub("keys", "add", "ci", "--user", "alice", "--role", "viewer", "--expires", "90d")
    key = out.strip()
    assert (code, "shown once" in err) == (0, True)
    assert find_key(store, key, time.time()).actor == "alice:ci"
    (listed,) = json.loads(oaihub("keys", "list", "--json")[1])["keys"]
    assert before + 90 * 86_400 <= listed["expires"] <= time.time() + 90 * 86_400
    assert key not in oaihub("keys", "list")[1] + oaihub("audit", "--json")[1]
    assert oaihub("keys", "revoke", str(listed["id"]))[1] == "ci of alice is revoked\n"
    assert find_key(store, key, time.time()) is None
    assert "revoked" in oaihub("keys", "list", "--user", "alice")[1]
    made = json.loads(
        oaihub(
            *("keys", "add", "b", "--user", "alice", "--role", "viewer"),
            *("--expires", "never", "--quota", "90", "--json"),
        )[1]
    )
    assert (made["expires"], find_key(store, made["key"], time.time()).actor) == (0.0, "alice:b")
    assert (made["quota"], find_quota(store, made["key"], time.time()).limit) == (90, 90)


def test_a_key_gets_another_quota(oaihub, send, store):
    send("users", "add", "alice", "--role", "operator", "--password-stdin")
    key = oaihub("keys", "add", "ci", "--user", "alice", "--role", "viewer", "--expires", "never")[1].strip()
    assert oaihub("keys", "quota", "1", "600")[1] == "ci of alice may make 600 requests a minute\n"
    assert find_quota(store, key, time.time()).limit == 600
    assert json.loads(oaihub("keys", "quota", "1", "none", "--json")[1])["keys"][0]["quota"] is None
    assert find_quota(store, key, time.time()) is None
    assert "as many requests" in oaihub("keys", "quota", "1", "none")[1]


def test_a_person_is_invited_by_a_link_and_gets_another(oaihub, send, store, monkeypatch):
    monkeypatch.setenv("OAIHUB_PUBLIC_URL", "https://hub.example.org/")
    code, out, err = oaihub("users", "invite", "Bob", "--role", "editor", "--mail", "bob@hub.example")
    first = re.fullmatch(r"https://hub\.example\.org/welcome/([\w-]{43})\n", out)[1]
    assert (code, "shown once" in err) == (0, True)
    user = users_of(oaihub)["bob"]
    assert (user["role"], user["mail"], user["has_password"]) == ("editor", "bob@hub.example", False)
    assert "invited" in oaihub("users", "list")[1]
    told = json.loads(oaihub("users", "reset", "bob", "--json")[1])
    assert (told["name"], told["kind"], told["sent_to"]) == ("bob", "invite", "")
    assert find_link(store, first, now=time.time()) is None
    second = told["link"].rpartition("/")[2]
    assert use_link(store, second, WORDS, now=time.time())
    assert json.loads(oaihub("users", "reset", "bob", "--json")[1])["kind"] == "reset"
    assert not {first, second} & set(oaihub("audit", "--json")[1].split('"'))


def test_a_link_is_mailed_where_the_hub_knows_its_address(oaihub, store, monkeypatch):
    invited = ("users", "invite", "bob", "--role", "editor", "--mail", "bob@hub.example", "--send")
    code, _, err = oaihub(*invited)
    assert (code, "OAIHUB_PUBLIC_URL" in err, users_of(oaihub)) == (2, True, {})
    monkeypatch.setenv("OAIHUB_PUBLIC_URL", "https://hub.example.org")
    put_settings(store, "name = 'K\u00fcste'", after=0, actor="ada", now=1.0)
    code, out, _ = oaihub(*invited)
    assert (code, "goes to bob@hub.example" in out, "/welcome/" in out) == (0, True, False)
    with store.connect() as connection:
        ((subject, text),) = connection.exec_driver_sql("SELECT subject, text FROM mails").all()
    assert subject == "Your account at K\u00fcste"
    assert re.search(r"^https://hub\.example\.org/welcome/[\w-]{43}$", text, re.MULTILINE)
    assert "link" not in json.loads(oaihub("users", "reset", "bob", "--send", "--json")[1])


def test_who_did_what_is_shown(oaihub, send, repository):
    send("users", "add", "alice", "--role", "operator", "--password-stdin")
    oaihub("users", "role", "alice", "admin")
    entries = json.loads(oaihub("audit", "--json")[1])["audit"]
    assert [(entry["action"], entry["object"]) for entry in entries] == [("role", "user:alice"), ("add", "user:alice")]
    assert {entry["actor"] for entry in entries} == {f"command:{getpass.getuser()}"}
    assert entries[0]["details"] == {"from": "operator", "to": "admin"}
    assert "from=operator, to=admin" in oaihub("audit", "--limit", "1")[1]
    assert json.loads(oaihub("audit", "--actor", "nobody", "--json")[1]) == {"audit": []}
    earlier = json.loads(oaihub("audit", "--object", "user:alice", "--before", str(entries[0]["id"]), "--json")[1])
    assert [entry["action"] for entry in earlier["audit"]] == ["add"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("users", "add", "a b", "--role", "viewer", "--password-stdin"), "cannot be the name of a user"),
        (("users", "add", "local", "--role", "viewer", "--password-stdin"), "cannot be the name of a user"),
        (("users", "add", "bob", "--role", "boss", "--password-stdin"), "'boss' is not one of"),
        (("users", "add", "bob", "--role", "viewer"), "--password-stdin"),
        (("users", "add", "alice", "--role", "viewer", "--password-stdin"), "a user alice already"),
        (("users", "password", "nobody", "--password-stdin"), "no user 'nobody'"),
        (("users", "sessions", "nobody"), "no user 'nobody'"),
        (("users", "role", "alice", "boss"), "'boss' is not one of"),
        (("keys", "add", "a b", "--user", "alice", "--role", "viewer", "--expires", "1d"), "the name of a key"),
        (("keys", "add", "ci", "--user", "alice", "--role", "admin", "--expires", "1d"), "alice is viewer"),
        (("keys", "add", "ci", "--user", "alice", "--role", "viewer", "--expires", "soon"), "no length of time"),
        (("keys", "add", "ci", "--user", "alice", "--role", "viewer"), "--expires"),
        (("keys", "revoke", "7"), "no key 7"),
        (("keys", "quota", "7", "5"), "no key 7"),
        (("keys", "quota", "7", "many"), "no number of requests"),
        (("keys", "quota", "7", "0"), "1 to 1,000,000"),
        (("users", "invite", "alice", "--role", "viewer"), "a user alice already"),
        (("users", "invite", "bob", "--role", "viewer", "--mail", "x"), "no mail address"),
        (("users", "reset", "nobody"), "no user 'nobody'"),
    ],
)
def test_wrong_use_is_named(send, arguments, said):
    assert send("users", "add", "alice", "--role", "viewer", "--password-stdin")[0] == 0
    code, out, err = send(*arguments)
    assert (code, out) == (2, "")
    assert said in " ".join(err.split())
    assert WORDS not in err


def test_a_password_is_no_argument(send):
    code, _, err = send("users", "add", "bob", "--role", "viewer", "--password", WORDS)
    assert code == 2
    assert "No such option" in err


def test_at_a_terminal_the_password_is_asked_for_twice_and_not_shown(data_dir, store):
    command = [sys.executable, "-m", "workers.commands", "users", "add", "alice", "--role", "admin"]
    terminal, other_end = pty.openpty()
    ends = {"stdin": other_end, "stdout": other_end, "stderr": other_end}
    shown = b""
    with subprocess.Popen(command, start_new_session=True, **ends) as process:
        for awaited in (b"Password: ", b"The same again: ", b"alice"):
            while awaited not in shown:
                shown += os.read(terminal, 1_024)
            if awaited != b"alice":
                os.write(terminal, f"{WORDS}\n".encode())
    os.close(terminal)
    os.close(other_end)
    assert (process.returncode, WORDS.encode() in shown) == (0, False)
    assert proves(store, WORDS)


def test_programs_are_told_what_became_of_a_person_and_a_key(oaihub, send):
    send("users", "add", "alice", "--role", "viewer", "--password-stdin")
    added = json.loads(
        oaihub("keys", "add", "one", "--user", "alice", "--role", "viewer", "--expires", "1h", "--json")[1]
    )
    for arguments, role, disabled in (
        (("role", "alice", "operator"), "operator", False),
        (("disable", "alice"), "operator", True),
        (("enable", "Alice"), "operator", False),
    ):
        (user,) = json.loads(oaihub("users", *arguments, "--json")[1])["users"]
        assert (user["name"], user["role"], user["disabled"]) == ("alice", role, disabled)
    assert json.loads(send("users", "password", "alice", "--password-stdin", "--json", line=OTHER)[1])["users"]
    assert json.loads(oaihub("users", "sign-out", "alice", "--json")[1]) == {"name": "alice", "ended": 0}
    (key,) = json.loads(oaihub("keys", "revoke", added["id"], "--json")[1])["keys"]
    assert (key["name"], key["revoked"] > 0) == ("one", True)
