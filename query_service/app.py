"""The read path as a FastAPI app."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from fastapi import FastAPI

from plugin_config.settings import Settings
from query_service.api_pages import install_docs
from query_service.composition import SearchService, build_service, utc_now
from query_service.envelope import Envelope
from query_service.metrics import Metrics
from query_service.problems import install_problems
from query_service.routes import catalogues, operations, pictures, products, recommendations, search, speech

DESCRIPTION = """Search, suggestions, products and pictures of the catalogues that Vitrine keeps in OpenSearch.

Errors are problem documents (RFC 9457): `type` names the kind, `detail` says what happened and what to do next.
Parts of a search that fail are named in `degraded`; the remaining parts answer."""
RETRY_SECONDS = 2.0
NEW_CATALOGUES_SECONDS = 5.0
WARM_UP_SECONDS = 10.0


def build_app(settings: Settings, *, now: Callable[[], datetime] = utc_now, owns_process: bool = False) -> FastAPI:
    """The app; its service is made here and starts with it. Other routers may be included into it.

    `app.state.service` is the SearchService, `now` its clock. `owns_process`: nothing else lives in this process, so it
    answers once it is warm (or after WARM_UP_SECONDS). Raises EngineUnavailable when no OpenSearch address is set.
    """
    service = build_service(settings, now=now)
    metrics = Metrics()
    service.served.tell = metrics.served

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        ready = asyncio.Event()
        starting = asyncio.create_task(_start(service, ready, warmly=owns_process))
        try:
            if owns_process:
                await _warmed_up(ready)
            yield
        finally:
            starting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await starting
            await service.close()

    app = FastAPI(
        title="Vitrine", version="1", description=DESCRIPTION, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    app.state.service = service
    app.state.metrics = metrics
    app.state.settings = settings
    install_problems(app)
    install_docs(app)
    for module in (search, speech, catalogues, products, pictures, recommendations, operations):
        app.include_router(module.router)
    app.add_middleware(Envelope, metrics=metrics, max_body_bytes=settings.api_max_body_mb * 1_000_000)
    return app


async def _start(service: SearchService, ready: asyncio.Event, *, warmly: bool) -> None:
    """Start, try again while OpenSearch is not there, and load the encoders of catalogues that come later. Sets `ready`
    after the first attempt, however it went: who waits for OpenSearch is told so by an answer.
    """
    while True:
        await service.start(warmly=warmly)
        ready.set()
        await asyncio.sleep(NEW_CATALOGUES_SECONDS if service.is_ready else RETRY_SECONDS)


async def _warmed_up(ready: asyncio.Event) -> None:
    """Wait for it, not for ever, and keep the garbage collector from what is there for good: its rounds are short then."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(ready.wait(), WARM_UP_SECONDS)
    gc.collect()
    gc.freeze()
