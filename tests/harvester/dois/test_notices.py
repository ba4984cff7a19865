"""Retractions and corrections: told by a work or its notice, found by a look or by themselves, and shown in items."""

import datetime as dt
import re
import time

import pytest
from sqlalchemy import text

from harvester.enriching import can_ask, work_dois
from harvester.store.registries.notices import LOOK_AGAIN_S, LOOK_EVERY_S, get_look
from tests.harvester.dois.test_enriching import finish, opened, queue, registered
from tests.registries import made_work, serving

WORK, NOTICE = "10.5555/made.1", "10.5555/made.2"
DAY = 86_400.0
RETRACTS = [{"DOI": "10.5555/Made.1", "type": "retraction", "source": "retraction-watch", "label": "Retraction"}]


def notice(number=2, *, kind="retraction", **fields):
    said = [{"DOI": "10.5555/Made.1", "type": kind, "source": "publisher"}]
    return made_work(number, title=[f"Notice {number}"], **{"update-to": said, **fields})


def labels(enriching, doi=WORK):
    return [term.label for term in registered(enriching, doi)[doi].resource_status]


def day(days_ago):
    return (dt.datetime.now(dt.UTC) - dt.timedelta(days=days_ago)).date().isoformat()


def make_due(enriching):
    with enriching.store.begin() as connection:
        connection.execute(text("UPDATE registry_looks SET due = 0"))


def test_a_notice_that_is_ours_changes_its_work_before_or_after_it(tmp_path):
    with serving() as registries, opened(tmp_path, registries) as enriching:
        registries.register("Crossref", made_work(1), notice(), notice(3, kind="correction"))
        queue(enriching, NOTICE)
        finish(enriching)
        queue(enriching, WORK)
        finish(enriching)
        said = registered(enriching, WORK)[WORK]
        assert ([term.label for term in said.resource_status], said.quality) == (["Retracted"], ("retracted",))
        assert [(link.relation, link.doi) for link in said.links] == [("is_updated_by", NOTICE)]
        queue(enriching, "10.5555/made.3")
        finish(enriching)
        assert sorted(labels(enriching)) == ["Corrected", "Retracted"]
        registries.works[NOTICE][1].pop("update-to")
        with enriching.store.begin() as connection:
            connection.execute(text("UPDATE dois SET due = 0"))
        finish(enriching)
        assert labels(enriching) == ["Corrected"]


def test_both_sides_tell_it_once(tmp_path):
    with serving() as registries, opened(tmp_path, registries) as enriching:
        registries.register(
            "Crossref",
            made_work(1, **{"updated-by": [{"DOI": NOTICE, "type": "retraction"}] * 2}),
            notice(**{"update-to": RETRACTS * 2}),
        )
        queue(enriching, WORK, NOTICE)
        finish(enriching)
        said = registered(enriching, WORK)[WORK]
        assert (len(said.resource_status), len(said.links), said.quality) == (1, 1, ("retracted",))


def test_a_work_that_is_retracted_in_its_place_is_its_own_notice(tmp_path):
    with serving() as registries, opened(tmp_path, registries) as enriching:
        registries.register("Crossref", made_work(1, **{"update-to": RETRACTS}))
        queue(enriching, WORK)
        finish(enriching)
        assert labels(enriching) == ["Retracted"]
        assert registered(enriching, WORK)[WORK].links == ()


def test_a_look_finds_what_was_retracted_without_asking_for_each(tmp_path):
    with serving() as registries, opened(tmp_path, registries) as enriching:
        registries.register("Crossref", *(made_work(number) for number in (1, *range(10, 30))))
        queue(enriching, WORK, *(f"10.5555/made.{number}" for number in range(10, 30)))
        finish(enriching)
        look = get_look(enriching.store)
        assert (look.ended, look.due - time.time()) == (0, pytest.approx(LOOK_EVERY_S, abs=30))
        changes = ({"DOI": f"10.5555/other.{number}", "type": "correction"} for number in range(1_050))
        others = [made_work(100 + number, **{"update-to": [change]}) for number, change in enumerate(changes)]
        registries.register("Crossref", *others, notice(), made_work(1, title=["RETRACTED: Made work number 1"]))
        asked = len(registries.calls)
        assert not can_ask(enriching.store, time.time())
        make_due(enriching)
        assert can_ask(enriching.store, time.time())
        finish(enriching)
        assert registries.calls[asked:] == ["notices", "notices", "crossref"]
        assert labels(enriching) == ["Retracted"]
        assert registered(enriching, WORK)[WORK].title[0].value.startswith("RETRACTED")
        look = get_look(enriching.store)
        assert (look.found, look.error, look.ended > 0) == (1, None, True)
        make_due(enriching)
        finish(enriching)
        assert (get_look(enriching.store).found, registries.refused) == (0, 0)
        assert registries.calls[asked:].count("crossref") == 1


def test_a_look_goes_back_to_the_last_one_by_some_weeks_at_once(tmp_path):
    with serving() as registries, opened(tmp_path, registries) as enriching:
        registries.register("Crossref", made_work(1), notice())
        registries.indexed[NOTICE] = "2020-01-01"
        queue(enriching, WORK)
        finish(enriching)
        make_due(enriching)
        finish(enriching)
        assert labels(enriching) == []
        registries.indexed[NOTICE] = day(20)
        with enriching.store.begin() as connection:
            connection.execute(
                text("UPDATE registry_looks SET due = 0, since = :since"), {"since": time.time() - 34 * DAY}
            )
        asked = registries.count("notices")
        finish(enriching)
        assert labels(enriching) == ["Retracted"]
        windows = [re.search(r"from-index-date:([\d-]+),until-index-date:([\d-]+)", line) for line in registries.lines]
        assert [found.groups() for found in windows if found][asked:] == [
            (day(35), day(20)),
            (day(21), day(6)),
            (day(7), day(0)),
        ]
        assert get_look(enriching.store).due - time.time() == pytest.approx(LOOK_EVERY_S, abs=30)


@pytest.mark.parametrize("status", [400, 429, 500])
def test_a_look_that_fails_is_made_again_later(tmp_path, status):
    with serving() as registries, opened(tmp_path, registries) as enriching:
        registries.register("Crossref", made_work(1), notice())
        queue(enriching, WORK)
        finish(enriching)
        registries.trouble = {"notices": [(status, {})]}
        make_due(enriching)
        since = get_look(enriching.store).since
        work_dois(enriching, for_s=0.1)
        look = get_look(enriching.store)
        assert (look.since, look.ended, bool(look.error)) == (since, 0, True)
        assert look.due - time.time() == pytest.approx(LOOK_AGAIN_S, abs=30)
        assert labels(enriching) == []
