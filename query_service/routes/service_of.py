"""How a route finds the service that its app was built with."""

from typing import Annotated

from fastapi import Depends, Path, Request

from plugin_config.product_address import IdInPath
from query_service.composition import SearchService


def _service(request: Request) -> SearchService:
    service: SearchService = request.app.state.service
    return service


Service = Annotated[SearchService, Depends(_service)]
CatalogueName = Annotated[str, Path(description="Name of the catalogue.", examples=["chorus"], max_length=80)]
ProductId = Annotated[
    IdInPath, Path(description="Id of the product, percent-encoded.", examples=["1234"], max_length=1600)
]
