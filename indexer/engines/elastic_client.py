"""The connection to Elasticsearch: bytes out, bytes in, errors in our words."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

import elasticsearch
import msgspec
from elastic_transport import ConnectionTimeout, Serializer, TlsError, TransportError
from elasticsearch import ApiError, Elasticsearch

from harvester.errors import cut
from indexer.errors import IndexMismatchError, IndexUnavailableError

REQUEST_TIMEOUT_S: Final = 60.0
ADVICE: Final = "check OAIHUB_INDEX_URL, and that the node runs"
_JSON: Final = "application/json"
_NDJSON: Final = "application/x-ndjson"


class RequestRefusedError(Exception):
    """An answer of 400 or above; `status` and `reason` say why. Stays inside the engine."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason


class _BytesSerializer(Serializer):
    """Leaves JSON as bytes: we encode and decode it by our own structs."""

    def __init__(self, mimetype: str) -> None:
        self.mimetype = mimetype  # type: ignore[misc] # its own base reads it from the instance

    def dumps(self, data: object) -> bytes:
        return data if isinstance(data, bytes) else msgspec.json.encode(data)

    def loads(self, data: bytes) -> bytes:
        return data


class ElasticClient:
    """An open connection pool to one node or cluster.

    `url` without user and password, for messages; `prefix` is the path of the URL, what names of indices begin with.
    """

    def __init__(self, url: str, ca: Path | None = None) -> None:
        parts = urlsplit(url)
        host = f"{parts.hostname or ''}:{parts.port or (443 if parts.scheme == 'https' else 9200)}"
        self.url = urlunsplit((parts.scheme, host, "", "", ""))
        self.prefix = parts.path.strip("/")
        auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        kinds = (_JSON, _NDJSON, "application/vnd.elasticsearch+json", "application/vnd.elasticsearch+x-ndjson")
        self._client = Elasticsearch(
            self.url,
            basic_auth=auth,
            request_timeout=REQUEST_TIMEOUT_S,
            max_retries=0,
            ssl_context=_trust(ca) if ca and parts.scheme == "https" else None,
            serializers={kind: _BytesSerializer(kind) for kind in kinds},
        )

    def request(self, method: str, path: str, body: object = None, **params: str) -> bytes:
        """Send one request and give the answer's body. `body` is ready bytes (NDJSON) or what msgspec encodes.

        Raises: IndexUnavailableError (no answer, or 502 to 504), RequestRefusedError (any other status from 400).
        """
        kind = _NDJSON if isinstance(body, bytes) else _JSON
        headers: Mapping[str, str] = {"accept": _JSON, "content-type": kind} if body is not None else {"accept": _JSON}
        try:
            answer = self._client.perform_request(method, path, params=params, headers=headers, body=body)
        except elasticsearch.UnsupportedProductError as error:
            raise IndexUnavailableError(f"what answers at {self.url} is not Elasticsearch: {ADVICE}") from error
        except ApiError as error:
            self._refuse(error)
        except TlsError as error:
            raise IndexMismatchError(
                f"{self.url}: the certificate is not trusted ({cut(error)}): check OAIHUB_INDEX_CA"
            ) from error
        except ConnectionTimeout as error:
            raise IndexUnavailableError(f"{self.url}: no answer within {REQUEST_TIMEOUT_S:.0f} s") from error
        except TransportError as error:
            raise IndexUnavailableError(
                f"Elasticsearch at {self.url} does not answer ({cut(error)}): {ADVICE}; what waits for it is kept"
            ) from error
        content = answer.body
        return content if isinstance(content, bytes) else b""

    def close(self) -> None:
        """Close the pool."""
        self._client.close()

    def _refuse(self, error: ApiError) -> None:
        status = error.meta.status
        reason = _reason(error.body)
        if status in {401, 403} and "security" in reason:
            raise IndexMismatchError(f"{self.url}: user or password refused: {reason}") from error
        if status in {502, 503, 504}:
            raise IndexUnavailableError(f"{self.url}: {status} {reason}") from error
        raise RequestRefusedError(status, reason) from error


def _trust(ca: Path) -> ssl.SSLContext:
    """Give what trusts an authority of our own and no other. Raises: IndexMismatchError."""
    try:
        return ssl.create_default_context(cafile=str(ca))
    except OSError as error:  # that of a file without a certificate is one, too
        reason = error.strerror or str(error)
        raise IndexMismatchError(f"OAIHUB_INDEX_CA={str(ca)!r}: it holds no certificate to trust ({reason})") from error


def _reason(body: object) -> str:
    """Give the reason inside an error's body, cut, else the body."""
    if not isinstance(body, bytes):
        return cut(body)
    try:
        answer = msgspec.json.decode(body, type=_Refusal)
    except msgspec.DecodeError:
        return cut(body.decode(errors="replace"))
    if isinstance(answer.error, str):
        return cut(answer.error)
    causes = " ".join(cause.reason or "" for cause in answer.error.root_cause)
    return cut(f"{answer.error.type}: {causes or answer.error.reason}")


class _Cause(msgspec.Struct, frozen=True):
    type: str = ""
    reason: str | None = ""
    root_cause: list["_Cause"] = []


class _Refusal(msgspec.Struct, frozen=True):
    error: _Cause | str
