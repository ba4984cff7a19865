"""A disk that is full: one clear line, nothing lost, and the next harvest goes on."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.repository import Repository, made_entries

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a full disk is made by mounting a small one: needs root")


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Mount a disk of a few kilobytes; `grow` gives it more."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def grow(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=64m", str(folder)], check=True)


@pytest.fixture
def repository() -> Iterator[Repository]:
    with Repository(made_entries(400), page_size=50) as started:
        yield started


def found(oaihub) -> int:
    return int(json.loads(oaihub("search", "--json")[1])["total"])


@pytest.fixture(autouse=True)
def no_mark(data_dir, monkeypatch):
    """These disks are smaller than what is to be left free on others."""
    monkeypatch.setenv("OAIHUB_DISK_MARK", "0")


def is_one_line(text: str, *parts: str) -> bool:
    return text.startswith("oaihub: ") and text.count("\n") == 1 and all(part in text for part in parts)


def test_archive_that_is_full_ends_the_harvest_and_the_next_goes_on(oaihub, repository, data_dir):
    with small_disk(data_dir / "archive", "16k"):
        code, _, err = oaihub("harvest", repository.url, "--allow-private")
        asked = len(repository.requests)
        assert code == 1
        assert is_one_line(
            err, "archive's disk is full", str(data_dir / "archive"), "free some space", "page 4 of run 1"
        )
        assert found(oaihub) == 200
        assert oaihub("harvest", "127.0.0.1")[0] == 1
        assert len(repository.requests) <= asked + 2  # Identify and the page, once each
        grow(data_dir / "archive")
        code, out, _ = oaihub("harvest", "127.0.0.1", "--json")
        assert (code, json.loads(out)["id"], json.loads(out)["balance"]["received"]) == (0, 1, 400)
    assert found(oaihub) == 400


@pytest.mark.parametrize("size", ["300k", "600k", "900k", "1200k"])
def test_data_folder_that_is_full_loses_nothing(oaihub, repository, data_dir, monkeypatch, size):
    monkeypatch.setenv("OAIHUB_LEASE_S", "1")
    data = data_dir / "disk"
    monkeypatch.setenv("OAIHUB_DATA_DIR", str(data))
    with small_disk(data, size):
        code, _, err = oaihub("harvest", repository.url, "--allow-private")
        assert code == 1
        assert is_one_line(err, str(data), "space")
        grow(data)
        code, out, _ = oaihub("harvest", repository.url, "--allow-private", "--json")
        assert code == 0
        assert json.loads(out)["state"] == "complete"
        assert found(oaihub) == 400


def test_index_that_is_full_leaves_what_is_harvested_to_the_next_harvest(oaihub, repository, data_dir):
    with small_disk(data_dir / "index", "100k"):
        code, _, err = oaihub("harvest", repository.url, "--allow-private")
        assert code == 1
        assert is_one_line(err, str(data_dir / "index"), "free some space")
        assert json.loads(oaihub("runs", "--json")[1])["runs"][0]["state"] == "complete"
        grow(data_dir / "index")
        assert oaihub("harvest", "127.0.0.1")[0] == 0
        assert found(oaihub) == 400
