"""The tasks of the workers: thin, each parses its message and calls one function."""

from celery import Celery, Task

from indexer.composition import Workshop
from indexer.queueing import ENRICH, RECONCILE, CeleryQueue
from plugin_config.settings import Settings


def register_tasks(app: Celery, settings: Settings) -> None:
    """Give the application its tasks. Connections and encoders are made on first use, in the process that works."""
    workshop = Workshop(settings, CeleryQueue(app, settings))

    def enrich(self: Task, catalogue: str, ids: list[str]) -> None:
        redelivered = bool((self.request.delivery_info or {}).get("redelivered"))
        workshop.enrich(catalogue, ids, redelivered=redelivered)

    def reconcile() -> None:
        workshop.reconciler().reconcile()

    app.task(name=ENRICH, bind=True)(enrich)
    app.task(name=RECONCILE)(reconcile)
