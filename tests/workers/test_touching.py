"""The file that tells a hang from work, while there is no broker."""

import time

import redis

from tests.flow.hub import Hub, wait_until
from tests.services.redis_server import start_redis
from workers.touching import TOUCH_EVERY_S


def test_a_worker_whose_broker_went_away_is_alive(tmp_path):
    alive = tmp_path / "alive"
    with start_redis() as server:
        hub = Hub(tmp_path, OAIHUB_BROKER_URL=server.url)
        with hub.working("worker", "--queues", "control", "--alive", str(alive)) as log:
            with redis.Redis.from_url(server.url) as client:
                wait_until(lambda: client.client_list(_type="normal")[1:] != [] and alive.exists(), log=log)
            server.process.kill()
            server.process.wait()
            gone = time.time()
            wait_until(lambda: alive.stat().st_mtime > gone + TOUCH_EVERY_S, log=log)
