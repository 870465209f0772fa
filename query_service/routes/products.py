"""Single products, their pictures, products like them, and suggestions."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response

from query_service.messages import ProductResponse, SearchResponse, SuggestResponse
from query_service.picture_serving import LARGEST_SIDE, MEDIA_TYPE
from query_service.problems import PROBLEMS
from query_service.routes.service_of import CatalogueName, ProductId, Service

router = APIRouter(tags=["products"], responses=PROBLEMS)
_PICTURE_KEPT = "public, max-age=3600"


@router.get("/catalogues/{name}/suggest", response_model=SuggestResponse, summary="Suggestions while typing")
async def suggest(
    name: CatalogueName,
    service: Service,
    q: Annotated[str, Query(description="The letters typed so far.", examples=["wirel"])] = "",
    size: Annotated[int, Query(ge=1, le=20, description="At most so many texts, and so many products.")] = 8,
) -> Response:
    """Completions that forgive a wrong letter, categories and brands with counts, and products."""
    found = await service.lookup.suggest(name, q, size)
    return Response(found.model_dump_json(), media_type="application/json")


@router.get("/catalogues/{name}/products/{id}", response_model=ProductResponse, summary="One product")
async def product(name: CatalogueName, id: ProductId, service: Service) -> Response:
    """The product as it was indexed."""
    return Response((await service.lookup.product(name, id)).to_json(), media_type="application/json")


@router.get("/catalogues/{name}/products/{id}/similar", response_model=SearchResponse, summary="Products like this one")
async def similar(
    name: CatalogueName,
    id: ProductId,
    service: Service,
    size: Annotated[int, Query(ge=1, le=50, description="At most so many products.")] = 12,
) -> Response:
    """By text and picture vectors; by the words of the title while the product has none."""
    return Response((await service.recommending.similar(name, id, size)).to_json(), media_type="application/json")


@router.get(
    "/catalogues/{name}/products/{id}/pictures/{number}",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}, "description": "The picture."}, 304: {"description": "Unchanged."}},
    summary="A picture of a product",
)
async def picture(
    name: CatalogueName,
    id: ProductId,
    number: Annotated[int, Path(ge=0, le=1000, description="Counted from 0.")],
    service: Service,
    request: Request,
    size: Annotated[int, Query(ge=16, le=LARGEST_SIDE, description="Longer side in pixels, at most.")] = 320,
    if_none_match: Annotated[str | None, Header(description="The ETag of the picture that is there.")] = None,
) -> Response:
    """Drawn anew as WebP in the size asked for."""
    found = await service.pictures.picture(name, id, number, size)
    headers = {"ETag": found.etag, "Cache-Control": _PICTURE_KEPT}
    if if_none_match is not None and found.etag in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(b"" if request.method == "HEAD" else found.data, media_type=MEDIA_TYPE, headers=headers)
