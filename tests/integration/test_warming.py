"""The first search after a start: what is slow the first time has been done by then."""

from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from plugin_config.settings import Settings
from query_service.composition import SearchService, build_service
from query_service.messages import SearchRequest
from ranking.features.declared import declared_features
from ranking.foreign.importing import Destination, bring_over
from ranking.foreign.ranklib_model import read_ranklib
from ranking.lambdamart.store import DirectoryModelStore
from tests import small_shop
from vitrine.api import build_api

pytestmark = [pytest.mark.opensearch]
TREE = (
    b'<ensemble><tree id="1" weight="1"><split><feature> 1 </feature><threshold> 20 </threshold>'
    b'<split pos="left"><output> 1 </output></split><split pos="right"><output> 0 </output></split></split></tree></ensemble>'
)


@pytest.fixture
def shop(settings: Settings) -> Settings:
    """Products and a model that serves."""
    catalogue = small_shop.fill(settings).catalogue
    store = DirectoryModelStore(settings.models_folder / small_shop.NAME)
    into = Destination(small_shop.NAME, declared_features(catalogue), datetime(2026, 11, 22, tzinfo=UTC))
    found = bring_over(read_ranklib(TREE), "0" * 64, ["price"], into)
    store.save(found.manifest, dict(found.trees))
    store.use(found.manifest.id)
    return settings


@pytest.mark.asyncio
async def test_after_a_warm_start_the_first_search_asks_for_no_more_than_the_second(shop: Settings) -> None:
    service = build_service(shop)
    await service.start(warmly=True)
    try:
        assert service.is_ready
        assert service.models(small_shop.NAME).kept("current") is not None
        first = await asked_of_opensearch(service, "wireless headphones")
        assert first == await asked_of_opensearch(service, "electric kettle")
    finally:
        await service.close()


def test_an_application_that_owns_its_process_answers_once_it_is_warm(shop: Settings) -> None:
    app = build_api(shop, owns_process=True)
    with TestClient(app) as api:
        service: SearchService = app.state.service
        assert service.is_ready
        assert len(service.warmed) == 1
        assert api.get("/ready").status_code == 200


async def asked_of_opensearch(service: SearchService, words: str) -> list[str]:
    """The addresses that one search asks, in their order."""
    asked: list[str] = []
    # A catalogue is looked up anew every two seconds: that one of two searches comes when they are over says nothing.
    service.catalogues.remember(await service.catalogues.get(small_shop.NAME))
    request = service.client.request

    async def noted(method: str, path: str, **options: object) -> object:
        asked.append(f"{method} {path}")
        return await request(method, path, **options)  # type: ignore[arg-type]

    service.client.request = noted  # type: ignore[method-assign,assignment]
    try:
        await service.search(small_shop.NAME, SearchRequest(text=words, policy="reranked"))
    finally:
        service.client.request = request  # type: ignore[method-assign]
    return asked
