"""Tokens and passes: made, opened, ended."""

import pytest
from sqlalchemy import text

from harvester.store.contributions.errors import ContributionError
from harvester.store.contributions.passes import LIFE_S, Opened, end_pass, find_pass, open_pass
from harvester.store.contributions.tokens import (
    DAY_S,
    LONGEST_LIFE_S,
    Letter,
    NewToken,
    add_token,
    get_token,
    list_tokens,
    revoke_token,
    state_of,
)
from harvester.store.operating.audit import list_audit
from tests.contract.store.building import NOW
from tests.contract.store.contributions.conftest import mails, token


def test_a_token_is_kept_as_a_digest_and_listed_without_its_text(store, item):
    found, secret = token(store, items=(item,), properties=("title",), uses=2)
    assert (found.items, found.properties, found.uses_left, found.expires) == ((item,), ("title",), 2, NOW + 30 * DAY_S)
    assert len(secret) >= 43
    assert list_tokens(store) == [found] == [get_token(store, found.id)]
    with store.connect() as connection:
        kept = repr(connection.execute(text("SELECT * FROM tokens")).all())
    assert secret not in kept
    assert secret not in repr(list_audit(store))
    assert list_audit(store, object=f"token:{found.id}")[0].details["uses"] == 2


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"label": " "}, "name of whom"),
        ({"label": "a\nb"}, "name of whom"),
        ({"label": "x" * 101}, "name of whom"),
        ({"mail": "nobody"}, "no mail address"),
        ({"mail": "a@b.example\nBcc: c@d.example"}, "no mail address"),
        ({"mail": "a@b\n.example"}, "no mail address"),
        ({"life_s": 0.0}, "a year at most"),
        ({"life_s": LONGEST_LIFE_S + 1}, "a year at most"),
        ({"uses": 0}, "1 to"),
        ({"items": ("nothing",)}, "no item nothing"),
    ],
)
def test_tokens_that_cannot_be_are_refused(store, fields, message):
    with pytest.raises(ContributionError, match=message):
        token(store, **fields)
    assert (list_tokens(store), list_audit(store)) == ([], [])


def test_a_token_is_sent_to_its_address_in_the_transaction_that_makes_it(store):
    new = NewToken(label="Ann", mail="ann@far.example")
    add_token(store, new, text="secret", letter=Letter("A link", "/pass/secret"), actor="eve", now=NOW)
    assert mails(store) == [("ann@far.example", "A link", "/pass/secret")]
    with pytest.raises(ContributionError, match="no mail address"):
        add_token(store, NewToken(label="Bob"), text="other", letter=Letter("A", "B"), actor="eve", now=NOW)
    assert len(list_tokens(store)) == len(mails(store)) == 1


def test_a_token_is_opened_any_number_of_times_and_ends_with_its_passes(store):
    found, secret = token(store, life_s=2 * DAY_S)
    one, other = (open_pass(store, secret, now=NOW + delay) for delay in (5, 6))
    assert isinstance(one, Opened)
    assert one.life_s == LIFE_S
    assert find_pass(store, one.text, now=NOW + 7).token.used == NOW + 6
    assert find_pass(store, other.text, now=NOW + 6 + LIFE_S) is None
    assert find_pass(store, secret, now=NOW + 7) is None
    end_pass(store, find_pass(store, other.text, now=NOW + 7).digest)
    assert find_pass(store, other.text, now=NOW + 7) is None
    assert revoke_token(store, found.id, actor="eve", now=NOW + 8).revoked == NOW + 8
    assert find_pass(store, one.text, now=NOW + 9) is None
    assert state_of(open_pass(store, secret, now=NOW + 9), NOW + 9) == "revoked"
    with pytest.raises(ContributionError, match="no token"):
        revoke_token(store, found.id, actor="eve", now=NOW + 9)
    told = [(entry.actor, entry.action) for entry in list_audit(store, object=f"token:{found.id}")]
    assert told == [
        ("eve", "revoke"),
        (f"token:Ann#{found.id}", "open"),
        (f"token:Ann#{found.id}", "open"),
        ("eve", "add"),
    ]


def test_a_pass_never_outlives_its_token(store):
    _, secret = token(store, life_s=3_600.0)
    opened = open_pass(store, secret, now=NOW + 3_000)
    assert opened.life_s == 600.0
    assert find_pass(store, opened.text, now=NOW + 3_601) is None
    assert state_of(open_pass(store, secret, now=NOW + 3_600), NOW + 3_600) == "expired"
    assert open_pass(store, "unknown", now=NOW) is None


def test_a_new_pass_takes_the_place_of_the_one_that_the_browser_had(store):
    _, secret = token(store)
    first = open_pass(store, secret, now=NOW)
    second = open_pass(store, secret, instead_of=first.text, now=NOW)
    assert find_pass(store, first.text, now=NOW) is None
    assert find_pass(store, second.text, now=NOW) is not None
