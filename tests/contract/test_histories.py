"""10,000 histories of items, written out of order by four writers with delays beyond gc_deletes: the newest stays.

Each history is an item of its own: edits, deletions, re-creations, and some writes twice. All of them lie in one index,
so that their delays pass at once. The control arm does the same by deletions of Elasticsearch's own, and must fail:
else the test would not show anything.
"""

import json
import random
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from indexer.document import Document
from indexer.index import Index
from tests.contract.index_engines import ENGINES, new_index

HISTORIES = 10_000
WRITERS = 4
PHASES = 3
BATCH = 500
BEYOND_GC_S = 3.0


def histories(seed: int) -> tuple[list[list[Document]], dict[str, tuple[int, bool]]]:
    """Give the writes of each phase, and what is true at the end."""
    draw = random.Random(seed)
    phases: list[list[Document]] = [[] for _ in range(PHASES)]
    truth = {}
    for number in range(HISTORIES):
        version, item_id = 0, f"h{number:05d}"
        for _ in range(draw.randrange(2, 7)):
            version += draw.randrange(1, 4)
            deleted = draw.random() < 0.4
            document = Document(id=item_id, version=version, deleted=deleted, text=f"v{version}" * (not deleted))
            for _ in range(1 + (draw.random() < 0.15)):
                draw.choice(phases).append(document)
            truth[item_id] = (version, deleted)
    for phase in phases:
        draw.shuffle(phase)
    return phases, truth


def play(phases: list[list[Document]], send, pause_s: float) -> None:
    """Send the batches of each phase by four writers, and wait between phases."""
    with ThreadPoolExecutor(WRITERS) as writers:
        for number, phase in enumerate(phases):
            time.sleep(pause_s if number else 0)
            list(writers.map(send, [phase[start : start + BATCH] for start in range(0, len(phase), BATCH)]))


def held(index: Index) -> dict[str, tuple[int, bool]]:
    index.refresh()
    return {item_id: (version, deleted) for item_id, version, deleted in index.versions()}


def ask(method: str, url: str, body: bytes) -> None:
    request = urllib.request.Request(url, body, {"Content-Type": "application/x-ndjson"}, method=method)
    urllib.request.urlopen(request, timeout=60).close()


def forget_deletions_soon(index: Index) -> str:
    """Set gc_deletes to a second, and give the index's address."""
    url = f"{index._client.url}/{index.alias}"
    ask("PUT", f"{url}/_settings", b'{"index":{"gc_deletes":"1s"}}')
    return url


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_every_history_ends_as_the_store_says(engine, request, tmp_path):
    phases, truth = histories(seed=61)
    with new_index(engine, request, tmp_path) as index:
        if engine == "elasticsearch":
            forget_deletions_soon(index)
        play(phases, index.write, BEYOND_GC_S if engine == "elasticsearch" else 0)
        assert held(index) == truth


@pytest.mark.slow
def test_real_deletions_bring_old_versions_back(request, tmp_path):
    phases, truth = histories(seed=61)
    with new_index("elasticsearch", request, tmp_path) as index:
        url = forget_deletions_soon(index)

        def send(documents: list[Document]) -> None:
            lines = []
            for one in documents:
                action = {"_id": one.id, "version": one.version, "version_type": "external_gte"}
                lines.append(json.dumps({"delete" if one.deleted else "index": action}))
                if not one.deleted:
                    lines.append(json.dumps({"id": one.id, "version": one.version}))
            ask("POST", f"{url}/_bulk", ("\n".join(lines) + "\n").encode())

        play(phases, send, BEYOND_GC_S)
        live = dict(held(index).items())
        wanted = {item_id: row for item_id, row in truth.items() if not row[1]}
        back = [item_id for item_id in live if item_id not in wanted]
        assert len(back) > 100
        assert {item_id: live[item_id] for item_id in wanted} == wanted  # all that is lost is lost by deletions
