"""A node that answers from memory: what was asked before is answered at once, anything new is asked of a real one.

    python -m benchmarks.remembering_node PORT NODE_PORT

So the time of what stands before it can be measured without the node's.
"""

import asyncio
import http.client
import sys

Question = tuple[bytes, bytes]


class Memory(asyncio.Protocol):
    """One connection: requests with a Content-Length or none, one after the other."""

    def __init__(self, node_port: int, known: dict[Question, bytes]) -> None:
        self._node_port = node_port
        self._known = known
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, rest = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        length = _body_length(head)
        if len(rest) < length:
            return
        question = head.partition(b" HTTP/")[0], rest[:length]
        self._received = rest[length:]
        if question not in self._known:
            self._known[question] = _ask(self._node_port, *question)
        self._transport.write(self._known[question])


def _body_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def _ask(port: int, line: bytes, body: bytes) -> bytes:
    """Give the whole answer of the real node."""
    method, path = line.decode().split(" ", 1)
    kind = "application/x-ndjson" if path.partition("?")[0].endswith("_msearch") else "application/json"
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request(method, path, body, {"Content-Type": kind} if body else {})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    head = f"HTTP/1.1 {response.status} {response.reason}\r\nX-elastic-product: Elasticsearch\r\n"
    head += f"Content-Type: {response.headers['content-type']}\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


async def main() -> None:
    port, node_port = map(int, sys.argv[1:])
    known: dict[Question, bytes] = {}
    server = await asyncio.get_running_loop().create_server(lambda: Memory(node_port, known), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
