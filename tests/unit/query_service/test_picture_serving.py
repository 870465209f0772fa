"""Thumbnails that are kept are served without asking OpenSearch for each of them."""

import base64
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from PIL import Image

from plugin_config.settings import load_settings
from query_service.catalogues import CatalogueLookup
from query_service.errors import ProductNotFound
from query_service.lookup import Lookup, ProductRecord
from query_service.picture_serving import REFERENCE_KEPT_SECONDS, PictureServing


def picture(colour: str) -> str:
    buffer = BytesIO()
    Image.new("RGB", (24, 16), colour).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


class Shop:
    """One product whose picture may change or go; counts how often it is looked up."""

    def __init__(self) -> None:
        self.picture: str | None = picture("red")
        self.asked = 0

    async def product(self, name: str, product_id: str) -> ProductRecord:
        self.asked += 1
        if self.picture is None:
            raise ProductNotFound(f"the catalogue {name!r} has no product {product_id!r}")
        return ProductRecord(product_id, "{}", (self.picture,), "done")

    async def get(self, _name: str) -> SimpleNamespace:
        return SimpleNamespace(stored=SimpleNamespace(picture_roots=()))


async def test_a_thumbnail_that_is_kept_is_not_looked_up_again_for_a_while(tmp_path: Path) -> None:
    shop, now = Shop(), [100.0]
    settings = load_settings(state_dir=tmp_path)
    serving = PictureServing(cast(Lookup, shop), cast(CatalogueLookup, shop), settings, clock=lambda: now[0])
    first = await serving.picture("shop", "a", 0, 16)
    assert (await serving.picture("shop", "a", 0, 16)) is first
    assert shop.asked == 1
    shop.picture = picture("blue")
    now[0] += REFERENCE_KEPT_SECONDS
    assert (await serving.picture("shop", "a", 0, 16)).etag != first.etag
    shop.picture = None
    now[0] += REFERENCE_KEPT_SECONDS
    with pytest.raises(ProductNotFound):
        await serving.picture("shop", "a", 0, 16)
    serving.close()
