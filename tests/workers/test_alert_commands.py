"""`oaihub alerts`, and an alert from a broken hub to its mail, by a worker's own task."""

import json
import os

import pytest
from msgspec import structs

from harvester.store.endpoints import put_endpoint
from harvester.store.operating.alerts import list_alerts
from tests.harvester.harvesting import harvest_all, keep
from tests.workers.alerting.conftest import hook, mailbox  # noqa: F401  fixtures
from workers.tasks import watch
from workers.tools import Tools


@pytest.fixture
def told_by_mail(data_dir, mailbox, hook, monkeypatch):  # noqa: F811
    for name, value in {
        "OAIHUB_SMTP_URL": mailbox.url,
        "OAIHUB_CONTACT": "hub@example.org",
        "OAIHUB_DOI": "off",
        "OAIHUB_ALERT_MAIL": "a@example.org, b@example.org",
        "OAIHUB_ALERT_WEBHOOK": hook.url,
        "OAIHUB_ALLOW_PRIVATE": "1",
    }.items():
        monkeypatch.setenv(name, value)
    return data_dir


def test_the_task_finds_what_is_wrong_and_tells_it(told_by_mail, oaihub, mailbox, repository):  # noqa: F811
    tools = Tools(os.environ)
    endpoint = keep(tools.harvesting, repository.url, metadata_prefix="nothing")
    assert harvest_all(tools.harvesting, endpoint).state == "failed"
    code, out, _ = oaihub("alerts", "list")
    assert (code, "failed" in out) == (0, False)
    watch(tools)
    tools.teller._thread.join(10)
    assert [people for people, _ in mailbox.mails] == [["a@example.org", "b@example.org"]]
    assert "failed" in oaihub("alerts", "list")[1]
    put_endpoint(tools.store, structs.replace(endpoint, metadata_prefix="oai_dc"))
    assert oaihub("dead", "drop", "--all")[0] == 0
    assert oaihub("harvest", "here")[0] == 0
    watch(tools)
    tools.teller._thread.join(10)
    assert [mail["Subject"] for _, mail in mailbox.mails][1:] == ["oaihub: alerts (2 over)"]
    assert list_alerts(tools.store) == []
    tools.close()


def test_a_trial_by_every_way(told_by_mail, oaihub, mailbox, hook):  # noqa: F811
    code, out, _ = oaihub("alerts", "test")
    assert (code, out) == (0, "sent by mail to a@example.org, b@example.org\nsent to the webhook\n")
    assert [mail["Subject"] for _, mail in mailbox.mails] == ["oaihub: trial"]
    assert [json.loads(body)["alerts"][0]["state"] for _, body in hook.calls] == ["test"]


def test_a_trial_that_fails_says_why(told_by_mail, oaihub, mailbox, hook):  # noqa: F811
    mailbox.refuses = True
    hook.status = 500
    code, _, err = oaihub("alerts", "test")
    assert code == 1
    assert "451" in err
    assert "answers 500" in err
    code, out, _ = oaihub("alerts", "test", "--json")
    by_mail, by_webhook = json.loads(out)["trials"]
    assert (code, "451" in by_mail["error"], "answers 500" in by_webhook["error"]) == (1, True, True)


def test_a_trial_names_who_is_not_told(told_by_mail, oaihub, mailbox):  # noqa: F811
    mailbox.unknown = "b@example.org"
    code, out, err = oaihub("alerts", "test")
    assert (code, out.splitlines()[0]) == (1, "sent by mail to a@example.org")
    assert err == "the mail server does not take mail to b@example.org\n"


def test_a_trial_without_any_way_is_wrong_use(oaihub):
    code, _, err = oaihub("alerts", "test")
    assert (code, "OAIHUB_ALERT_MAIL" in err) == (2, True)


def test_addresses_of_an_endpoint(oaihub, repository):
    assert oaihub("endpoints", "add", repository.url, "--key", "one", "--allow-private", "--no-probe", "--yes")[0] == 0
    assert oaihub("endpoints", "edit", "one", "--alert-mail", "own@example.org")[0] == 0
    assert "own@example.org" in oaihub("endpoints", "show", "one")[1]
