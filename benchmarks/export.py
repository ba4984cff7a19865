"""How fast a whole result leaves the API, and what memory its process takes meanwhile.

    python -m benchmarks.export [--url http://127.0.0.1:9200] [--folder FOLDER] [--items 200000] [--formats jsonl,csv]

Without --url the embedded index is asked, filled at the first run in --folder (a temporary one without). Each format is
read once from `oaihub serve`; memory is looked at after every tenth of it.
"""

import argparse
import http.client
import tempfile
import time
from pathlib import Path

from benchmarks.serving import Server, cpu_s, fill, fill_node, resident_mb, serving
from indexer.engines import EMBEDDED

LINE_ENDS = {"jsonl": b"\n", "csv": b"\r\n", "tsv": b"\r\n"}
PIECE = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="", help="address of an Elasticsearch node, without prefix")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--formats", default="jsonl,csv", help="of those with lines: jsonl, csv, tsv")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        url = fill_node(arguments.url, arguments.items) if arguments.url else EMBEDDED
        if url == EMBEDDED:
            fill(url, folder, arguments.items)
        for name in arguments.formats.split(","):
            with serving(url, folder) as server:
                read(server, name, arguments.items)


def read(server: Server, name: str, items: int) -> None:
    """Read one export and print its figures."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    begun, used = time.perf_counter(), cpu_s(server.pid)
    connection.request("GET", f"/api/v1/export?format={name}")
    response = connection.getresponse()
    lines = size = 0
    memory = [resident_mb(server.pid)]
    while piece := response.read(PIECE):
        lines += piece.count(LINE_ENDS[name][-1:])
        size += len(piece)
        if lines >= items / 10 * len(memory):
            memory.append(resident_mb(server.pid))
    wall, used = time.perf_counter() - begun, cpu_s(server.pid) - used
    connection.close()
    assert lines == items + (name != "jsonl"), lines  # a table has a line of names
    print(
        f"{name:6}{items / wall:8.0f} items/s  {size / wall / 1e6:6.1f} MB/s  CPU {used / items * 1e6:.0f} us/item  "
        f"memory MB: {' '.join(f'{mb:.0f}' for mb in memory)}",
        flush=True,
    )


if __name__ == "__main__":
    main()
