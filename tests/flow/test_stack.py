"""docker-compose.yml run as processes: what is harvested through it is found, and stopping it loses nothing."""

import json
import os
import shutil
import signal
import time
import urllib.error
import urllib.request

import pytest

from tests.faults import slow
from tests.flow.stack import open_stack
from tests.repository import Repository, made_entries
from tests.test_compose import made_certificates

RECORDS = 600
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(540),
    pytest.mark.skipif(
        os.geteuid() != 0 or not shutil.which("unshare"), reason="a read-only root is made by mounting, as root"
    ),
]


def answer(url: str) -> dict:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return json.load(response)
    except (urllib.error.URLError, OSError):
        return {}


def until(found, within_s: float, what: str, stack) -> None:
    end = time.monotonic() + within_s
    while not found():
        assert time.monotonic() < end, f"{what}: {stack.log('worker-harvest')[-2000:]}{stack.log('api')[-2000:]}"
        time.sleep(0.5)


def stored(stack) -> int:
    """Give how many records the workers say that they have stored."""
    lines = [json.loads(line) for line in stack.log("worker-harvest").splitlines() if line.startswith("{")]
    return sum(line["records"] for line in lines if line["message"] == "page stored")


def assert_ended(codes: dict[str, int]) -> None:
    """Workers end in order; uvicorn and beat may end by the very signal, after they have cleared up."""
    assert {code for name, code in codes.items() if name.startswith("worker")} == {0}
    assert set(codes.values()) <= {0, -signal.SIGTERM}


def test_a_harvest_through_the_stack_is_found_and_stopping_it_loses_nothing(tmp_path):
    with (
        Repository(made_entries(RECORDS, deleted_every=10), page_size=10) as repository,
        open_stack(tmp_path, made_certificates(tmp_path)) as (stack, pages),
    ):
        repository.misbehave(slow(0.3), times=None)
        stack.start()
        until(lambda: answer(f"{pages}/readyz"), 180, "the pages are not ready", stack)
        for name in ("api", "worker-harvest", "worker-index", "worker-doi", "worker-control", "beat"):
            until(lambda name=name: stack.check(name) == 0, 60, f"{name} is not healthy", stack)
        assert stack.run("harvest", repository.url, "--allow-private") == 0, stack.log("harvest")
        until(lambda: stored(stack) > 0, 120, "nobody harvests", stack)
        assert_ended(stack.stop())
        assert 0 < stored(stack) < RECORDS  # it was stopped on the way
        stack.start()
        live = sum(not entry.deleted for entry in repository.entries)
        query = f"{pages}/api/v1/items?size=1"
        until(lambda: answer(query).get("total") == live, 240, f"not all of {live} are found", stack)
        assert_ended(stack.stop())
        written = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*") if path.is_file()}
        assert {"data"} < written
