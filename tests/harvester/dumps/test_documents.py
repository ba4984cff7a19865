import bz2
import gzip
import io
import lzma
import os
import random
import tarfile
import tracemalloc
from collections import Counter

import pytest
import zstandard

from harvester.dumps.documents import Dump, DumpMissingError, natural_order
from tests.saving import save, tarred

PACKERS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor(write_checksum=True, write_content_size=False).compress,
}
TEXT = b"".join(b"<record>%d</record>" % number for number in range(3_000))


def read(path, *, max_bytes=1 << 20, known=None, leave_out=()):
    """Give the documents of a dump: name and bytes, or name and the reason why there are none."""
    dump = Dump(path, max_bytes=max_bytes, leave_out=leave_out)
    return [(document.name, document.refused or document.body) for document in dump.iter_documents(Counter(known))]


def test_files_come_in_natural_order_of_their_names_through_all_folders(tmp_path):
    names = ["page10.xml", "page9.xml", "b/2.xml", "b/10.xml", "B1.xml", "a.xml"]
    save(tmp_path, {name: name.encode() for name in names})
    assert [name for name, _ in read(tmp_path)] == ["a.xml", "b/2.xml", "b/10.xml", "B1.xml", "page9.xml", "page10.xml"]


def test_natural_order_is_total():
    names = ["1", "01", "a1b2", "a1B2", "a01", "", "²", "é9", "e10"]
    backwards = names[::-1]
    assert sorted(names, key=natural_order) == sorted(backwards, key=natural_order)


def test_one_file_is_a_dump_too(tmp_path):
    save(tmp_path, {"only.xml": b"<a/>"})
    assert read(tmp_path / "only.xml") == [("only.xml", b"<a/>")]


@pytest.mark.parametrize("kind", PACKERS)
def test_packed_files_are_told_by_their_bytes_not_their_names(tmp_path, kind):
    pack = PACKERS[kind]
    save(tmp_path, {"1.xml": pack(TEXT), f"2.xml.{kind}": pack(TEXT[:7]) + pack(TEXT[7:]), "3.gz": TEXT})
    assert read(tmp_path) == [("1.xml", TEXT), (f"2.xml.{kind}", TEXT), ("3.gz", TEXT)]


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("cut", [0.2, 0.9, 0.999])
def test_a_packed_file_that_is_cut_is_refused(tmp_path, kind, cut):
    noise = random.Random(3).randbytes(50_000)
    packed = PACKERS[kind](noise)
    save(tmp_path, {"1": packed[: int(len(packed) * cut)], "2": b"<a/>"})
    (name, reason), after = read(tmp_path)
    assert (name, after) == ("1", ("2", b"<a/>"))
    assert reason == "what is packed is cut: its end is missing"


@pytest.mark.parametrize("kind", PACKERS)
def test_a_packed_file_that_is_damaged_is_refused(tmp_path, kind):
    packed = bytearray(PACKERS[kind](random.Random(3).randbytes(50_000)))
    packed[25_000:25_100] = bytes(100)
    save(tmp_path, {"1": bytes(packed), "2": PACKERS[kind](TEXT) + b"what does not belong here"})
    (_, first), (_, second) = read(tmp_path)
    assert first.startswith(("what is packed is damaged: ", "what is packed is cut"))
    assert second.startswith("what is packed is damaged: ")


@pytest.mark.parametrize("kind", PACKERS)
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, kind):
    save(tmp_path, {"bomb": PACKERS[kind](bytes(100_000_000))})
    tracemalloc.start()
    ((_, reason),) = read(tmp_path, max_bytes=1 << 40)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reason == "it unpacks to more than 200 times its size: no saved answers do that"
    assert peak < 80_000_000


def test_a_document_larger_than_a_page_may_be_is_refused(tmp_path):
    save(tmp_path, {"1": bytes(1001), "2": gzip.compress(random.Random(3).randbytes(1001)), "3": bytes(1000)})
    (_, first), (_, second), (_, third) = read(tmp_path, max_bytes=1000)
    assert first == second == "it has more than 1000 bytes; raise OAIHUB_MAX_PAGE_BYTES if that is right"
    assert third == bytes(1000)


@pytest.mark.parametrize("name", ["dump.tar", "dump.tar.gz", "dump.tgz", "dump.tar.zst", "dump"])
def test_a_tar_archive_gives_its_members_in_its_own_order(tmp_path, name):
    pack = {"gz": gzip.compress, "tgz": gzip.compress, "zst": PACKERS["zst"]}.get(name.rpartition(".")[2], bytes)
    inner = tarred({"deep.xml": b"<c/>"})
    files = {"b.xml": b"<b/>", "./a.xml": gzip.compress(b"<a/>"), "in.tar": inner, "big.xml": TEXT}
    save(tmp_path, {name: pack(tarred(files))})
    assert read(tmp_path / name) == [
        (f"{name}/b.xml", b"<b/>"),
        (f"{name}/a.xml", b"<a/>"),
        (f"{name}/in.tar/deep.xml", b"<c/>"),
        (f"{name}/big.xml", TEXT),
    ]


