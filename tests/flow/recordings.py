"""Recorded lists of real repositories, served again over HTTP, and what the standard library reads in them."""

import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

from tests.flow.counting import OAI, Recorded, live, read_page
from tests.repository import Repository, read_recording

LISTS = {  # endpoint key: ListRecords pages in oai_dc, in the order in which they are served
    "arxiv": ["arxiv/scrapi__arxiv_oai_0.xml.gz"],
    "caltech": ["eprints/scrapi__caltech_0.xml.gz"],
    "cambridge": ["dspace/scrapi__cambridge_0.xml.gz"],
    "colostate": [
        "dspace/scrapi__colostate_0.xml.gz",
        "dspace/scrapi__colostate_1.xml.gz",
        "dspace/scrapi__colostate_5.xml.gz",
        "dspace/scrapi__colostate_10.xml",
    ],
    "zenodo": [
        "zenodo-invenio/oaipmh-scythe__list_records_0.xml.gz",
        "zenodo-invenio/oaipmh-scythe__list_records_1.xml.gz",
        "zenodo-invenio/oaipmh-scythe__list_records_7.xml.gz",
        "zenodo-invenio/oaipmh-scythe__list_records_11.xml.gz",
    ],
}


class Source(Struct, frozen=True):
    """A repository that serves a recorded list: its pages byte for byte, and all records in them."""

    repository: Repository
    pages: list[bytes]
    records: list[Recorded]

    @property
    def live(self) -> list[Recorded]:
        """The records that are not deleted, each once."""
        return live(self.records)


@contextmanager
def serving(folder: Path) -> Iterator[dict[str, Source]]:
    """Serve every list of a folder of recordings during a block, each as a repository of its own."""
    with ExitStack() as stack:
        yield {key: _source(stack.enter_context(Repository()), folder, names) for key, names in LISTS.items()}


def _source(repository: Repository, folder: Path, names: list[str]) -> Source:
    repository.serve_pages([read_recording(folder / name) for name in names])
    pages = list(_walk(repository.url))
    assert len(pages) == len(names)
    return Source(repository, pages, [record for page in pages for record in read_page(page)])


def _walk(url: str) -> Iterator[bytes]:
    """Yield the pages of a list as a plain client gets them."""
    parameters = {"metadataPrefix": "oai_dc"}
    while parameters:
        query = urllib.parse.urlencode({"verb": "ListRecords", **parameters})
        with urllib.request.urlopen(f"{url}?{query}", timeout=30) as response:
            page = response.read()
        yield page
        token = next((element.text for element in ET.fromstring(page).iter(f"{OAI}resumptionToken")), None)
        parameters = {"resumptionToken": token} if token else {}
