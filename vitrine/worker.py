"""The workers of a machine: enriching and following as indexer.app has them, and the jobs that operators ask for.

celery -A vitrine.worker:celery_app worker
celery -A vitrine.worker:celery_app beat
"""

import logging
from contextlib import closing
from functools import cache
from typing import Final

from celery import Celery
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from indexer.app import build_celery, tick
from indexer.behaviour.schooling import LONGEST_SECONDS
from indexer.broker import connect_redis
from indexer.queueing import behaviour_queue
from plugin_config.errors import VitrineError
from plugin_config.settings import Settings, load_settings
from vitrine.jobs.running import work_off

_log = logging.getLogger(__name__)
JOBS: Final = "vitrine.jobs"
LOOK_SECONDS: Final = 15  # for what no word was sent of, and what a worker left behind


def build_worker(settings: Settings) -> Celery:
    """The application for these settings; speaks to nobody yet. Raises ConfigurationError when no broker is known."""
    app = build_celery(settings)
    queue = behaviour_queue(settings)

    def jobs() -> None:
        try:
            work_off(settings)
        except VitrineError as error:
            _log.error("jobs wait: %s", error)

    # Acknowledged first, as learning is: the job's file says what is left when a worker dies.
    app.task(name=JOBS, shared=False, acks_late=False, time_limit=LONGEST_SECONDS)(jobs)
    app.conf.task_routes = {**app.conf.task_routes, JOBS: {"queue": queue}}
    app.conf.beat_schedule = {**app.conf.beat_schedule, "jobs": tick(JOBS, LOOK_SECONDS, queue)}
    return app


def call_worker(settings: Settings) -> None:
    """Tell the workers that a job waits; where nobody can be told, they look for themselves within seconds."""
    try:
        with closing(connect_redis(settings)) as probe:
            probe.ping()  # Celery's own way to a dead broker is long
        with build_worker(settings) as app:
            app.send_task(JOBS, queue=behaviour_queue(settings), retry=False, ignore_result=True)
    except (KombuError, RedisError, OSError) as error:
        _log.warning("no worker was told that a job waits: %s", error)


@cache
def _from_environment() -> Celery:
    return build_worker(load_settings())


def __getattr__(name: str) -> Celery:
    # Built when Celery's command line asks for it: importing this module reads no settings.
    if name == "celery_app":
        return _from_environment()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
