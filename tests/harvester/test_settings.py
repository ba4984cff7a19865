"""Settings from variables: secrets that lie in files, passwords apart from URLs."""

import pytest

from harvester.settings import HarvesterSettings, SettingError, describe_settings, read_settings, with_password
from indexer.settings import IndexerSettings
from search_api.settings import SearchSettings
from workers.settings import WorkerSettings

STORE = "postgresql+psycopg://oaihub@postgres:5432/oaihub"
SECRETS = {
    "OAIHUB_STORE_URL": (HarvesterSettings, "store_url"),
    "OAIHUB_STORE_PASSWORD": (HarvesterSettings, "store_password"),
    "OAIHUB_ARCHIVE_KEY_ID": (HarvesterSettings, "archive_key_id"),
    "OAIHUB_ARCHIVE_SECRET_KEY": (HarvesterSettings, "archive_secret_key"),
    "OAIHUB_INDEX_URL": (IndexerSettings, "index_url"),
    "OAIHUB_INDEX_PASSWORD": (IndexerSettings, "index_password"),
    "OAIHUB_BROKER_URL": (WorkerSettings, "broker_url"),
    "OAIHUB_BROKER_PASSWORD": (WorkerSettings, "broker_password"),
    "OAIHUB_SECRET": (SearchSettings, "secret"),
}


@pytest.mark.parametrize("name", SECRETS)
def test_secret_may_lie_in_a_file(name, tmp_path):
    kind, field = SECRETS[name]
    (tmp_path / "secret").write_text("it's a secret \n")
    read = read_settings(kind, {f"{name}_FILE": str(tmp_path / "secret"), name: ""})
    assert getattr(read, field) == "it's a secret "


@pytest.mark.parametrize("name", SECRETS)
def test_secret_that_is_given_twice_is_refused(name, tmp_path):
    (tmp_path / "secret").write_text("one")
    with pytest.raises(SettingError, match=f"{name}_FILE=.*{name} is set, too") as caught:
        read_settings(SECRETS[name][0], {f"{name}_FILE": str(tmp_path / "secret"), name: "two"})
    assert "two" not in str(caught.value).replace("of the two", "")


def test_file_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for file, reason in (("missing", "No such file"), ("empty", "is empty"), ("bytes", "is no text")):
        with pytest.raises(SettingError, match=f"OAIHUB_SECRET_FILE=.*{file}.*{reason}"):
            read_settings(SearchSettings, {"OAIHUB_SECRET_FILE": str(tmp_path / file)})


def test_what_is_no_secret_is_not_looked_for_in_a_file(tmp_path):
    assert read_settings(HarvesterSettings, {"OAIHUB_CONTACT_FILE": str(tmp_path / "missing")}).contact == ""


def test_passwords_come_into_urls_as_urls_need_them():
    word = "p@ss/w:rd?#"
    quoted = "p%40ss%2Fw%3Ard%3F%23"
    store = HarvesterSettings(store_url=STORE, store_password=word).resolved_store_url()
    index = IndexerSettings(index_url="https://elastic@es:9200/hub", index_password=word).resolved_index_url()
    broker = WorkerSettings(broker_url="redis://redis:6379/0", broker_password=word).resolved_broker_url()
    assert store == f"postgresql+psycopg://oaihub:{quoted}@postgres:5432/oaihub"
    assert index == f"https://elastic:{quoted}@es:9200/hub"
    assert broker == f"redis://:{quoted}@redis:6379/0"
    assert with_password(STORE, "OAIHUB_STORE_PASSWORD", "") == STORE


@pytest.mark.parametrize("url", ["redis://:one@redis:6379/0", "embedded:", "sqlite:///file"])
def test_second_password_or_one_for_nobody_is_refused(url):
    with pytest.raises(SettingError, match=r"OAIHUB_BROKER_PASSWORD=.*holds a password already, or no host"):
        with_password(url, "OAIHUB_BROKER_PASSWORD", "two")


def test_passwords_are_not_shown():
    rows = describe_settings(HarvesterSettings(store_password="word", archive_secret_key="key"))
    assert {row.name: row.value for row in rows if row.value == "(hidden)"} == {
        "OAIHUB_STORE_PASSWORD": "(hidden)",
        "OAIHUB_ARCHIVE_SECRET_KEY": "(hidden)",
    }
