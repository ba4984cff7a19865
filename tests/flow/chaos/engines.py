"""Engines of the storm's own, which can be killed, stopped and emptied, and what does so."""

import random
import signal

import redis

from tests.flow.chaos.storm import Fault, Mending
from tests.services.processes import Service


def kill(engine: Service, *, away_s: float = 0.0, number: signal.Signals = signal.SIGKILL) -> Fault:
    """The engine ends in this moment, and is started again on what it left after a while."""

    def strike(_: random.Random) -> Mending:
        if number is signal.SIGKILL:
            engine.signal_all(number)
        else:  # a server that ends its own processes
            engine.process.send_signal(number)
        return Mending(away_s, engine.start_again, engine.answers, is_outage=True)

    return strike


def stop(engine: Service, lasts_s: float) -> Fault:
    """The engine takes connections and does not answer, for a while."""

    def strike(_: random.Random) -> Mending:
        engine.signal_all(signal.SIGSTOP)
        return Mending(lasts_s, lambda: engine.signal_all(signal.SIGCONT), engine.answers, is_outage=True)

    return strike


def empty(broker: redis.Redis) -> Fault:
    """The broker loses all that it has."""

    def strike(_: random.Random) -> Mending | None:
        try:
            broker.flushall()
        except redis.RedisError:
            return None
        return Mending()

    return strike