def test_of_a_long_tar_archive_one_member_at_a_time_is_in_memory(tmp_path):
    noise = random.Random(3).randbytes(1_000_000)
    save(tmp_path, {"dump.tar.zst": PACKERS["zst"](tarred({f"{number}.xml": noise for number in range(20)}))})
    dump = Dump(tmp_path, max_bytes=1 << 21)
    tracemalloc.start()
    assert sum(len(document.body) for document in dump.iter_documents()) == 20_000_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000


@pytest.mark.parametrize("cut", [700, 1024, 1500])
def test_a_tar_archive_that_is_cut_gives_what_is_whole_and_is_told(tmp_path, cut):
    packed = tarred({"1.xml": b"<a/>", "2.xml": bytes(600)})
    save(tmp_path, {"dump.tar": packed[:cut]})
    whole, *_, (name, reason) = read(tmp_path)
    assert whole == ("dump.tar/1.xml", b"<a/>")
    assert name.startswith("dump.tar")
    assert reason.startswith("the tar archive is damaged or cut: ")


def test_a_damaged_header_in_the_middle_does_not_end_a_tar_archive_in_silence(tmp_path):
    packed = bytearray(tarred({"1.xml": b"<a/>", "2.xml": b"<b/>", "3.xml": b"<c/>"}))
    packed[1024 + 150] ^= 0xFF  # in the checksum of the second header
    save(tmp_path, {"dump.tar": bytes(packed)})
    assert [name for name, _ in read(tmp_path)] == ["dump.tar/1.xml", "dump.tar"]


def test_what_is_no_file_is_refused_by_name(tmp_path):
    save(tmp_path, {"a/1.xml": b"<a/>", "file.tar": b"no archive", "x.zip": b"PK\x03\x04rest"})
    (tmp_path / "again").symlink_to(tmp_path / "a")
    (tmp_path / "link.xml").symlink_to(tmp_path / "a" / "1.xml")
    (tmp_path / "lost.xml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    found = dict(read(tmp_path))
    assert found["a/1.xml"] == found["link.xml"] == b"<a/>"
    assert found["again"] == "it is a link to a folder"
    assert found["lost.xml"] == found["pipe"] == "it is neither a file nor a folder, or it has gone"
    assert found["file.tar"].startswith("the tar archive is damaged or cut: ")
    assert found["x.zip"] == "it is a zip archive: unpack it, or pack what is in it as tar"


def test_links_inside_an_archive_are_refused_by_name(tmp_path):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        link = tarfile.TarInfo("link.xml")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        tar.addfile(link)
    save(tmp_path, {"dump.tar": packed.getvalue()})
    assert read(tmp_path) == [("dump.tar/link.xml", "it is a link or a device inside the archive")]


def test_packed_too_often_is_refused(tmp_path):
    packed = b"<a/>"
    for _ in range(5):
        packed = gzip.compress(packed)
    save(tmp_path, {"1": packed})
    assert read(tmp_path) == [("1", "it is packed more than 4 times")]


def test_hidden_files_and_folders_that_are_named_are_left_out(tmp_path):
    tar = tarred({"._1.xml": b"x", "a/.b/2.xml": b"x", "../3.xml": b"<c/>", "4.xml": b"<d/>"})
    save(tmp_path, {".DS_Store": b"x", ".git/config": b"x", "archive/1.xml": b"x", "dump.tar": tar})
    assert read(tmp_path, leave_out=(tmp_path / "archive",)) == [
        ("dump.tar/../3.xml", b"<c/>"),
        ("dump.tar/4.xml", b"<d/>"),
    ]


def test_known_documents_are_left_out_as_often_as_they_are_known(tmp_path):
    save(tmp_path, {"1.xml": b"<a/>", "dump.tar": tarred([("x.xml", b"<b/>"), ("x.xml", b"<c/>"), ("y.xml", b"<d/>")])})
    known = {"1.xml": 1, "dump.tar/x.xml": 1, "gone.xml": 1}
    assert read(tmp_path, known=known) == [("dump.tar/x.xml", b"<c/>"), ("dump.tar/y.xml", b"<d/>")]


def test_names_that_are_not_utf8_can_be_shown(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.xml")).write_bytes(b"<a/>")
    ((name, _),) = read(tmp_path)
    assert name == "caf\N{REPLACEMENT CHARACTER}.xml"


def test_share_of_what_is_read_grows_to_the_end(tmp_path):
    noise = random.Random(3)
    packed = gzip.compress(tarred({f"{number}.xml": noise.randbytes(200_000) for number in range(5)}))
    save(tmp_path, {"1.xml": noise.randbytes(500_000), "2.tar.gz": packed})
    dump = Dump(tmp_path, max_bytes=1 << 20)
    shares = [dump.share for _ in dump.iter_documents()]
    assert shares == sorted(shares)
    assert 0.2 < shares[0] < 0.4
    assert 0.4 < shares[2] < 0.9
    assert dump.share == 1.0


def test_a_dump_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DumpMissingError, match=r"there is no file or folder .*/nowhere"):
        Dump(tmp_path / "nowhere", max_bytes=1)
