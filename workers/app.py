"""The Celery app. A message is a hint to look into the store: it carries no data, and none is needed twice.

The settings are those of the fault matrix in the project's research on queues. With acks_late and reject_on_worker_lost
a killed worker costs nothing or a few seconds; what Redis loses all the same, the reconciler sends again.
"""

from typing import Any, Final

from celery import Celery

HARVEST_PAGE: Final = "harvester.harvest_page"
PROBE_ENDPOINT: Final = "harvester.probe_endpoint"
SETTLE_PLAN: Final = "harvester.settle_plan"
FETCH_DOIS: Final = "dois.fetch_dois"
INDEX_OUTBOX: Final = "indexer.index_outbox"
BEGIN_RUN: Final = "harvester.begin_run"
RECONCILE: Final = "workers.reconcile"
TICK: Final = "workers.tick"
WATCH: Final = "workers.watch"
QUEUES: Final = ("harvest", "doi", "index", "control")
RECONCILE_EVERY_S: Final = 1.0
TICK_EVERY_S: Final = 5.0
WATCH_EVERY_S: Final = 30.0
HINT_TIMEOUT_S: Final = 0.2
_VISIBILITY_S: Final = 900  # longer than the hard limit: a running task is never delivered again

_SETTINGS: Final[dict[str, Any]] = {
    "accept_content": ["json"],
    "task_serializer": "json",
    "task_ignore_result": True,
    "task_store_errors_even_if_ignored": False,
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "task_soft_time_limit": 780,  # a page may take the 600 s of OAIHUB_DEADLINE_S, and then be stored
    "task_time_limit": 840,
    "task_routes": {
        "harvester.*": {"queue": "harvest"},
        "dois.*": {"queue": "doi"},
        "indexer.*": {"queue": "index"},
        "workers.*": {"queue": "control"},
    },
    "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1},
    "worker_prefetch_multiplier": 1,
    "worker_hijack_root_logger": False,
    "worker_redirect_stdouts": False,
    "worker_send_task_events": False,
    "worker_enable_remote_control": False,  # no pidbox queues: `oaihub queues` asks the store
    "worker_max_tasks_per_child": 500,
    "worker_max_memory_per_child": 800_000,  # KiB: lxml keeps what a huge page once needed
    "worker_cancel_long_running_tasks_on_connection_loss": False,  # the ledger absorbs a second run
    "worker_proc_alive_timeout": 60.0,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,  # the default gives up after 100 tries, and the worker ends
    "beat_max_loop_interval": 1,
    "beat_scheduler": "celery.beat:Scheduler",  # in memory: entries that may fire once too often need no file
    "beat_schedule": {
        "reconcile": {
            "task": RECONCILE,
            "schedule": RECONCILE_EVERY_S,
            "options": {"expires": 5, "queue": "control"},
        },
        "tick": {"task": TICK, "schedule": TICK_EVERY_S, "options": {"expires": 10, "queue": "control"}},
        "watch": {"task": WATCH, "schedule": WATCH_EVERY_S, "options": {"expires": 30, "queue": "control"}},
    },
}


def create_app(broker_url: str, *, timeout_s: float = 30.0) -> Celery:
    """Give the Celery app on a broker (redis://, rediss:// or redis+socket://); it connects at the first use.

    `timeout_s` bounds each round trip. Whoever only sends hints takes HINT_TIMEOUT_S: a hint is not worth waiting for.
    """
    app = Celery("oaihub", broker=broker_url, set_as_current=False)
    app.conf.update(_SETTINGS)
    app.conf.broker_transport_options = {
        "visibility_timeout": _VISIBILITY_S,
        "unacked_restore_interval": 5,  # the default looks for lost workers' messages each 100 s
        "unacked_restore_throttle": 1,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": min(timeout_s, 3.0),
        "socket_keepalive": True,
        "health_check_interval": 25,
    }
    return app
