"""The archive in a folder: its URLs and its disk. What every place must do is in tests/contract/test_archive.py."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from harvester.archive import ArchiveError, ArchiveFullError, open_archive


def test_folder_may_be_given_as_a_url(tmp_path):
    location = open_archive(str(tmp_path / "a")).append(7, 3, b"page").location
    assert open_archive(f"file://{tmp_path}/a").read(location) == b"page"


def test_page_is_whole_at_every_moment_while_it_is_put_there_again(tmp_path):
    archive, body = open_archive(str(tmp_path)), os.urandom(1_000_000)
    location = archive.append(1, 0, body).location
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(lambda: [archive.append(1, 0, body) for _ in range(30)])
        while not writing.done():
            assert archive.read(location) == body
        writing.result()


@pytest.mark.skipif(os.geteuid() != 0, reason="a full disk is made by mounting a small one, which needs root")
def test_full_disk_is_named_and_leaves_no_half_page(tmp_path):
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], check=False).returncode:
        pytest.skip("this machine does not let a small disk be mounted")
    try:
        archive = open_archive(str(tmp_path))
        kept = archive.append(1, 0, b"small").location
        with pytest.raises(ArchiveFullError, match="free some space"):
            archive.append(1, 1, os.urandom(200_000))
        assert archive.read(kept) == b"small"
        assert [path.name for path in tmp_path.rglob("*.part")] == []
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_foreign_url_and_unusable_folder_are_refused(tmp_path):
    with pytest.raises(ArchiveError, match="give a folder"):
        open_archive("ftp://host/archive")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ArchiveError, match="check the folder"):
        open_archive(str(tmp_path / "file"))
