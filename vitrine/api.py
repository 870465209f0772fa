"""The one web application of a machine: searching, writing and the storefront's pages, composed."""

import importlib
import importlib.util

from fastapi import FastAPI

from plugin_config.settings import load_settings
from query_service.app import build_app
from studio import storefront


def create_app() -> FastAPI:
    """The application for the settings of this process; `uvicorn vitrine.api:create_app --factory` calls it.

    Raises ConfigurationError, or EngineUnavailable when no OpenSearch is named.
    """
    settings = load_settings()
    app = build_app(settings)
    if importlib.util.find_spec("indexer.http") is not None:
        app.include_router(importlib.import_module("indexer.http").build_router(settings))
    storefront.mount(app)
    return app
