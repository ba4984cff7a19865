"""Harvesting side by side: sickle, oaipmh-scythe, the bare httpx + lxml walk, and ours, in one run.

    python -m benchmarks.harvest --records 30000 --rounds 5

Every contender reads the same list to the end and gives, for each record, identifier, datestamp, sets, deleted flag and
a dictionary of the Dublin Core fields; ours also keeps every page in the archive and parses it strictly. One process a
contender and round, rounds interleaved; imports are not timed. `--verify` compares what they give, not their speed.
"""

# ruff: noqa: PLC0415  each process loads its own contender only, so that peak memory is that contender's

import argparse
import hashlib
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

HERE = Path(__file__).parent

OAI = "{http://www.openarchives.org/OAI/2.0/}"
Row = tuple[str, str, list[str], bool, dict[str, list[str | None]]]


def sickle(url: str) -> Callable[[], Iterator[Row]]:
    """sickle as its documentation uses it."""
    from sickle import Sickle

    def run() -> Iterator[Row]:
        for record in Sickle(url).ListRecords(metadataPrefix="oai_dc"):
            header = record.header
            fields = {} if record.deleted else record.metadata
            yield header.identifier, header.datestamp, header.setSpecs, record.deleted, fields

    return run


def scythe(url: str) -> Callable[[], Iterator[Row]]:
    """oaipmh-scythe as its documentation uses it."""
    from oaipmh_scythe import Scythe

    def run() -> Iterator[Row]:
        with Scythe(url) as client:
            for record in client.list_records(metadata_prefix="oai_dc"):
                header = record.header
                fields = {} if record.deleted else record.metadata
                yield header.identifier, header.datestamp, header.setSpecs, record.deleted, fields

    return run


def walk(url: str) -> Callable[[], Iterator[Row]]:
    """The bare minimum of Python over httpx and lxml: no check, no archive, the token by string search."""
    import httpx
    from lxml import etree

    def run() -> Iterator[Row]:
        parameters = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
        with httpx.Client(timeout=60) as client:
            while True:
                body = client.get(url, params=parameters).content
                for element in etree.fromstring(body)[-1]:
                    if element.tag == OAI + "record":
                        yield _row(element)
                token = body[-200:].rpartition(b"</resumptionToken>")[0].rpartition(b">")[2].decode()
                if not token:
                    return
                parameters = {"verb": "ListRecords", "resumptionToken": token}

    return run


def ours(url: str) -> Callable[[], Iterator[Row]]:
    """Fetched by our one door, archived before it is parsed, parsed strictly, a list ends only on a whole document."""
    return _ours(url, _fields)


def records(url: str) -> Callable[[], Iterator[Row]]:
    """As ours, but records as the mapping takes them: no dictionary of fields is made."""
    return _ours(url, lambda _: {})


def _ours(url: str, read: Callable) -> Callable[[], Iterator[Row]]:
    from harvester.archive import open_archive
    from harvester.http import Http
    from harvester.oai import fetch_page, iter_pages, list_parameters
    from harvester.parsing.record import parse_record

    def run() -> Iterator[Row]:
        with tempfile.TemporaryDirectory(prefix="oaihub-archive-") as folder, Http(allow_private=True) as http:
            archive = open_archive(folder)
            numbers = itertools.count(1)

            def fetch(parameters: dict[str, str]) -> bytes:
                body = fetch_page(http, url, parameters).body
                archive.append(1, next(numbers), body)
                return body

            for page in iter_pages(fetch, list_parameters("oai_dc")):
                for element in page.elements:
                    record = parse_record(element)
                    fields = {} if record.metadata is None else read(record.metadata)
                    yield record.identifier, record.datestamp, list(record.sets), record.deleted, fields

    return run


def client(url: str) -> Callable[[], Iterator[Row]]:
    """Our client where a Sickle is expected: sickle's classes over our transport and list loop; no archive."""
    from harvester.http import Http
    from harvester.oai import OAIClient

    def run() -> Iterator[Row]:
        with Http(allow_private=True) as http:
            for record in OAIClient(url, http).ListRecords(metadataPrefix="oai_dc"):
                header = record.header
                fields = {} if record.deleted else record.metadata
                yield header.identifier, header.datestamp, header.setSpecs, record.deleted, fields

    return run


