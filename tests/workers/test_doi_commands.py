"""`oaihub dois`: counts, lists, fetching here and now, and asking again."""

import json
import time

from harvester.settings import HarvesterSettings
from harvester.store import open_store
from harvester.store.dois import enqueue_dois
from tests.registries import made_work, serving

DOI = "10.5555/made.1"


def test_dois_are_counted_fetched_shown_and_asked_again(oaihub, data_dir, monkeypatch):
    with serving() as registries:
        registries.register("Crossref", made_work(1))
        data_dir.mkdir(parents=True, exist_ok=True)
        settings = HarvesterSettings(data_dir=data_dir)
        with open_store(settings.resolved_store_url()) as store, store.begin() as connection:
            enqueue_dois(connection, [DOI], time.time() - 1)
        code, out, _ = oaihub("dois")
        assert (code, "registries are not asked" in out) == (0, True)
        assert oaihub("dois", "fetch")[0] == 2
        monkeypatch.setenv("OAIHUB_CONTACT", "librarian@example.org")
        monkeypatch.setenv("OAIHUB_ALLOW_PRIVATE", "1")
        for name in ("CROSSREF", "DATACITE", "DOI"):
            monkeypatch.setenv(f"OAIHUB_{name}_URL", registries.url)
        assert oaihub("dois", "fetch")[0] == 0
        counts = json.loads(oaihub("dois", "--json")[1])["counts"]
        assert counts == [{"state": "found", "agency": "Crossref", "count": 1}]
        shown = json.loads(oaihub("dois", "show", f"https://doi.org/{DOI}")[1])
        assert shown["registered"]["title"][0]["value"].startswith("Made work number 1")
        assert DOI in oaihub("dois", "list", "--state", "found")[1]
        assert oaihub("dois", "retry", DOI)[1] == "1 DOIs are asked for again\n"
        assert oaihub("dois", "retry")[0] == 2
        monkeypatch.setenv("OAIHUB_DOI", "off")
        assert oaihub("dois", "fetch")[0] == 2
