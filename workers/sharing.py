"""What the processes of `oaihub run` have in memory once, for they are forked from one that has it."""

import ssl
import sys
from typing import Final

from workers.processes.forking import share
from workers.tools import Tools
from workers.version import own_version

SHARED: Final = (
    "workers.commands.worker",
    "workers.serving",
    "workers.working",
    # what Celery and the web server import when they begin
    "anyio._backends._asyncio",
    "celery.app.amqp",
    "celery.app.control",
    "celery.app.events",
    "celery.app.log",
    "celery.apps.worker",
    "celery.backends.base",
    "celery.concurrency.prefork",
    "celery.concurrency.solo",
    "celery.fixups.django",
    "celery.worker.autoscale",
    "celery.worker.components",
    "celery.worker.consumer.delayed_delivery",
    "celery.worker.strategy",
    "cffi.cparser",
    "kombu.transport.redis",
    "uvicorn.lifespan.off",
    "uvicorn.loops.auto",
)
"""What the processes would else import each for itself."""


def share_with_processes(tools: Tools) -> ssl.SSLContext | None:
    """Import and set up what the processes need; what this gives has to be kept as long as processes are forked.

    Nothing where they are not forked. Opens nothing, and starts no thread.
    """
    if sys.platform != "linux":
        return None
    tools.open_index().close()  # imports its engine; nothing is asked of it
    own_version()
    # OpenSSL sets itself up, which takes 9 MB where it is done. Given back, they would be holes in the memory that each
    # process fills with something else.
    kept = ssl.create_default_context()
    share(SHARED)
    return kept
