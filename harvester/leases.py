"""A lease is renewed by a thread as long as the work on what it holds goes on."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harvester.context import in_context
from harvester.errors import RetryableError

log = logging.getLogger(__name__)


@contextmanager
def renewed(renew: Callable[[], bool], *, lease_s: float, name: str) -> Iterator[None]:
    """Call `renew` three times a lease until the block ends, or until it says that the lease is lost."""
    done = threading.Event()

    def keep() -> None:
        while not done.wait(lease_s / 3):
            try:
                if not renew():
                    return
            except RetryableError as error:  # the database is busy: the lease has two more thirds to run
                log.warning("lease not renewed", extra={"lease": name, "reason": str(error)})

    keeper = threading.Thread(target=in_context(keep), name=f"lease {name}", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()
