"""The tasks of the workers: thin, each parses its message and calls one function."""

import logging

from celery import Celery, Task

from indexer.behaviour.schooling import LONGEST_SECONDS, learn_all
from indexer.behaviour.upkeep import Upkeep
from indexer.composition import Workshop
from indexer.queueing import ENRICH, FOLLOW, LEARN, RECONCILE, CeleryQueue
from plugin_config.errors import VitrineError
from plugin_config.settings import Settings

_log = logging.getLogger(__name__)


def register_tasks(app: Celery, settings: Settings) -> None:
    """Give the application its tasks. Connections and encoders are made on first use, in the process that works."""
    workshop, upkeep = Workshop(settings, CeleryQueue(app, settings)), Upkeep(settings)

    def enrich(self: Task, catalogue: str, ids: list[str]) -> None:
        redelivered = bool((self.request.delivery_info or {}).get("redelivered"))
        try:
            workshop.enrich(catalogue, ids, redelivered=redelivered)
        except VitrineError as error:
            # Not tried again from here: the products are pending in the index, and the reconciler brings them back.
            _log.error("%s: %d products were not enriched: %s", catalogue, len(ids), error)

    def reconcile() -> None:
        try:
            workshop.reconciler().reconcile()
        except VitrineError as error:
            _log.error("reconciling failed: %s", error)

    def follow() -> None:
        try:
            upkeep.follow()
        except VitrineError as error:
            _log.error("following what shoppers did failed: %s", error)

    def learn() -> None:
        try:
            learn_all(settings)
        except VitrineError as error:
            _log.error("learning from shoppers failed: %s", error)

    # shared=False: another application in this process keeps its own tasks and settings.
    app.task(name=ENRICH, bind=True, shared=False)(enrich)
    app.task(name=RECONCILE, shared=False)(reconcile)
    app.task(name=FOLLOW, shared=False)(follow)
    # Acknowledged first: a training outlasts the time after which a task is taken for lost and given to another worker.
    app.task(name=LEARN, shared=False, acks_late=False, time_limit=LONGEST_SECONDS)(learn)
