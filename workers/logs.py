"""Log lines of workers and servers: one line each, with the data of `extra` as name=value behind the message."""

import logging
import time
from typing import Final

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
        extra = " ".join(
            f"{name}={_short(value)}" for name, value in vars(record).items() if name not in _OWN and name[0] != "_"
        )
        line = super().format(record)
        if not extra:
            return line
        head, newline, traceback = line.partition("\n")
        return f"{head} {extra}{newline}{traceback}"


def configure_logging(level: str) -> None:
    """Send log lines of this process to standard error, from `level` up (other packages: from WARNING up)."""
    handler = logging.StreamHandler()
    handler.setFormatter(LineFormatter("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _short(value: object) -> str:
    text = str(value).replace("\n", " ")
    return text if len(text) <= 500 else text[:499] + "…"
