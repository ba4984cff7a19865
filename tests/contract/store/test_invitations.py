"""Links by which a person sets his password, on both databases."""

from threading import Barrier, Thread

import pytest

from harvester.store.accounts.invitations import ask_for_link, find_link, invite_user, renew_link, use_link
from harvester.store.accounts.passwords import PasswordError
from harvester.store.accounts.roles import AccountError
from harvester.store.accounts.sessions import find_session, open_session
from harvester.store.accounts.signing import prove_user
from harvester.store.accounts.users import (
    add_user,
    change_role,
    disable_user,
    enable_user,
    get_user,
    list_users,
    set_password,
)
from harvester.store.operating.audit import list_audit
from tests.contract.store.building import NOW

WORDS = "five blue boats sail"
OTHER = "nine red trains wait"
BY = {"actor": "ada", "now": NOW}
HOUR, DAY = 3_600.0, 86_400.0


def write(link):
    return f"A link for {link.user}", f"/welcome/{link.token}"


def invite(store, name="bob", role="editor", **more):
    return invite_user(store, name, role=role, mail=f"{name}@hub.example", **(BY | more))[1]


def mails(store):
    with store.connect() as connection:
        return connection.exec_driver_sql("SELECT recipient, subject, text FROM mails ORDER BY id").all()


def test_an_invited_person_sets_a_password_once(store):
    link = invite(store)
    user = get_user(store, "bob")
    assert (user.role, user.mail, user.has_password, link.kind) == ("editor", "bob@hub.example", False, "invite")
    assert prove_user(store, "bob", "", now=NOW) is None
    found = find_link(store, link.token, now=NOW)
    assert found == link
    proven = use_link(store, link.token, WORDS, now=NOW + 1)
    assert open_session(store, proven, client="", life_s=HOUR, now=NOW + 1)
    assert prove_user(store, "bob", WORDS, now=NOW + 2)
    assert use_link(store, link.token, OTHER, now=NOW + 3) is None
    assert find_link(store, link.token, now=NOW + 3) is None
    assert prove_user(store, "bob", OTHER, now=NOW + 4) is None


# The issue says no length; a week to look into one's mail, an hour for a link that opens an account that is in use.
@pytest.mark.parametrize(("has_password", "kind", "life_s"), [(False, "invite", 7 * DAY), (True, "reset", HOUR)])
def test_a_link_ends_by_its_time(store, has_password, kind, life_s):
    token = invite(store).token
    if has_password:
        use_link(store, token, OTHER, now=NOW)
        token = renew_link(store, "bob", **BY).token
    assert find_link(store, token, now=NOW + life_s - 1).kind == kind
    assert find_link(store, token, now=NOW + life_s) is None
    assert use_link(store, token, WORDS, now=NOW + life_s) is None
    assert prove_user(store, "bob", WORDS, now=NOW) is None


def test_a_new_link_ends_the_former(store):
    first = invite(store)
    second = renew_link(store, "bob", **BY)
    assert use_link(store, first.token, WORDS, now=NOW) is None
    assert use_link(store, second.token, WORDS, now=NOW)


def test_a_password_that_cannot_be_one_leaves_the_link_as_it_is(store):
    link = invite(store)
    for password in ("short", "bob@hub.example"):
        with pytest.raises(PasswordError):
            use_link(store, link.token, password, now=NOW)
    assert use_link(store, link.token, WORDS, now=NOW)


def test_who_is_disabled_uses_no_link_and_gets_none(store):
    link = invite(store)
    disable_user(store, "bob", **BY)
    assert find_link(store, link.token, now=NOW) is None
    assert use_link(store, link.token, WORDS, now=NOW) is None
    with pytest.raises(AccountError, match="bob is disabled"):
        renew_link(store, "bob", **BY)
    assert ask_for_link(store, "bob", now=NOW + HOUR, write=write) == 0
    enable_user(store, "bob", **BY)
    assert use_link(store, link.token, WORDS, now=NOW) is None  # nor later, when he may come in again


def test_a_link_is_of_no_use_when_its_user_was_disabled_by_hand(store):
    link = invite(store)
    with store.begin() as connection:
        connection.exec_driver_sql("UPDATE users SET disabled = true")
    assert find_link(store, link.token, now=NOW) is None
    assert use_link(store, link.token, WORDS, now=NOW) is None


def test_setting_the_password_ends_sessions_and_links_and_lets_in_who_was_locked_out(store):
    add_user(store, "bob", role="editor", password=OTHER, **BY)
    session = open_session(store, prove_user(store, "bob", OTHER, now=NOW), client="", life_s=HOUR, now=NOW)
    link = renew_link(store, "bob", **BY)
    for _ in range(5):
        prove_user(store, "bob", "not this one at all", now=NOW)
    use_link(store, link.token, WORDS, now=NOW)
    assert find_session(store, session, idle_s=HOUR, now=NOW) is None
    assert prove_user(store, "bob", WORDS, now=NOW)
    link = renew_link(store, "bob", **BY)
    set_password(store, "bob", OTHER, **BY)
    assert find_link(store, link.token, now=NOW) is None


