"""Log lines: one line each, for people and as JSON."""

import json
import logging
import sys
from pathlib import Path

from workers.logs import JsonFormatter, LineFormatter


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
