"""A peer: oai_repo 0.5.2, fed as its guide says, with no metadata for what is deleted. Takes a port."""

import datetime as dt

import oai_repo
from lxml import etree
from serving import OAI_DC, OAI_DC_SCHEMA, PAGE_SIZE, Held, Repository, serve

DC = "http://purl.org/dc/elements/1.1/"


class Holdings(oai_repo.DataInterface):
    """What oai_repo asks for."""

    limit = PAGE_SIZE

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._by_identifier = {held.identifier: held for held in repository.records}

    def get_identify(self):
        said = oai_repo.Identify()
        said.repository_name = "oai_repo"
        said.base_url = self._repository.url
        said.admin_email = ["admin@peer.example"]
        said.deleted_record = "persistent"
        said.granularity = self._repository.granularity
        earliest = min(held.datestamp for held in self._repository.records)
        said.earliest_datestamp = oai_repo.helpers.granularity_format(said.granularity, earliest)
        return said

    def is_valid_identifier(self, identifier):
        return identifier in self._by_identifier

    def get_metadata_formats(self, identifier=None):
        return [oai_repo.MetadataFormat("oai_dc", OAI_DC_SCHEMA, OAI_DC)]

    def get_record_header(self, identifier):
        held = self._by_identifier[identifier]
        header = oai_repo.RecordHeader()
        header.identifier, header.datestamp, header.setspecs = identifier, held.datestamp, [held.set_spec]
        header.status = "deleted" if held.deleted else None
        return header

    def get_record_metadata(self, identifier, metadataprefix):
        held = self._by_identifier[identifier]
        return None if held.deleted else _metadata(held)

    def get_record_abouts(self, identifier):
        return []

    def list_set_specs(self, identifier=None, cursor=0):
        sets = self._repository.sets()
        return sets[cursor:], len(sets), None

    def get_set(self, setspec):
        return oai_repo.Set(setspec, setspec, [])

    def list_identifiers(self, metadataprefix, filter_from=None, filter_until=None, filter_set=None, cursor=0):
        chosen = self._repository.chosen(filter_set, _naive(filter_from), _naive(filter_until))
        return [held.identifier for held in chosen[cursor : cursor + self.limit]], len(chosen), None


def _naive(moment: dt.datetime | None) -> dt.datetime | None:
    return moment and moment.replace(tzinfo=None)


def _metadata(held: Held) -> etree._Element:
    element = etree.Element(f"{{{OAI_DC}}}dc", nsmap={"oai_dc": OAI_DC, "dc": DC})
    for name, text in (
        ("title", held.title),
        ("creator", "Peer, A."),
        ("identifier", f"https://peer.example/{held.identifier}"),
    ):
        etree.SubElement(element, f"{{{DC}}}{name}").text = text
    return element


def answer(repository: Repository, parameters: dict[str, str]) -> bytes:
    """Let oai_repo answer."""
    return bytes(oai_repo.OAIRepository(Holdings(repository)).process(parameters))


if __name__ == "__main__":
    serve(answer)