CONTENDERS = {"sickle": sickle, "scythe": scythe, "walk": walk, "client": client, "ours": ours, "records": records}


def _row(record) -> Row:
    """lxml's fastest way: direct child walk."""
    header = record[0]
    sets = [child.text for child in header if child.tag == OAI + "setSpec"]
    fields = _fields(record[1][0]) if len(record) > 1 else {}
    return header[0].text, header[1].text, sets, header.get("status") == "deleted", fields


def _fields(root, names: dict[str, str] = {}) -> dict[str, list[str | None]]:  # noqa: B006  names of tags, kept on purpose
    fields: dict[str, list[str | None]] = {}
    for element in root:
        tag = element.tag
        name = names.get(tag) or names.setdefault(tag, tag.rpartition("}")[2])
        values = fields.get(name)
        if values is None:
            fields[name] = [element.text]
        else:
            values.append(element.text)
    return fields


def contend(name: str, url: str, verify: bool) -> None:
    """Run one contender in this process and print what it took as JSON."""
    run = CONTENDERS[name](url)
    digest = count = 0
    cpu, start = time.process_time(), time.perf_counter()
    for row in run():
        count += 1
        if verify:
            identifier, datestamp, sets, deleted, fields = row
            text = json.dumps([identifier, datestamp, list(sets), deleted, sorted(fields.items())])
            digest ^= int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
    taken, used = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"records": count, "s": taken, "cpu_s": used, "peak_mb": peak, "digest": f"{digest:016x}"}))


def start_server(options: argparse.Namespace) -> tuple[subprocess.Popen[str], str]:
    arguments = ["--records", options.records, "--page-size", options.page_size, "--latency-ms", options.latency_ms]
    command = [sys.executable, HERE / "oai_server.py", *arguments]
    server = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    url = server.stdout.readline().strip()
    return server, url.replace("/plain/", "/gzip/") if options.gzip else url


def measure(options: argparse.Namespace) -> None:
    rounds: dict[str, list[dict]] = {name: [] for name in options.contenders}
    server, url = start_server(options)
    try:
        for number in range(1 if options.verify else options.rounds):
            for name in options.contenders if number % 2 == 0 else reversed(options.contenders):
                command = [sys.executable, __file__, "--contender", name, "--url", url]
                command += ["--verify"] if options.verify else []
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                rounds[name].append(json.loads(done.stdout))
    finally:
        server.terminate()
        server.wait()
    load = os.getloadavg()[0]
    print(f"{options.records} records, {options.page_size} a page, {options.latency_ms:g} ms, load {load:.1f}")
    report(rounds, verify=options.verify)


def report(rounds: dict[str, list[dict]], *, verify: bool) -> None:
    if verify:
        for name, results in rounds.items():
            print(f"{name:<8} {results[0]['records']:>8} records, digest {results[0]['digest']}")
        return
    cpu = {
        name: statistics.median(result["cpu_s"] / result["records"] * 1e6 for result in results)
        for name, results in rounds.items()
    }
    base = "sickle" if "sickle" in cpu else next(iter(cpu))
    print(f"{'':<8} {'records/s':>10} {'(min':>8} {'max)':>8} {'CPU us/record':>14} {'of ' + base:>10} {'peak MB':>8}")
    for name, results in rounds.items():
        speed = [result["records"] / result["s"] for result in results]
        peak = max(result["peak_mb"] for result in results)
        print(
            f"{name:<8} {statistics.median(speed):>10,.0f} {min(speed):>8,.0f} {max(speed):>8,.0f} {cpu[name]:>14.1f} "
            f"{cpu[name] / cpu[base]:>10.2f} {peak:>8.0f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("contenders", nargs="*", default=list(CONTENDERS), help=f"default: {' '.join(CONTENDERS)}")
    parser.add_argument("--records", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--page-size", type=int, default=1000)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--gzip", action="store_true", help="compressed answers")
    parser.add_argument("--verify", action="store_true", help="compare the records, not the speed")
    parser.add_argument("--contender", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contender:
        contend(options.contender, options.url, options.verify)
    else:
        measure(options)


if __name__ == "__main__":
    main()
