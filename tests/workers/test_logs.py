"""Log lines: one line each, for people and as JSON."""

import json
import logging
import sys
import threading
from pathlib import Path

from celery import Celery

from harvester.context import about, in_context, known_fields
from harvester.harvest import begin_run
from tests.faults import server_error
from tests.harvester.harvesting import keep
from workers.app import HARVEST_PAGE
from workers.heartbeat import Heartbeat
from workers.logs import JsonFormatter, LineFormatter
from workers.tasks import register_tasks
from workers.tools import Tools


def made(message: str, **extra: object) -> logging.LogRecord:
    return logging.getLogger("workers.tests").makeRecord(
        "workers.tests", logging.WARNING, "file", 1, message, (), None, extra=extra
    )


def failed() -> logging.LogRecord:
    record = made("task failed", run=7)
    try:
        int("two\nlines")
    except ValueError:
        record.exc_info = sys.exc_info()
    return record


def test_line_has_the_data_behind_its_message():
    line = LineFormatter("%(levelname)s %(name)s: %(message)s").format(made("page stored", run=7, reason="a\nb"))
    assert line == "WARNING workers.tests: page stored run=7 reason=a b"


def test_line_has_its_traceback_below():
    lines = LineFormatter("%(message)s").format(failed()).splitlines()
    assert lines[0] == "task failed run=7"
    assert lines[1].startswith("Traceback")


def test_json_has_the_data_beside_its_message():
    line = JsonFormatter().format(made("page stored", run=7, path=Path("/a"), level="other"))
    told = json.loads(line)
    assert "\n" not in line
    assert (told["message"], told["logger"], told["run"], told["path"]) == ("page stored", "workers.tests", 7, "/a")
    assert told["level"] == "WARNING"
    assert told["time"].endswith("+00:00")


def test_json_keeps_a_traceback_in_its_line():
    line = JsonFormatter().format(failed())
    assert "\n" not in line
    assert "ValueError: invalid literal" in json.loads(line)["traceback"]


def test_each_line_of_a_task_says_what_it_is_about(tmp_path, caplog, repository):
    """Also the lines of deep in the harvester, and of threads that a task starts."""
    repository.misbehave(server_error(500), page=2)
    tools = Tools({"OAIHUB_DATA_DIR": str(tmp_path), "OAIHUB_ALLOW_PRIVATE": "1"})
    heart = Heartbeat(tools.harvester.resolved_store_url(), "worker")
    app = Celery(set_as_current=False)
    register_tasks(app, tools, heart)
    run = begin_run(tools.harvesting, keep(tools.harvesting, repository.url)).id
    lines: list[dict[str, object]] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(json.loads(JsonFormatter().format(record)))
    logging.getLogger().addHandler(handler)
    try:
        with caplog.at_level(logging.DEBUG, "harvester"), caplog.at_level(logging.DEBUG, "workers"):
            for number in (0, 1):
                app.tasks[HARVEST_PAGE].apply((run, number))
    finally:
        logging.getLogger().removeHandler(handler)
        tools.close()
    ours = [line for line in lines if str(line["logger"]).startswith(("harvester", "workers.tasks"))]
    assert {(line["run"], line["page"], line["process"]) for line in ours} == {(run, 0, heart.id), (run, 1, heart.id)}
    deep = [line for line in ours if str(line["logger"]).startswith("harvester")]
    assert {line["message"] for line in deep} == {"page stored", "page to be tried again"}
    assert {(line["endpoint"], line["fence"], line["attempt"]) for line in deep} == {("here", 1, 1)}
    assert known_fields() == {}


def test_a_thread_is_about_what_its_task_is():
    told = []
    with about(run=7):
        thread = threading.Thread(target=in_context(lambda: told.append(dict(known_fields()))))
    thread.start()
    thread.join()
    assert told == [{"run": 7}]
