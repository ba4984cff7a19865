"""Has a worker connect to its broker again where messages stay unacknowledged whose tasks have ended.

While all that a worker may take at once is in work, it waits for no message. Where the broker goes away in that time,
the acknowledgements fail, Celery only logs that, and the worker takes itself for busy: it asks for nothing more, so it
never learns that its connection was lost, and idles for ever (seen with celery and kombu 5.7, redis-py 8.1).
"""

from typing import Any, Final

import redis
from celery.worker import state
from celery.worker.consumer import Consumer

LOOK_EVERY_S: Final = 2.0


def watch_acknowledgements(sender: Consumer, **_: object) -> None:
    """Look every other second, from each time on that a worker's consumer is ready (signal worker_ready)."""
    sender.timer.call_repeatedly(LOOK_EVERY_S, _Look(sender))


class _Look:
    """Compares what a consumer has not acknowledged with what its worker has in hand, at one look and the next."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer
        self._before: frozenset[str] = frozenset()

    def __call__(self) -> None:
        """Raise redis.ConnectionError, as a lost connection does, where a message is left over for a whole interval."""
        now = _left_over(self._consumer)
        if now & self._before:
            raise redis.ConnectionError(f"{len(now & self._before)} messages could not be acknowledged")
        self._before = now


def _left_over(consumer: Consumer) -> frozenset[str]:
    """Give the tags of messages that a consumer has taken and not acknowledged, and whose tasks have ended."""
    tasks: Any = getattr(consumer, "task_consumer", None)  # none while the worker connects
    if tasks is None:
        return frozenset()
    qos = tasks.channel.qos
    in_hand = {request.message.delivery_tag for request in tuple(state.reserved_requests)}
    taken = frozenset[str](qos._delivered)  # noqa: SLF001 - kombu tells it nowhere else
    return taken.difference(qos._dirty, in_hand)  # noqa: SLF001
