"""Leases that are renewed while the work goes on: short, so that the work of one who died is soon taken up again."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harvester.errors import RetryableError

log = logging.getLogger(__name__)


@contextmanager
def renewed(renew: Callable[[], bool], *, lease_s: float, what: str) -> Iterator[None]:
    """Call `renew` three times a lease, from a thread, as long as the block goes on; until it gives False."""
    done = threading.Event()

    def keep() -> None:
        while not done.wait(lease_s / 3):
            try:
                if not renew():
                    return
            except RetryableError as error:  # the database is busy: the lease has two more thirds to run
                log.warning("lease not renewed", extra={"lease": what, "reason": str(error)})

    keeper = threading.Thread(target=keep, name=f"lease of {what}", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()
