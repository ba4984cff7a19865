"""The archive gives back exactly what was put in, or says that it cannot."""

import os
import subprocess
import sys

import pytest

from harvester.archive import ArchiveDamagedError, ArchiveError, ArchiveFullError, open_archive

BODY = b"\xff\xfe not even text \x00\r\n" * 1000


def test_page_comes_back_byte_for_byte(tmp_path):
    archive = open_archive(str(tmp_path / "a"))
    location = archive.append(7, 3, BODY)
    assert archive.read(location) == BODY
    assert open_archive(f"file://{tmp_path}/a").read(location) == BODY


def test_second_answer_for_one_page_does_not_replace_the_first(tmp_path):
    archive = open_archive(str(tmp_path))
    first, second = archive.append(1, 0, b"first"), archive.append(1, 0, b"second")
    assert (archive.read(first), archive.read(second)) == (b"first", b"second")


def test_damaged_page_is_noticed(tmp_path):
    archive = open_archive(str(tmp_path))
    one, other = archive.append(1, 0, b"one"), archive.append(1, 1, b"other")
    (tmp_path / one).write_bytes((tmp_path / other).read_bytes())
    with pytest.raises(ArchiveDamagedError, match="not what was put there"):
        archive.read(one)
    (tmp_path / other).write_bytes((tmp_path / other).read_bytes()[:-4])
    with pytest.raises(ArchiveDamagedError, match="cannot be read"):
        archive.read(other)
    (tmp_path / other).unlink()
    with pytest.raises(ArchiveDamagedError, match="fetch it again"):
        archive.read(other)


@pytest.mark.skipif(os.geteuid() != 0, reason="a full disk is made by mounting a small one, which needs root")
def test_full_disk_is_named_and_leaves_no_half_page(tmp_path):
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], check=False).returncode:
        pytest.skip("this machine does not let a small disk be mounted")
    try:
        archive = open_archive(str(tmp_path))
        kept = archive.append(1, 0, b"small")
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


def test_two_processes_append_at_once(tmp_path):
    code = (
        "import sys; from harvester.archive import open_archive; a = open_archive(sys.argv[1]);"
        "print(*[a.append(1, n, b'page %d' % n) for n in range(50)])"
    )
    runs = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate()[0].decode().split() for process in runs]
    archive = open_archive(str(tmp_path))
    assert said[0] == said[1]
    assert [archive.read(location) for location in said[0]] == [b"page %d" % number for number in range(50)]
