"""What a picture says in a catalogue's words, and where it agrees with a product's picture."""

from typing import Annotated

from fastapi import APIRouter, Path

from query_service.pictures.messages import MatchRequest, MatchResponse, RecognizeRequest, RecognizeResponse
from query_service.problems import PROBLEMS
from query_service.routes.service_of import CatalogueName, ProductId, Service

router = APIRouter(tags=["pictures"], responses=PROBLEMS)


@router.post("/catalogues/{name}/recognize", response_model=RecognizeResponse, summary="A picture in words")
async def recognize(name: CatalogueName, body: RecognizeRequest, service: Service) -> RecognizeResponse:
    """The most probable category and attributes from the catalogue's own values: its nearest products vote, words help."""
    return await service.recognizing.recognize(name, body)


@router.post(
    "/catalogues/{name}/products/{id}/pictures/{number}/match",
    response_model=MatchResponse,
    summary="Where two pictures agree",
)
async def match(
    name: CatalogueName,
    id: ProductId,
    number: Annotated[int, Path(ge=0, le=1000, description="Counted from 0.")],
    body: MatchRequest,
    service: Service,
) -> MatchResponse:
    """Heat maps over the picture of a search and a product's picture: parts are hidden in turn, what it costs is the heat."""
    return await service.matching.match(name, id, number, body)


@router.post(
    "/catalogues/{name}/products/{id}/match",
    response_model=MatchResponse,
    summary="Which picture of a product agrees, and where",
)
async def best_match(name: CatalogueName, id: ProductId, body: MatchRequest, service: Service) -> MatchResponse:
    """The product's picture that is most like those of a search, with both heat maps."""
    return await service.matching.match(name, id, None, body)