def test_a_link_is_mailed_with_the_user_or_not_at_all(store):
    link = invite(store, write=write)
    assert mails(store) == [("bob@hub.example", "A link for bob", f"/welcome/{link.token}")]
    with pytest.raises(AccountError, match="eve has no mail address"):
        invite_user(store, "eve", role="reader", mail="", write=write, **BY)
    assert get_user(store, "eve") is None
    assert len(mails(store)) == 1


@pytest.mark.parametrize("mail", ["bob", "b ob@hub.example", "bob@hub.example\nBcc: all@hub.example", "a@b@c", "@"])
def test_what_is_no_mail_address_is_refused(store, mail):
    with pytest.raises(AccountError, match="no mail address"):
        invite_user(store, "bob", role="reader", mail=mail, **BY)
    assert list_users(store) == []


def test_who_asks_by_name_or_mail_is_mailed_a_link(store):
    use_link(store, invite(store).token, OTHER, now=NOW)
    for number, asked in enumerate(("BOB", " bob@Hub.example "), 1):
        now = NOW + number * HOUR
        assert ask_for_link(store, asked, now=now, write=write) == 1
        recipient, _, text = mails(store)[-1]
        link = find_link(store, text.removeprefix("/welcome/"), now=now)
        assert (recipient, link.user, link.kind, link.expires) == ("bob@hub.example", "bob", "reset", now + HOUR)


def test_nobody_is_mailed_for_a_name_that_is_not_here_or_has_no_mail_address(store):
    add_user(store, "eve", role="reader", password=WORDS, **BY)
    invite(store)
    for asked in ("", " ", "nobody", "eve", "bo", "%"):
        assert ask_for_link(store, asked, now=NOW + HOUR, write=write) == 0
    assert mails(store) == []


def test_who_was_mailed_is_not_mailed_again_at_once(store):
    invite(store)
    sent = [ask_for_link(store, "bob", now=NOW + after, write=write) for after in (0, 299, 301, 310, 700)]
    assert sent == [0, 0, 1, 0, 1]


def test_one_mail_address_of_several_people_gets_a_link_for_each_up_to_five(store):
    for number in range(7):
        invite_user(store, f"bob{number}", role="reader", mail="all@hub.example", **BY)
    assert ask_for_link(store, "all@hub.example", now=NOW + HOUR, write=write) == 5
    assert [subject for _, subject, _ in mails(store)] == [f"A link for bob{number}" for number in range(5)]


def test_a_link_that_is_used_twice_at_once_sets_one_password(store):
    link, both = invite(store), Barrier(2)
    done = []

    def use(password):
        both.wait(10)
        done.append((use_link(store, link.token, password, now=NOW), password))

    threads = [Thread(target=use, args=(password,)) for password in (WORDS, OTHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    (password,) = [password for proven, password in done if proven is not None]
    assert prove_user(store, "bob", password, now=NOW)


def test_no_table_but_the_mail_holds_a_token(store):
    link = invite(store)
    with store.connect() as connection:
        kept = "".join(
            str(row)
            for table in ("users", "invitations", "audit")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}").all()
        )
    assert "bob" in kept
    assert link.token not in kept


def test_who_made_and_used_a_link_is_in_the_audit(store):
    link = invite(store)
    ask_for_link(store, "bob", now=NOW + HOUR, write=write)
    use_link(store, link.token, WORDS, now=NOW)
    token = mails(store)[0][2].removeprefix("/welcome/")
    use_link(store, token, WORDS, now=NOW + HOUR)
    done = [(entry.actor, entry.action, entry.object, entry.details.get("kind")) for entry in list_audit(store)]
    assert done == [
        ("bob", "password", "user:bob", None),
        ("visitor", "link", "user:bob", "invite"),
        ("ada", "link", "user:bob", "invite"),
        ("ada", "add", "user:bob", None),
    ]


def test_the_last_admin_who_can_sign_in_stays_one(store):
    for name in ("ada", "ben"):
        add_user(store, name, role="admin", password=WORDS, **BY)
    invite(store, "cleo", "admin")  # has no password yet
    disable_user(store, "ben", **BY)
    for act in (lambda: disable_user(store, "ADA", **BY), lambda: change_role(store, "ada", "operator", **BY)):
        with pytest.raises(AccountError, match="ada is the last admin"):
            act()
    change_role(store, "ada", "admin", **BY)
    enable_user(store, "ben", **BY)
    change_role(store, "ada", "operator", **BY)
    assert get_user(store, "ada").role == "operator"


def test_two_admins_who_disable_each_other_at_once_are_not_both_gone(store):
    for name in ("ada", "ben"):
        add_user(store, name, role="admin", password=WORDS, **BY)
    refused = []

    def disable():
        try:
            disable_user(store, "ben", **BY)
        except AccountError as error:
            refused.append(error)

    other = Thread(target=disable)
    with store.begin() as connection:
        connection.exec_driver_sql("UPDATE users SET disabled = true WHERE name = 'ada'")
        other.start()
        other.join(0.5)  # it waits for this transaction, or has read that ada may sign in
    other.join(30)
    assert len(refused) == 1
    assert sorted(user.disabled for user in list_users(store)) == [False, True]
