"""Log lines of workers and servers, for people or, as JSON, for programs.

For people: the data of `extra` stands as name=value behind the message. As JSON: it stands beside it, in one object.
Both have what the work at hand is about, too: the task, its process, the run, page, endpoint, fence and attempt.
"""

import logging
import time
from datetime import UTC, datetime
from typing import Final

import msgspec

from harvester.context import known_fields

# What every log record carries; whatever else one has came in by `extra`.
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
# Their INFO is one line a message of the queue; ours is one a page.
_QUIET: Final = ("celery", "kombu", "amqp", "httpx", "httpcore", "uvicorn", "alembic")
_SILENT: Final = ("elastic_transport",)  # it warns of each failure that we tell ourselves


class LineFormatter(logging.Formatter):
    """Time (UTC), level, logger, message, then the extra data; what is longer than 500 characters is cut."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """Give the line, with the traceback below it where there is one."""
        extra = " ".join(f"{name}={_short(value)}" for name, value in _extra(record).items())
        line = super().format(record)
        if not extra:
            return line
        head, newline, traceback = line.partition("\n")
        return f"{head} {extra}{newline}{traceback}"


class JsonFormatter(logging.Formatter):
    """One object a line: time (UTC), level, logger, message, traceback where there is one, and the extra data."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return msgspec.json.encode({**_extra(record), **told}, enc_hook=str).decode()


def configure_logging(level: str, *, as_json: bool = False) -> None:
    """Send log lines of this process to standard error, from `level` up (other packages: from WARNING up)."""
    handler = logging.StreamHandler()
    line = LineFormatter("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
    handler.setFormatter(JsonFormatter() if as_json else line)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _extra(record: logging.LogRecord) -> dict[str, object]:
    own = {name: value for name, value in vars(record).items() if name not in _OWN and name[0] != "_"}
    return {**known_fields(), **own}


def _short(value: object) -> str:
    text = str(value).replace("\n", " ")
    return text if len(text) <= 500 else text[:499] + "…"
