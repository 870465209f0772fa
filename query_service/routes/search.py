"""Searching a catalogue, by JSON, by address and by upload."""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from query_service.composition import SearchService
from query_service.filter_text import parse_filters
from query_service.messages import SearchRequest, SearchResponse
from query_service.page import SearchPage
from query_service.problems import PROBLEMS
from query_service.routes.service_of import CatalogueName, Service

router = APIRouter(tags=["search"], responses=PROBLEMS)

Size = Annotated[int, Query(ge=1, le=200, description="Hits on a page.")]
From = Annotated[int, Query(alias="from", ge=0, le=10_000, description="Hits before this page.")]
FilterTexts = Annotated[
    list[str] | None, Query(description="field=value or field=10..50; may be given several times.", max_length=50)
]
_EXAMPLES = {
    "words": {"summary": "Words", "value": {"text": "wireless headphones"}},
    "filters": {
        "summary": "Words and filters",
        "value": {"text": "laptop", "filters": {"supplier": ["HP", "Dell"], "price": {"lte": 50000}}},
    },
    "picture": {
        "summary": "A picture and words",
        "value": {"text": "blue", "images": [{"uri": "https://example.com/shoe.jpg"}]},
    },
    "voice and video": {
        "summary": "Said and filmed",
        "value": {
            "audio": {"uri": "https://example.com/asked.webm"},
            "video": {"uri": "https://example.com/chair.mp4", "frames": "best"},
        },
    },
}


@router.post(
    "/catalogues/{name}/search",
    response_model=SearchResponse,
    summary="Search by words, pictures, voice and video",
    openapi_extra={"requestBody": {"content": {"application/json": {"examples": _EXAMPLES}}}},
)
async def search(name: CatalogueName, body: SearchRequest, service: Service, request: Request) -> Response:
    """Words, pictures, a recording, a video, together or none: without any, popular products come first."""
    return _answer(request, service, await service.search(name, body))


@router.get("/catalogues/{name}/search", response_model=SearchResponse, summary="Search by an address")
async def search_by_address(
    name: CatalogueName,
    service: Service,
    request: Request,
    q: Annotated[str | None, Query(description="The shopper's words.", examples=["wireless headphones"])] = None,
    filter: FilterTexts = None,
    sort: Annotated[str | None, Query(description="A field, `-` before it for descending.", max_length=200)] = None,
    size: Size = 24,
    from_: From = 0,
    policy: Annotated[str | None, Query(description="Name of a policy.", max_length=80)] = None,
    user: Annotated[str | None, Query(max_length=200, description="The shopper's anonymous id.")] = None,
    explain: Annotated[bool, Query(description="Say why each hit stands where it stands.")] = False,
) -> Response:
    """The same search for links and curl; pictures and weights need POST."""
    asked = SearchRequest(
        text=q,
        filters=parse_filters(filter or []),
        sort=sort,
        size=size,
        from_=from_,
        policy=policy,
        user=user,
        explain=explain,
    )
    return _answer(request, service, await service.search(name, asked))


@router.post("/catalogues/{name}/search/picture", response_model=SearchResponse, summary="Search by uploaded pictures")
async def search_by_upload(
    name: CatalogueName,
    service: Service,
    request: Request,
    picture: Annotated[list[UploadFile], File(description="One to eight pictures: JPEG, PNG, WebP or GIF.")],
    text: Annotated[str | None, Form(description="The shopper's words.")] = None,
    filter: Annotated[list[str] | None, Form(description="field=value or field=10..50.")] = None,
    size: Annotated[int, Form(ge=1, le=200)] = 24,
    policy: Annotated[str | None, Form(max_length=80)] = None,
) -> Response:
    """For `curl -F picture=@shoe.jpg`."""
    asked = _checked(
        {
            "text": text,
            "images": [{"uri": await _data_uri(each)} for each in picture],
            "filters": parse_filters(filter or []),
            "size": size,
            "policy": policy,
        }
    )
    return _answer(request, service, await service.search(name, asked))


def _checked(asked: dict[str, Any]) -> SearchRequest:
    """The request that a form makes. Raises RequestValidationError for what is wrong in it, as a body of JSON would."""
    try:
        return SearchRequest.model_validate(asked)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_input=False, include_url=False)) from error


async def _data_uri(upload: UploadFile) -> str:
    data = await upload.read()
    return f"data:image/*;base64,{base64.b64encode(data).decode()}"


def _answer(request: Request, service: SearchService, page: SearchPage) -> Response:
    request.app.state.metrics.search(page.took_ms, page.degraded)
    asked = None if page.seen is None else page.seen.question.request
    if asked is not None and not (asked.explain or asked.debug):  # those look at the service, they do not shop
        service.served.offer(page)
    return Response(page.to_json(), media_type="application/json")
