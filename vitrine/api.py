"""The one web application of a machine: search, writing and the storefront's pages, composed."""

import importlib.util

from fastapi import FastAPI

from plugin_config.settings import load_settings


def create_app() -> FastAPI:
    """The application for the settings of this process. uvicorn calls it: `uvicorn vitrine.api:create_app --factory`."""
    settings = load_settings()
    if importlib.util.find_spec("query_service.app") is not None:
        app: FastAPI = importlib.import_module("query_service.app").build_app(settings)
    else:
        app = FastAPI()
        app.get("/health")(lambda: {"status": "ok"})
    if importlib.util.find_spec("indexer.http") is not None:
        app.include_router(importlib.import_module("indexer.http").build_router(settings))
    if importlib.util.find_spec("studio.storefront") is not None:
        storefront = importlib.import_module("studio.storefront")
        if hasattr(storefront, "mount"):
            storefront.mount(app)
    return app
