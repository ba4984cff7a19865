"""The control: a harvest that trusts the queue alone. `python -m celery -A tests.flow.chaos.naive worker …`.

Each page enqueues the next, a page's records are indexed by a task of their own, and what fails is tried again by
Celery, with the same settings as ours (acks_late, reject_on_worker_lost, prefetch 1) and a shorter visibility timeout.
"""

import json
import os
import urllib.request
from urllib.parse import urlencode

from lxml import etree

from workers.app import create_app

OAI = "{http://www.openarchives.org/OAI/2.0/}"
VISIBILITY_S = 15
INDEX = os.environ.get("OAIHUB_INDEX_URL", "")

app = create_app(os.environ.get("OAIHUB_BROKER_URL", "redis://"))
app.conf.broker_transport_options |= {"visibility_timeout": VISIBILITY_S, "unacked_restore_interval": 1}


@app.task(name="harvester.naive_page", bind=True, max_retries=None)
def harvest_page(self, url: str, round_: int, number: int, token: str | None) -> None:
    asked = {"metadataPrefix": "oai_dc"} if token is None else {"resumptionToken": token}
    try:
        with urllib.request.urlopen(f"{url}?{urlencode({'verb': 'ListRecords', **asked})}", timeout=30) as answer:
            page = etree.fromstring(answer.read())
    except Exception as error:
        raise self.retry(exc=error, countdown=0.5) from error
    index_page.delay(round_ * 1_000 + number, [_told(record) for record in page.iter(f"{OAI}record")])
    following = page.findtext(f".//{OAI}resumptionToken")
    if following:
        harvest_page.delay(url, round_, number + 1, following)


@app.task(name="indexer.naive_index", bind=True, max_retries=None)
def index_page(self, version: int, records: list[dict[str, object]]) -> None:
    lines = []
    for record in records:
        lines += [{"index": {"_id": record["id"], "version": version, "version_type": "external_gte"}}, record]
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    try:
        answer = send("POST", f"{INDEX}/_bulk", body, "application/x-ndjson")
        assert all(one["index"]["status"] in {200, 201, 409} for one in answer["items"])
    except Exception as error:
        raise self.retry(exc=error, countdown=1) from error


def send(method: str, url: str, body: bytes | None = None, kind: str = "application/json"):
    """Ask Elasticsearch."""
    asked = urllib.request.Request(url, body, {"Content-Type": kind}, method=method)
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return json.load(answer)


def _told(record: etree._Element) -> dict[str, object]:
    header = record.find(f"{OAI}header")
    return {
        "id": header.findtext(f"{OAI}identifier"),
        "deleted": header.get("status") == "deleted",
        "text": " ".join(record.itertext()),
    }
