"""The one web application of a machine: searching, writing and the storefront's pages, composed."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from fastapi import FastAPI

from indexer.behaviour.http import build_events_router
from indexer.behaviour.models_http import build_models_router
from indexer.http import build_router
from plugin_config.settings import Settings, load_settings
from query_service.app import build_app
from query_service.composition import utc_now
from query_service.problems import PROBLEMS, declared_problem
from studio import storefront
from vitrine.commands._parity import parity_of
from vitrine.jobs.http import build_jobs_router
from vitrine.worker import call_worker

_CONFLICT: Final = declared_problem("The model is damaged, or none served before; the detail says which.")
_FLOOD: Final = {
    **declared_problem("More events than one address may send in a minute."),
    "headers": {"Retry-After": {"description": "Seconds until they will be taken.", "schema": {"type": "integer"}}},
}


def create_app() -> FastAPI:
    """The application for the settings of this process; `uvicorn vitrine.api:create_app --factory` calls it.

    Raises ConfigurationError, or EngineUnavailable when no OpenSearch is named.
    """
    return build_api(load_settings(), owns_process=True)


def build_api(settings: Settings, *, now: Callable[[], datetime] = utc_now, owns_process: bool = False) -> FastAPI:
    """The application for these settings; `now`, `owns_process`: see build_app. Raises EngineUnavailable when no OpenSearch
    is named.
    """
    app = build_app(settings, now=now, owns_process=owns_process)
    app.include_router(build_router(settings), responses=PROBLEMS)
    metrics = app.state.metrics
    events = build_events_router(settings, on_received=lambda found: metrics.events(found.outcomes(), found.rejected))
    app.include_router(events, responses={**PROBLEMS, 429: _FLOOD})
    models = build_models_router(settings, parity=lambda school: parity_of(settings, school))
    app.include_router(models, responses={**PROBLEMS, 409: _CONFLICT})
    app.include_router(build_jobs_router(settings, call=call_worker), responses={s: PROBLEMS[s] for s in (404, 422)})
    storefront.mount(app)
    return app
