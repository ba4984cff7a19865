"""The judge of the storms sees what is wrong: a hub that has harvested one repository of six, once."""

import pytest

from harvester.store.endpoints import put_endpoint
from tests.flow.chaos.judge import Figures, judge_ledger, judge_world
from tests.flow.chaos.world import RECORDS, REPOSITORIES, ROUNDS, World, made_entry
from tests.harvester.harvesting import harvest_all, open_here

pytestmark = pytest.mark.slow


@pytest.fixture
def world():
    made = World(1, delay_s=0.0)
    yield made
    made.close()


@pytest.fixture
def harvesting(world, tmp_path):
    with open_here(tmp_path) as opened:
        first = world.endpoints()[0]
        put_endpoint(opened.store, first)
        world.turn(0)
        assert harvest_all(opened, first).state == "complete"
        yield opened


def judged(harvesting, world, made=()):
    figures = Figures()
    judge_world(figures, harvesting, world, made)
    return figures


def test_what_was_not_harvested_edited_or_answered_is_lost(harvesting, world):
    assert judged(harvesting, world).wrong() == {
        "lost": (REPOSITORIES - 1) * RECORDS,
        "edits_lost": len(world.edits),
        "answers_lost": RECORDS // 40,
    }
    ours = [edit for edit in world.edits if edit.repository == 0]
    assert judged(harvesting, world, world.edits).edits_lost == len(ours)  # the others' items are lost themselves


def test_what_has_changed_since_is_stale_and_what_is_gone_has_come_back(harvesting, world):
    world.turn(0)
    figures = judged(harvesting, world)
    assert (figures.stale, figures.came_back) == (RECORDS - RECORDS // 100, RECORDS // 100)


def test_what_nobody_has_is_extra_and_what_is_said_to_be_gone_is_lost(harvesting, world):
    before = judged(harvesting, world).lost
    late = made_entry(0, RECORDS + 1, 1, "2026-01-01T00:00:00Z")
    world.repositories[0].put(late)
    world.repositories[0].delete("oai:chaos:0-1", "2026-01-01T00:00:00Z")
    harvest_all(harvesting, world.endpoints()[0], full=True)
    figures = judged(harvesting, world)
    assert (figures.extra, figures.lost) == (1, before + 1)


def test_rounds_that_are_missing_are_wrong_runs(harvesting):
    figures = Figures()
    judge_ledger(figures, harvesting.store)
    assert figures.wrong() == {"runs_wrong": ROUNDS - 1}
