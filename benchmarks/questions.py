"""How long an operator waits for each answer, at 1,000 endpoints and 1,000,000 records.

    python -m benchmarks.questions [--postgresql URL] [--records N] [--folder KEPT]

Fills a store by set-based inserts (365 runs an endpoint, 100 records a page, every tenth record deleted, half of the
DOIs asked for, 10,000 records set aside, 1,000 runs open, 100,000 entries of the audit), then asks each of the twenty
questions (their numbers are those of tests/workers/operator/test_questions.py) three times, and prints the least and
the greatest time. The embedded index is empty, so all items wait for it: what it costs is in benchmarks/search.py. The
bound is 2 s.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator

from sqlalchemy import text

from harvester.endpoint import Endpoint
from harvester.store import Store
from harvester.store.endpoints import put_endpoint
from harvester.store.ledger.dead import Chosen, count_dead, list_dead
from harvester.store.ledger.stuck import find_stuck
from harvester.store.operating.audit import list_audit
from harvester.store.operating.controls import pause, resume
from harvester.store.operating.schedules import list_schedules
from workers.alerting.looking import look
from workers.operator.facts.endpoints import report_card, report_cards
from workers.operator.facts.findings import diagnose
from workers.operator.facts.processes import attendance
from workers.operator.facts.reading import needed_queues, read_hub
from workers.operator.facts.runs import report_run
from workers.operator.facts.stages import overview
from workers.operator.facts.tracing import trace
from workers.operator.metrics.families import families
from workers.operator.metrics.reading import read_all
from workers.tools import Tools

ENDPOINTS = 1_000
RUNS = 365
PER_PAGE = 100
TIMES = 3

# Each fills one table; :e endpoints, :r records of each, :n runs of each, :now. `n` counts from 0.
SERIES = {
    "sqlite": "WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n + 1 < {count})",
    "postgresql": "WITH s AS (SELECT n FROM generate_series(0, {count} - 1) AS n)",
}
COUNTS = "received, new, changed, unchanged, deleted, duplicate, rejected"
ZEROS = "0, 0, 0, 0, 0, 0, 0"


def statements(store: Store, records: int) -> Iterator[str]:
    kind = "sqlite" if store.is_sqlite else "postgresql"
    each = records // ENDPOINTS
    now = time.time()
    key = "'e' || substr('000' || (n % 1000), -4)" if store.is_sqlite else "'e' || lpad((n % 1000)::text, 4, '0')"
    false, true = ("0", "1") if store.is_sqlite else ("false", "true")
    blob = "x'00'" if store.is_sqlite else "'\\x00'::bytea"
    body = 'CAST(\'{"title":[{"value":"A title of some length"}]}\' AS BLOB)'
    body = body if store.is_sqlite else 'convert_to(\'{"title":[{"value":"A title of some length"}]}\', \'UTF8\')'
    empty = "CAST('{}' AS BLOB)" if store.is_sqlite else "convert_to('{}', 'UTF8')"
    quarter = f"CASE WHEN n % 1000 < 250 AND n / 1000 > {RUNS - 6} THEN 'failed' ELSE 'complete' END"

    def series(count: int) -> str:
        return SERIES[kind].format(count=count)

    runs = ENDPOINTS * RUNS
    columns = (
        'id, endpoint, host, metadata_prefix, sets, "full", state, started, ended, error, deleted_record, next_page, '
        f"next_window, {COUNTS}"
    )
    yield (
        f"INSERT INTO runs ({columns}) {series(runs)} SELECT n + 1, {key}, {key}, 'oai_dc', '[]', {false}, {quarter}, "
        f"{now} - ({RUNS} - n / 1000) * 86400.0, {now} - ({RUNS} - n / 1000) * 86400.0 + 600, "
        f"CASE WHEN n % 1000 < 250 THEN 'page 0: status 503' END, '', 0, 0, {ZEROS} FROM s"
    )
    yield (
        f"INSERT INTO runs ({columns}) {series(ENDPOINTS)} SELECT n + 1 + {runs}, {key}, {key}, 'oai_dc', '[]', "
        f"{false}, NULL, {now} - 4000.0, NULL, NULL, '', 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM s"
    )
    pages = each // PER_PAGE
    page = (
        'run, number, state, "window", verb, set_spec, fence, leased_until, not_before, hinted_at, tries, restarted, '
        f"location, {COUNTS}"
    )
    yield (
        f"INSERT INTO windows (run, number, set_spec, reason, restarts) {series(ENDPOINTS)} "
        f"SELECT n + 1 + {runs}, 0, '', 'whole', 0 FROM s"
    )
    for first in (1, 1 + runs):
        yield (
            f"INSERT INTO pages ({page}) {series(ENDPOINTS * pages)} SELECT n % 1000 + {first}, n / 1000, 'stored', 0, "
            f"'ListRecords', '', 1, {now} - 3900.0 + n / 1000, 0, 0, 1, {false}, 'none', {PER_PAGE}, "
            "0, 0, 0, 0, 0, 0 FROM s"
        )
    yield (
        f"INSERT INTO pages ({page}) {series(ENDPOINTS)} SELECT n + 1 + {runs}, {pages}, 'pending', 0, "
        f"'ListRecords', '', 1, 0, {now} + 600, 0, 3, {false}, NULL, {ZEROS} FROM s"
    )
    yield (
        f"INSERT INTO items (id, repository, identifier, version, deleted, changed) {series(records)} SELECT "
        f"'i' || n, {key}, 'oai:' || n, 1, {false}, {now} FROM s"
    )
    yield (
        "INSERT INTO records (endpoint, metadata_prefix, identifier, item_id, datestamp, sets, deleted, digest, run, "
        f"number, seen_run, metadata, doi) {series(records)} SELECT {key}, 'oai_dc', 'oai:' || n, 'i' || n, "
        f"'2026-01-01', '[]', CASE WHEN n % 10 = 0 THEN {true} ELSE {false} END, {blob}, n % 1000 + 1, "
        f"(n / 1000) / {PER_PAGE}, n % 1000 + 1, {body}, CASE WHEN n % 2 = 0 THEN '10.1234/' || n END FROM s"
    )
    yield (
        f"INSERT INTO dois (doi, state, route, due, fence, leased_until, tries, fetched) {series(records // 4)} SELECT "
        f"'10.1234/' || (n * 2), 'found', 'crossref', {now} + 86400 * (n % 30) - 3600, 0, 0, 0, {now} - n FROM s"
    )
    yield (
        f"INSERT INTO rejected (run, number, position, identifier, cause, reason, raw) {series(10_000)} SELECT "
        f"n % 1000 + 1, 0, n / 1000, 'bad ' || n, 'cause ' || (n % 7), 'a reason', {blob} FROM s"
    )
    yield (
        f"INSERT INTO outbox (item_id, queued, fence, leased_until, priority) {series(records // 10)} SELECT "
        f"'i' || n, {now} - 300, 0, 0, 1 FROM s"
    )
    yield (f"INSERT INTO changes (item_id, seq, version) {series(records)} SELECT 'i' || n, n / 1000 + 1, 1 FROM s")
    yield f"INSERT INTO stampings (seq, at) {series(records // 1000)} SELECT n + 1, {now} - 1200 + n FROM s"
    yield (
        "INSERT INTO schedules (endpoint, rule, zone, jitter_s, next_due, due_since, missed, fence, leased_until, "
        f"hinted_at, tries) {series(ENDPOINTS)} SELECT {key}, 'daily 03:00', 'UTC', 0, {now} + 3600, "
        "0, 0, 0, 0, 0, 0 FROM s"
    )
    yield (
        f"INSERT INTO audit (at, actor, action, object, details) {series(100_000)} SELECT {now} - n, 'ada', 'pause', "
        f"'endpoint:' || {key}, {empty} FROM s"
    )


def fill(store: Store, records: int) -> None:
    for number in range(ENDPOINTS):
        put_endpoint(store, Endpoint(key=f"e{number:04}", base_url=f"https://e{number:04}.example/oai"))
    for statement in statements(store, records):
        began = time.monotonic()
        with store.begin() as connection:
            connection.execute(text(statement.replace(":", "\\:")))
        print(f"{time.monotonic() - began:7.1f} s  {statement[:60]}", flush=True)
    with store.begin() as connection:
        connection.execute(text("ANALYZE"))


def ask(tools: Tools) -> dict[str, Callable[[], object]]:
    store = tools.store
    return {
        "1 7-10 12-14 17 19 doctor": lambda: diagnose(tools),
        "2 3 queues": lambda: queues(tools),
        "4 runs --stuck (1,000 are)": lambda: find_stuck(store, store.now()),
        "5 endpoints --failing": lambda: report_cards(store, failing=True),
        "6 dead list": lambda: (list_dead(store, Chosen(), limit=100), count_dead(store)),
        "11 endpoints (1,000 cards)": lambda: report_cards(store),
        "11 one endpoint": lambda: report_card(store, "e0500"),
        "15 schedule": lambda: list_schedules(store),
        "16 one run": lambda: report_run(store, 7),
        "18 trace by identifier": lambda: trace(tools, "oai:500001"),
        "18 trace by id": lambda: trace(tools, "i500001"),
        "18 trace by DOI": lambda: trace(tools, "10.1234/500000"),
        "18 trace of a refusal": lambda: trace(tools, "bad 77"),
        "20 stop and go on": lambda: stop(store),
        "what one has done last": lambda: list_audit(store, actor="nobody", limit=1),
        "/metrics": lambda: list(families(read_all(tools), "1")),
        "what is to be told": lambda: look(store, store.now()),
    }


def queues(tools: Tools) -> object:
    hub = read_hub(tools)
    return overview(tools, hub), attendance(hub.store, needed_queues(tools.harvester))


def stop(store: Store) -> None:
    pause(store, "everything", "", actor="benchmark", reason="", now=store.now())
    resume(store, "everything", "", actor="benchmark", now=store.now())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgresql", help="URL of an empty database")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--folder", help="where the store is kept, and found again")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        environ = {**os.environ, "OAIHUB_DATA_DIR": given.folder or scratch}
        if given.postgresql:
            environ["OAIHUB_STORE_URL"] = given.postgresql
        tools = Tools(environ)
        with tools.store.connect() as connection:
            is_filled = connection.execute(text("SELECT count(*) FROM endpoints")).scalar_one()
        if not is_filled:
            fill(tools.store, given.records)
        tools.index  # noqa: B018 - an index that is not there is made at the first need, and all items wait for it
        for name, question in ask(tools).items():
            times = []
            for _ in range(TIMES):
                began = time.monotonic()
                question()
                times.append(time.monotonic() - began)
            print(f"{name:30} {min(times):7.3f} s  {max(times):7.3f} s", flush=True)
        tools.close()


if __name__ == "__main__":
    main()
