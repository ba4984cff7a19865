"""A peer: the BatchingServer of pyoai 2.5.0. Takes a port."""

import sys
import types
import urllib.parse

from serving import OAI_DC, OAI_DC_SCHEMA, PAGE_SIZE, Held, Repository, serve

sys.modules["cgi"] = types.ModuleType("cgi")  # pyoai wants a function of it that Python 3.8 took out, 3.13 the module
sys.modules["cgi"].parse_qs = urllib.parse.parse_qs

from oaipmh import common, error, metadata, server  # noqa: E402

FORMATS = metadata.MetadataRegistry()
FORMATS.registerWriter("oai_dc", server.oai_dc_writer)


class Holdings:
    """What pyoai asks for; the names are its own."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def identify(self):
        earliest = min(record.datestamp for record in self._repository.records)
        granularity = self._repository.granularity
        emails = ["admin@peer.example"]
        return common.Identify(
            "pyoai", self._repository.url, "2.0", emails, earliest, "persistent", granularity, ["identity"]
        )

    def listMetadataFormats(self, identifier=None):  # noqa: N802
        return [("oai_dc", OAI_DC_SCHEMA, OAI_DC)]

    def listSets(self, cursor=0, batch_size=10):  # noqa: N802
        sets = [(spec, spec, None) for spec in self._repository.sets()]
        return sets[cursor : cursor + batch_size]

    def listRecords(self, *, metadataPrefix, set=None, from_=None, until=None, cursor=0, batch_size=10):  # noqa: A002, N802, N803
        chosen = self._repository.chosen(set, from_, until)
        return [_record(held) for held in chosen[cursor : cursor + batch_size]]

    def listIdentifiers(self, **arguments):  # noqa: N802
        return [header for header, _, _ in self.listRecords(**arguments)]

    def getRecord(self, metadataPrefix, identifier):  # noqa: N802, N803
        for held in self._repository.records:
            if held.identifier == identifier:
                return _record(held)
        raise error.IdDoesNotExistError(identifier)


def _record(held: Held):
    header = common.Header(None, held.identifier, held.datestamp, [held.set_spec], held.deleted)
    fields = {"title": [held.title], "creator": ["Peer, A."], "identifier": [f"https://peer.example/{held.identifier}"]}
    return header, None if held.deleted else common.Metadata(None, fields), None


def answer(repository: Repository, parameters: dict[str, str]) -> bytes:
    """Let pyoai answer."""
    return server.BatchingServer(
        Holdings(repository), metadata_registry=FORMATS, resumption_batch_size=PAGE_SIZE
    ).handleRequest(parameters)


if __name__ == "__main__":
    serve(answer)
