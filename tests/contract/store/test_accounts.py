"""People, their sessions and keys, on both databases."""

import re
import zlib

import pytest
from sqlalchemy import text

from harvester.store import open_store
from harvester.store.accounts import passwords
from harvester.store.accounts.keys import add_key, find_key, is_well_formed, list_keys, make_key, revoke_key
from harvester.store.accounts.passwords import NOBODY, PasswordError, check_password, is_outdated
from harvester.store.accounts.roles import AccountError
from harvester.store.accounts.sessions import (
    end_session,
    end_sessions,
    find_session,
    list_sessions,
    open_session,
)
from harvester.store.accounts.signing import prove_user
from harvester.store.accounts.users import (
    add_user,
    change_role,
    disable_user,
    enable_user,
    get_user,
    has_users,
    list_users,
    set_password,
)
from harvester.store.operating.audit import list_audit
from tests.contract.store.building import NOW

WORDS = "five blue boats sail"
OTHER = "nine red trains wait"
BY = {"actor": "command:tester", "now": NOW}
HOUR = 3600.0
IDLE_S = 2 * HOUR
LIFE_S = 12 * HOUR


@pytest.fixture
def alice(store):
    return add_user(store, "Alice", role="operator", mail="alice@hub.example", password=WORDS, **BY)


def sign_in(store, name="alice", password=WORDS, *, now=NOW, instead_of=""):
    proven = prove_user(store, name, password, now=now)
    assert proven is not None
    return open_session(store, proven, client="a browser", life_s=LIFE_S, now=now, instead_of=instead_of)


def who(store, token, now=NOW):
    found = find_session(store, token, idle_s=IDLE_S, now=now)
    return None if found is None else found.account


def test_users_are_added_listed_and_named_without_case(store, alice):
    assert (alice.name, alice.role, alice.disabled, alice.has_password) == ("alice", "operator", False, True)
    assert get_user(store, "ALICE") == alice
    assert get_user(store, "bob") is None
    add_user(store, "aaron", role="viewer", password=OTHER, **BY)
    assert [user.name for user in list_users(store)] == ["aaron", "alice"]


def test_a_store_without_users_says_so(store):
    assert not has_users(store)
    add_user(store, "alice", role="viewer", password=WORDS, **BY)
    disable_user(store, "alice", **BY)
    assert has_users(store)


@pytest.mark.parametrize("name", ["", "a b", "local", "command", "alice:key", "-a", "a" * 65, "älice", "a/b"])
def test_names_that_the_audit_could_mistake_are_refused(store, name):
    with pytest.raises(AccountError):
        add_user(store, name, role="viewer", password=WORDS, **BY)
    assert not has_users(store)


def test_a_name_is_taken_once_and_a_role_must_be_one(store, alice):
    with pytest.raises(AccountError, match="alice already"):
        add_user(store, "alice", role="viewer", password=WORDS, **BY)
    with pytest.raises(AccountError, match="reader, contributor, editor, viewer, operator, admin"):
        add_user(store, "bob", role="boss", password=WORDS, **BY)
    with pytest.raises(AccountError, match="no user 'bob'"):
        change_role(store, "bob", "admin", **BY)


def test_no_table_holds_a_password_token_or_key(store, alice):
    token = sign_in(store)
    _, key = add_key(store, "ci", user="alice", role="viewer", expires=0.0, **BY)
    with store.connect() as connection:
        kept = "".join(
            str(row)
            for table in ("users", "sessions", "api_keys", "audit")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}").all()
        )
    assert "$argon2id$" in kept
    assert not any(secret in kept for secret in (WORDS, token, key, key.removeprefix("oaihub_")[:64]))


# 12 to 1,000 characters of any kind; what is guessed first is not taken.
@pytest.mark.parametrize("password", ["a" * 11, "five boats", "x y" * 334, "five blue\nboats sail", "\ud800" * 12])
def test_too_short_too_long_or_unreadable_passwords_are_refused(password):
    with pytest.raises(PasswordError):
        check_password(password, name="alice")


@pytest.mark.parametrize(
    "password", ["Password1234", "pass word 12 34", "aaaaaaaaaaaaaaaa", " " * 12, "Alice.Liddell", "a.l@hub.example"]
)
def test_passwords_that_are_guessed_first_are_refused(password):
    with pytest.raises(PasswordError, match="guessed first"):
        check_password(password, name="alice.liddell", mail="a.l@hub.example")


@pytest.mark.parametrize("password", [WORDS, "lowercaseonlywords", "七つの海を渡る小さな青い船", "y z" * 333 + "."])
def test_any_composition_is_taken(password):
    assert check_password(password, name="alice") == password


def test_one_password_however_its_letters_are_composed(store):
    # RFC 8265, 4.2: NFC, and every blank is U+0020
    add_user(store, "bob", role="viewer", password="Ku\u0308hle Bo\u0308tchen\u00a0segeln", **BY)
    assert prove_user(store, "bob", "K\u00fchle B\u00f6tchen segeln", now=NOW)
    assert prove_user(store, "bob", "Kuhle Botchen segeln", now=NOW) is None


