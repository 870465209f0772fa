"""Health, readiness, metrics and traces: for those who run the service."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from mappings.errors import EngineError
from query_service.errors import TraceNotKept
from query_service.messages import Health
from query_service.problems import PROBLEMS
from query_service.routes.service_of import Service

router = APIRouter(tags=["operations"])


@router.get("/health", response_model=Health, summary="Is the process alive?")
async def health() -> Health:
    """Says ok as long as the process answers at all."""
    return Health(status="ok")


@router.get("/ready", response_model=Health, summary="Can it answer searches?", responses={503: {"model": Health}})
async def ready(service: Service, response: Response) -> Health:
    """Ready when OpenSearch answers and the encoders are loaded."""
    waiting_for = service.waiting_for
    if service.is_ready:
        try:
            await service.client.request("GET", "/", timeout_seconds=2)
        except EngineError as error:
            waiting_for = str(error)
    if not waiting_for:
        return Health(status="ok")
    response.status_code = 503
    return Health(status="waiting", detail=waiting_for)


@router.get("/metrics", response_class=Response, summary="Prometheus metrics")
async def metrics(request: Request) -> Response:
    """Latency by stage, degraded parts, requests and problems."""
    return Response(request.app.state.metrics.page(), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/searches/{query_id}", summary="What decided a search", responses={s: PROBLEMS[s] for s in (404, 422)})
async def trace(
    query_id: Annotated[str, Path(description="The query_id of an answer.", max_length=100)], service: Service
) -> dict[str, Any]:
    """Request, policy, weights, versions of index, encoders and model, and the hits shown. The last 500 are kept."""
    found = service.traces.get(query_id)
    if found is None:
        raise TraceNotKept(f"no search {query_id!r} is remembered; this process keeps the last 500")
    return found.as_json()
