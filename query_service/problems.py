"""Problem documents (RFC 9457) for everything that can go wrong over HTTP."""

import logging
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from plugin_config.errors import VitrineError
from query_service.answer_headers import complete_headers

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2


class Problem(BaseModel):
    """What went wrong, as RFC 9457 writes it."""

    type: str = Field("about:blank", description="urn:vitrine:problem:CODE, or about:blank for plain HTTP errors.")
    title: str = Field(description="The kind of problem in a few words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened, to what, and the next step.")
    instance: str | None = Field(None, description="The path that was asked.")
    request_id: str | None = Field(None, description="Find this id in the logs.")
    errors: list[dict[str, Any]] | None = Field(None, description="For wrong input: place and reason of each mistake.")


def declared_problem(text: str) -> dict[str, Any]:
    """What OpenAPI says of an answer that is a problem document."""
    return {"model": Problem, "description": text, "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}}


PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: declared_problem("The request cannot be read."),
    404: declared_problem("There is no such catalogue, product, picture or model."),
    413: declared_problem("The body is larger than allowed."),
    422: declared_problem("Something in the request does not fit; the detail says what."),
    502: declared_problem("OpenSearch refused the request."),
    503: declared_problem("A part that is needed is not there at the moment; try again."),
}


def install_problems(app: FastAPI) -> None:
    """Answer every error of this app with a problem document."""
    app.add_exception_handler(VitrineError, _vitrine)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def problem_response(
    request: Request,
    status: int,
    detail: str,
    *,
    code: str | None = None,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document as a response."""
    problem = Problem(
        type=f"urn:vitrine:problem:{code}" if code else "about:blank",
        title=code.replace("_", " ") if code else _phrase(status),
        status=status,
        detail=detail,
        instance=request.url.path,
        request_id=request.scope.get("request_id"),
        errors=errors,
    )
    return Response(
        orjson.dumps(problem.model_dump(exclude_none=True)), status, media_type=MEDIA_TYPE, headers=dict(headers or {})
    )


async def _vitrine(request: Request, error: Exception) -> Response:
    known = error if isinstance(error, VitrineError) else VitrineError(str(error))
    status = known.status
    if status >= 500:
        log.error("%s: %s", known.code, error)
    request.scope["problem_code"] = known.code
    headers = {"Retry-After": str(RETRY_SECONDS)} if status == 503 else {}
    return problem_response(request, status, str(error), code=known.code, headers=headers)


async def _invalid(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [{"at": ".".join(str(step) for step in e["loc"]), "reason": e["msg"]} for e in found]
    request.scope["problem_code"] = "invalid"
    is_unreadable = any(e["type"] == "json_invalid" for e in found)
    detail = "; ".join(f"{e['at']}: {e['reason']}" for e in errors[:5]) or "the request cannot be used"
    return problem_response(request, 400 if is_unreadable else 422, detail, code="invalid", errors=errors)


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    if status == 404 and detail == "Not Found":
        detail = f"there is nothing at {request.url.path}; /docs lists what there is"
    if status == 405:
        detail = f"{request.method} is not possible at {request.url.path}"
    return problem_response(request, status, detail or _phrase(status), headers=headers)


async def _unexpected(request: Request, error: Exception) -> Response:
    request.scope.setdefault("request_id", uuid.uuid4().hex)
    log.error(
        "unexpected %s at %s: %s", type(error).__name__, request.url.path, request.scope["request_id"], exc_info=error
    )
    request.scope["problem_code"] = "unexpected"
    answer = problem_response(
        request, 500, "something unexpected happened; the log has the details under this request_id", code="unexpected"
    )
    # This is answered outside of the envelope, which the error has passed through.
    complete_headers(answer.headers, request.scope["request_id"])
    return answer


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "error"
