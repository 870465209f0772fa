"""What else a shopper may want: from what others did, and from what this one did."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from query_service.errors import RecommendationIncomplete
from query_service.filter_text import parse_filters
from query_service.messages import SearchResponse
from query_service.problems import PROBLEMS
from query_service.recommending import Wanted
from query_service.routes.search import FilterTexts
from query_service.routes.service_of import CatalogueName, Service
from ranking.recommendations.kinds import Kind

router = APIRouter(tags=["recommendations"], responses=PROBLEMS)


@router.get(
    "/catalogues/{name}/recommendations/{kind}",
    response_model=SearchResponse,
    summary="Recommendations",
)
async def recommendations(
    name: CatalogueName,
    kind: Annotated[Kind, Path(description="What is recommended, and from what.")],
    service: Service,
    product: Annotated[
        str | None,
        Query(description="The product that others are bought or viewed with.", max_length=512, examples=["1234"]),
    ] = None,
    user: Annotated[
        str | None, Query(description="The shopper's anonymous id: for-you, recently-viewed.", max_length=200)
    ] = None,
    filter: FilterTexts = None,
    size: Annotated[int, Query(ge=1, le=50, description="At most so many products.")] = 8,
) -> Response:
    """What is bought or viewed together with a product, trends, suits a shopper, or was seen last.

    Where too little is known, `policy` names what is shown instead (`similar`, `trending`, `popular`) and `notes` say why.
    Variants of one product come once; what is sold out only under recently-viewed.
    """
    if kind.needs_product and not product:
        raise RecommendationIncomplete(f"product is missing: name the product that others are {kind.value} with")
    if kind.needs_user and not user:
        raise RecommendationIncomplete(f"user is missing: {kind.value} needs the shopper's anonymous id")
    wanted = Wanted(kind, product, user, parse_filters(filter or []), size)
    return Response((await service.recommending.recommend(name, wanted)).to_json(), media_type="application/json")