def test_the_hash_of_nobody_costs_what_a_hash_of_ours_costs():
    assert not is_outdated(NOBODY)


@pytest.mark.parametrize("case", ["wrong", "unknown", "disabled", "locked"])
def test_whatever_is_wrong_costs_one_hash_and_one_write(store, alice, monkeypatch, case):
    if case == "disabled":
        disable_user(store, "alice", **BY)
    if case == "locked":
        for _ in range(5):
            assert prove_user(store, "alice", OTHER, now=NOW) is None
    hashed, written = [], []

    class Counting(type(passwords.HASHER)):
        def verify(self, kept, password):
            hashed.append(kept)
            return super().verify(kept, password)

    counting = Counting(time_cost=2, memory_cost=19_456, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", counting)
    before = store.begin

    def begin():
        written.append(1)
        return before()

    monkeypatch.setattr(store, "begin", begin)
    given = {"wrong": ("alice", OTHER), "unknown": ("nobody", WORDS)}.get(case, ("alice", WORDS))
    assert prove_user(store, *given, now=NOW) is None
    assert (len(hashed), len(written)) == (1, 1)
    assert {len(kept) for kept in hashed} == {len(NOBODY)}


def test_after_five_wrong_passwords_none_is_taken_for_ever_longer(store, alice):
    for _ in range(4):
        assert prove_user(store, "alice", OTHER, now=NOW) is None
    assert prove_user(store, "alice", WORDS, now=NOW)  # the count begins anew
    for _ in range(5):
        assert prove_user(store, "alice", OTHER, now=NOW) is None
    assert prove_user(store, "alice", WORDS, now=NOW + 14) is None
    assert prove_user(store, "alice", OTHER, now=NOW + 15) is None
    assert get_user(store, "alice").locked_until == NOW + 45
    assert prove_user(store, "alice", WORDS, now=NOW + 44) is None
    assert prove_user(store, "alice", WORDS, now=NOW + 45)
    assert get_user(store, "alice").failures == 0


def test_a_lock_ends_after_a_quarter_of_an_hour_at_most_and_by_hand(store, alice):
    now = NOW
    for _ in range(40):
        assert prove_user(store, "alice", OTHER, now=now) is None
        now = max(now, get_user(store, "alice").locked_until)
    assert get_user(store, "alice").locked_until - now <= 900
    assert prove_user(store, "alice", OTHER, now=now) is None
    enable_user(store, "alice", **BY)
    assert prove_user(store, "alice", WORDS, now=now)


def test_wrong_tries_of_a_name_that_nobody_has_lock_nobody(store, alice):
    for _ in range(10):
        assert prove_user(store, "nobody", WORDS, now=NOW) is None
    assert prove_user(store, "alice", WORDS, now=NOW)


def test_a_session_is_over_when_its_life_is_or_when_nobody_came_for_long(store, alice):
    token = sign_in(store)
    assert who(store, token).name == "alice"
    assert who(store, token, NOW + IDLE_S - 1).name == "alice"  # seen then
    assert who(store, token, NOW + 2 * IDLE_S - 2).name == "alice"
    assert who(store, token, NOW + 4 * IDLE_S) is None
    token = sign_in(store)
    for hour in range(12):
        assert who(store, token, NOW + hour * HOUR)
    assert who(store, token, NOW + LIFE_S) is None
    assert who(store, "no such token") is None


def test_sessions_end_with_sign_out_another_password_and_disabling(store, alice):
    here, there = sign_in(store), sign_in(store)
    found = find_session(store, here, idle_s=IDLE_S, now=NOW)
    assert end_session(store, "alice", found.digest, **BY)
    assert (who(store, here), who(store, there).name) == (None, "alice")
    assert end_sessions(store, "alice", **BY) == 1
    assert who(store, there) is None
    again = sign_in(store)
    set_password(store, "alice", OTHER, **BY)
    assert who(store, again) is None
    again = sign_in(store, password=OTHER)
    disable_user(store, "alice", **BY)
    enable_user(store, "alice", **BY)
    assert who(store, again) is None


def test_a_session_is_of_no_use_while_its_user_is_disabled(store, alice):
    token = sign_in(store)
    with store.begin() as connection:  # as by an older program, which knows no sessions
        connection.exec_driver_sql("UPDATE users SET disabled = true")
    assert who(store, token) is None


def test_nobody_ends_the_session_of_another(store, alice):
    add_user(store, "bob", role="admin", password=OTHER, **BY)
    token = sign_in(store)
    found = find_session(store, token, idle_s=IDLE_S, now=NOW)
    assert not end_session(store, "bob", found.digest, **BY)
    assert who(store, token).name == "alice"


def test_a_new_session_takes_the_place_of_the_one_that_the_browser_had(store, alice):
    first = sign_in(store)
    second = sign_in(store, instead_of=first)
    assert first != second
    assert who(store, first) is None
    assert [session.client for session in list_sessions(store, alice.id, idle_s=IDLE_S, now=NOW)] == ["a browser"]


def test_a_password_that_was_changed_meanwhile_opens_no_session(store, alice):
    proven = prove_user(store, "alice", WORDS, now=NOW)
    set_password(store, "alice", OTHER, **BY)
    assert open_session(store, proven, client="", life_s=LIFE_S, now=NOW) is None


def test_another_role_holds_at_once_for_sessions_and_keys(store, alice):
    token = sign_in(store)
    _, key = add_key(store, "ci", user="alice", role="operator", expires=0.0, **BY)
    assert "operate" in who(store, token).rights
    assert "operate" in find_key(store, key, NOW).rights
    change_role(store, "alice", "reader", **BY)
    assert who(store, token).rights == {"read"}
    assert find_key(store, key, NOW).rights == {"read"}


def test_a_key_may_no_more_than_its_user(store, alice):
    for role in ("editor", "admin"):
        with pytest.raises(AccountError, match="alice is operator"):
            add_key(store, "ci", user="alice", role=role, expires=0.0, **BY)
    _, key = add_key(store, "ci", user="alice", role="viewer", expires=0.0, **BY)
    account = find_key(store, key, NOW)
    assert (account.name, account.actor, account.rights) == ("alice", "alice:ci", {"read", "watch"})


def test_a_key_ends_by_its_time_by_revoking_and_with_its_user(store, alice):
    _, timed = add_key(store, "timed", user="alice", role="viewer", expires=NOW + 60, **BY)
    assert find_key(store, timed, NOW + 59)
    assert find_key(store, timed, NOW + 60) is None
    added, key = add_key(store, "ci", user="alice", role="viewer", expires=0.0, **BY)
    disable_user(store, "alice", **BY)
    assert find_key(store, key, NOW) is None
    enable_user(store, "alice", **BY)
    assert find_key(store, key, NOW)
    revoke_key(store, added.id, **BY)
    assert find_key(store, key, NOW) is None
    with pytest.raises(AccountError, match="no key"):
        revoke_key(store, added.id, **BY)


def test_when_a_key_was_used_is_written_once_a_minute(store, alice):
    _, key = add_key(store, "ci", user="alice", role="viewer", expires=0.0, **BY)
    for second in (0, 30, 59):
        find_key(store, key, NOW + second)
    assert list_keys(store, "alice")[0].used == NOW
    find_key(store, key, NOW + 61)
    assert list_keys(store)[0].used == NOW + 61


def test_the_name_of_a_key_is_free_again_when_it_has_ended(store, alice):
    added, _ = add_key(store, "ci", user="alice", role="viewer", expires=0.0, **BY)
    with pytest.raises(AccountError, match="ci already"):
        add_key(store, "ci", user="alice", role="viewer", expires=0.0, **BY)
    revoke_key(store, added.id, **BY)
    add_key(store, "ci", user="alice", role="viewer", expires=0.0, **BY)


def test_a_key_can_be_told_by_its_form_alone():
    key = make_key()
    assert re.fullmatch(r"oaihub_[0-9a-f]{72}", key)
    assert int(key[-8:], 16) == zlib.crc32(key[7:-8].encode())
    assert is_well_formed(key)
    assert not is_well_formed(key[:-1] + ("0" if key[-1] != "0" else "1"))
    assert key != make_key()


def test_all_that_is_done_to_accounts_is_in_the_audit(store, alice):
    change_role(store, "alice", "viewer", actor="command:root", now=NOW + 1)
    sign_in(store)
    added, _ = add_key(store, "ci", user="alice", role="viewer", expires=0.0, **BY)
    revoke_key(store, added.id, **BY)
    set_password(store, "alice", OTHER, **BY)
    disable_user(store, "alice", **BY)
    enable_user(store, "alice", **BY)
    done = [(entry.action, entry.object) for entry in list_audit(store)]
    assert done == [
        ("enable", "user:alice"),
        ("disable", "user:alice"),
        ("password", "user:alice"),
        ("revoke", "key:alice:ci"),
        ("add", "key:alice:ci"),
        ("sign-in", "user:alice"),
        ("role", "user:alice"),
        ("add", "user:alice"),
    ]
    (changed,) = list_audit(store, actor="command:root")
    assert (changed.at, changed.details) == (NOW + 1, {"from": "operator", "to": "viewer"})


def test_who_has_signed_in_may_look_at_a_hub_that_cannot_be_written(tmp_path):
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    with open_store(url) as store, open_store(url) as other:
        add_user(store, "alice", role="operator", password=WORDS, **BY)
        token = sign_in(store)
        _, key = add_key(store, "ci", user="alice", role="viewer", expires=0.0, **BY)
        with other.connect() as connection:
            connection.execute(text("PRAGMA busy_timeout=50"))
        with store.begin():
            assert who(other, token, NOW + HOUR).name == "alice"
            assert find_key(other, key, NOW + HOUR).actor == "alice:ci"
