"""A node that asks for a password and speaks TLS, by a certificate of an authority of our own."""

import json

import pytest
import trustme

from indexer.document import to_document
from indexer.engines import open_index
from indexer.engines.elastic_client import ElasticClient
from indexer.engines.options import NodeOptions
from indexer.errors import IndexMismatchError
from indexer.query import Query
from tests.indexer.making import make_item
from tests.services.elasticsearch_node import HOME, Security, start_elasticsearch

PASSWORD = "p@ss/w:rd"
pytestmark = pytest.mark.skipif(not HOME.is_dir(), reason="Elasticsearch is not fetched")


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("authority")
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(folder / "ca.crt")
    certificate.cert_chain_pems[0].write_to_path(folder / "http.crt")
    certificate.private_key_pem.write_to_path(folder / "http.key")
    security = Security(PASSWORD, folder / "http.crt", folder / "http.key", folder / "ca.crt")
    with start_elasticsearch(fetch=False, security=security) as node:
        yield node.url.removeprefix("https://"), security.ca


def test_node_with_password_and_authority_is_written_and_searched(secured, tmp_path):
    place, ca = secured
    options = NodeOptions(ca=ca, shards=3, replicas=0)
    index = open_index(f"https://elastic:p%40ss%2Fw%3Ard@{place}/hub", data_dir=tmp_path, options=options)
    index.create()
    index.write([to_document(make_item(number)) for number in range(20)])
    index.refresh()
    assert index.search(Query()).total == 20
    index.close()
    told = ElasticClient(f"https://elastic:p%40ss%2Fw%3Ard@{place}", ca).request("GET", "/hub-items/_settings")
    shape = json.loads(told)["hub-items-1"]["settings"]["index"]
    assert (shape["number_of_shards"], shape["number_of_replicas"]) == ("3", "0")


def test_authority_that_did_not_sign_and_wrong_password_are_told(secured, tmp_path):
    place, ca = secured
    other = tmp_path / "other.crt"
    trustme.CA().cert_pem.write_to_path(other)
    for options in (NodeOptions(), NodeOptions(ca=other)):
        with pytest.raises(IndexMismatchError, match=r"certificate is not trusted.*OAIHUB_INDEX_CA"):
            open_index(f"https://elastic:x@{place}/hub", data_dir=tmp_path, options=options).exists()
    # Another user: for a while after a wrong password Elasticsearch refuses the right one of the same user, too.
    with pytest.raises(IndexMismatchError, match="user or password refused"):
        open_index(f"https://nobody:x@{place}/hub", data_dir=tmp_path, options=NodeOptions(ca=ca)).exists()


def test_file_that_holds_no_certificate_is_named(tmp_path):
    (tmp_path / "empty.crt").write_text("")
    for name in ("empty.crt", "missing.crt"):
        with pytest.raises(IndexMismatchError, match=f"OAIHUB_INDEX_CA=.*{name}"):
            open_index("https://127.0.0.1:1", data_dir=tmp_path, options=NodeOptions(ca=tmp_path / name))
