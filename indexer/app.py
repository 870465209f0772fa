"""The Celery application of the enrichment workers, set so that killing any part of it costs time and nothing else.

celery -A indexer.app:celery_app worker
celery -A indexer.app:celery_app beat
"""

import ssl
from functools import cache
from typing import Any, Final

from celery import Celery

from indexer.composition import Workshop
from indexer.queueing import FOLLOW, LEARN, RECONCILE, CeleryQueue, behaviour_queue, enrichment_queue, reconcile_queue
from indexer.tasks import register_tasks
from plugin_config.errors import ConfigurationError
from plugin_config.settings import Settings, load_settings

# A task must end well within this: an unfinished one is taken for lost and given to another worker.
VISIBILITY_SECONDS: Final = 120
_TASK_SECONDS: Final = 600


def build_celery(settings: Settings) -> Celery:
    """The application for these settings; speaks to nobody yet. Raises ConfigurationError when no broker is known."""
    if settings.redis_url is None:
        raise ConfigurationError("no Redis is known: start one with `vitrine up` or set VITRINE_REDIS_URL")
    app = Celery("vitrine", broker=settings.redis_url, set_as_current=False)
    app.conf.update(_configuration(settings))
    register_tasks(app, settings)
    return app


def open_workshop(settings: Settings, *, here: bool = False) -> Workshop:
    """The workshop of a command: it queues for the workers, or with `here` works itself. Raises ConfigurationError."""
    if here:
        return Workshop(settings.model_copy(update={"redis_url": None}))
    return Workshop(settings, CeleryQueue(build_celery(settings), settings))


def _configuration(settings: Settings) -> dict[str, Any]:
    configuration: dict[str, Any] = {
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_backend": None,
        "task_ignore_result": True,
        "enable_utc": True,
        "timezone": "UTC",
        # A task is acknowledged when it is done, and one whose process died goes back to the queue.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "broker_transport_options": {
            "visibility_timeout": VISIBILITY_SECONDS,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_connect_timeout": 1.0,
            "socket_timeout": 5.0,
            "socket_keepalive": True,
            # Lists are asked in turn, so that reconciling never waits behind a long feed.
            "queue_order_strategy": "round_robin",
        },
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "task_time_limit": _TASK_SECONDS,
        "task_default_queue": enrichment_queue(settings),
        "task_routes": {
            RECONCILE: {"queue": reconcile_queue(settings)},
            FOLLOW: {"queue": behaviour_queue(settings)},
            LEARN: {"queue": behaviour_queue(settings)},
        },
        "task_queues": {enrichment_queue(settings): {}, reconcile_queue(settings): {}, behaviour_queue(settings): {}},
        "worker_concurrency": settings.worker_concurrency,
        "worker_max_memory_per_child": settings.worker_max_memory_mb * 1024,
        "worker_hijack_root_logger": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "beat_schedule": {
            "reconcile": tick(RECONCILE, settings.reconcile_seconds, reconcile_queue(settings)),
            "follow": tick(FOLLOW, settings.follow_seconds, behaviour_queue(settings)),
            **_learning(settings),
        },
    }
    if settings.redis_url is not None and settings.redis_url.startswith("rediss"):
        configuration["broker_use_ssl"] = {
            "ssl_cert_reqs": ssl.CERT_REQUIRED,
            **settings.redis_trust(settings.redis_url),
        }
    return configuration


def _learning(settings: Settings) -> dict[str, Any]:
    if settings.learn_hours == 0:
        return {}
    return {"learn": tick(LEARN, round(settings.learn_hours * 3600), behaviour_queue(settings))}


def tick(task: str, seconds: int, queue: str) -> dict[str, Any]:
    """An entry of beat's schedule: this task every so many seconds."""
    # While no worker runs, ticks must not pile up.
    return {"task": task, "schedule": float(seconds), "options": {"expires": float(seconds), "queue": queue}}


@cache
def _from_environment() -> Celery:
    return build_celery(load_settings())


def __getattr__(name: str) -> Celery:
    # Built when Celery's command line asks for it: importing this module reads no settings.
    if name == "celery_app":
        return _from_environment()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
