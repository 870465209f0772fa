"""The write path over HTTP: products one by one or in bulk, and catalogues. Errors are raised as VitrineErrors; the
application that includes this router answers them with problem documents."""

import tempfile
from typing import Annotated, Any, BinaryIO, cast

from fastapi import APIRouter, Body, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import AfterValidator

from indexer.http_messages import (
    BulkResponse,
    CatalogueResponse,
    WriteResponse,
    bulk_response,
    catalogue_response,
)
from indexer.http_writing import HttpWriting
from plugin_config.catalogue import Catalogue
from plugin_config.product_address import IdInPath
from plugin_config.settings import Settings
from plugin_config.whole_text import require_whole

_SPOOLED_BYTES = 1_000_000

CatalogueName = Annotated[str, Path(description="Name of the catalogue.", pattern=r"^[a-z][a-z0-9_\-]{0,39}$")]
ProductId = Annotated[IdInPath, Path(description="The product's id, percent-encoded.", max_length=1600)]
Refresh = Annotated[bool, Query(description="Answer only when the change is findable (up to a second later).")]
Product = Annotated[
    dict[str, Any],
    Body(description="The product as a feed line would say it; its id may be left out."),
    AfterValidator(require_whole),
]
Fields = Annotated[
    dict[str, Any], Body(description="The fields that change; null takes a field away."), AfterValidator(require_whole)
]


def build_router(settings: Settings) -> APIRouter:
    """The routes. Nothing is connected before the first request."""
    writing = HttpWriting(settings)
    router = APIRouter()
    _add_products(router, writing)
    _add_catalogues(router, writing)
    return router


def _add_products(router: APIRouter, writing: HttpWriting) -> None:
    @router.put("/catalogues/{name}/products/{id}", tags=["writing"], summary="Write a whole product")
    def put_product(name: CatalogueName, id: ProductId, product: Product, refresh: Refresh = False) -> WriteResponse:
        """Replaces all that was known of it. Vectors are kept while text and pictures are the same."""
        return writing.put(name, id, product, refresh=refresh)

    @router.patch("/catalogues/{name}/products/{id}", tags=["writing"], summary="Change some fields of a product")
    def patch_product(name: CatalogueName, id: ProductId, fields: Fields, refresh: Refresh = False) -> WriteResponse:
        """As RFC 7396: named fields are replaced, null removes, the rest stays. Price and stock never cost an encoding."""
        return writing.patch(name, id, fields, refresh=refresh)

    @router.delete("/catalogues/{name}/products/{id}", tags=["writing"], summary="Remove a product")
    def delete_product(name: CatalogueName, id: ProductId, refresh: Refresh = False) -> WriteResponse:
        return writing.delete(name, id, refresh=refresh)

    @router.post(
        "/catalogues/{name}/bulk",
        tags=["writing"],
        summary="Write many products",
        openapi_extra={
            "requestBody": {"required": True, "content": {"application/x-ndjson": {"schema": {"type": "string"}}}}
        },
    )
    async def bulk(
        name: CatalogueName,
        request: Request,
        partial: Annotated[bool, Query(description="Lines hold only what changes.")] = False,
    ) -> BulkResponse:
        """One product a line, as JSON. A line with the catalogue's delete marker removes its product. Lines that cannot
        be taken are named in the answer, and the rest is written."""
        with tempfile.SpooledTemporaryFile(max_size=_SPOOLED_BYTES) as spool:
            async for piece in request.stream():
                await run_in_threadpool(spool.write, piece)
            spool.seek(0)
            report, rejects = await run_in_threadpool(writing.bulk, name, cast(BinaryIO, spool), is_partial=partial)
        return bulk_response(report, rejects)


def _add_catalogues(router: APIRouter, writing: HttpWriting) -> None:
    @router.put("/catalogues/{name}", tags=["catalogues"], summary="Create or change a catalogue")
    def put_catalogue(name: CatalogueName, catalogue: Catalogue) -> CatalogueResponse:
        """The same keys as in the YAML file. What a live index cannot take is refused with the next step."""
        return catalogue_response(writing.put_catalogue(name, catalogue))
