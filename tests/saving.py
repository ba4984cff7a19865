"""Saved answers for tests: a list as a repository gives it, page by page, and archives of files."""

import io
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.repository import made_entries
from workers.demo.provider import OAI_DATACITE, OAI_DC, Entry, Holdings, answer, in_order

RESPONSE_DATE = "2024-06-01T00:00:00Z"
BASE_URL = "https://repository.example/oai"


def saved_answer(entries: Iterable[Entry] = (), *, page_size: int = 100, **arguments: str) -> bytes:
    """Give the answer to one request."""
    held = in_order(entries)
    holdings = Holdings(
        name="Saved", base_url=BASE_URL, entries=held, formats=(OAI_DC, OAI_DATACITE), page_size=page_size
    )
    return answer(holdings, list(arguments.items()), RESPONSE_DATE)


def saved_list(entries: Iterable[Entry], *, page_size: int, prefix: str = "oai_dc") -> list[bytes]:
    """Give all pages of a ListRecords list, each as it was received: only the first names the metadataPrefix."""
    held = list(entries)
    pages = [saved_answer(held, page_size=page_size, verb="ListRecords", metadataPrefix=prefix)]
    while token := pages[-1].partition(b"<resumptionToken")[2].partition(b">")[2].partition(b"<")[0]:
        pages.append(saved_answer(held, page_size=page_size, verb="ListRecords", resumptionToken=token.decode()))
    return pages


def save(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files, by their paths below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def save_list(folder: Path, count: int, *, page_size: int = 10, deleted_every: int = 0) -> Path:
    """Save a list of made entries as page1.xml, page2.xml and so on."""
    pages = saved_list(made_entries(count, deleted_every=deleted_every), page_size=page_size)
    return save(folder, {f"page{number}.xml": page for number, page in enumerate(pages, start=1)})


def tarred(files: Mapping[str, bytes] | Iterable[tuple[str, bytes]]) -> bytes:
    """Pack files as a tar archive; a list of pairs may have a name twice."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items() if isinstance(files, Mapping) else files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()
