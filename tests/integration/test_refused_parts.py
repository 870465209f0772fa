"""What is left of a search when the engine refuses a part of it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from plugin_config.settings import Settings
from query_service.composition import SearchService, build_service
from query_service.messages import SearchRequest
from tests import small_shop

pytestmark = [pytest.mark.opensearch, pytest.mark.asyncio]


@pytest_asyncio.fixture
async def service(settings: Settings) -> AsyncIterator[SearchService]:
    small_shop.fill(settings)
    made = build_service(settings)
    await made.start()
    yield made
    await made.close()


async def test_a_feature_that_the_engine_refuses_leaves_the_search_and_is_named(service: SearchService) -> None:
    served = await service.catalogues.get(small_shop.NAME)
    broken = replace(served.plan.engine, words={"bm25_title": lambda words: {"no_such_query": {"words": words}}})
    service.catalogues.remember(replace(served, plan=replace(served.plan, engine=broken)))
    page = await service.search(small_shop.NAME, SearchRequest(text="wireless headphones", explain=True))
    assert page.hits[0].id == "h1"
    assert "features" in page.degraded
    assert "text_vector" not in page.degraded
