"""Words and a picture together: a product that has no picture stands or falls by its words. Against a real OpenSearch."""

import colorsys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from plugin_config.settings import Settings, load_settings
from query_service.composition import SearchService, build_service
from query_service.messages import SearchResponse
from tests import small_shop
from tests.small_shop import ids, square

pytestmark = [pytest.mark.opensearch, pytest.mark.asyncio(loop_scope="module")]
PREFIX = "tnopics"


def cushion(number: int) -> dict[str, Any]:
    red, green, blue = colorsys.hsv_to_rgb(number / 36, 0.85, 0.8)
    picture = square(f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}", 60 + number)
    return {
        "sku": f"c{number}",
        "title": f"Cushion {number}",
        "brand": "Heim",
        "category": "Cushions",
        "picture": picture,
    }


WITHOUT = {"sku": "bare", "title": "Velvet cushion lilac", "brand": "Heim", "category": "Cushions"}
OTHER = {"sku": "other", "title": "Velvet ribbon", "brand": "Heim", "category": "Ribbons"}


@pytest.fixture(scope="module")
def shop(opensearch_url: str, redis_url: str) -> Iterator[Settings]:
    settings = load_settings(opensearch_url=opensearch_url, redis_url=redis_url, index_prefix=PREFIX)
    with small_shop.standing(settings, further=[*map(cushion, range(36)), WITHOUT, OTHER]) as filled:
        yield filled


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(shop: Settings) -> AsyncIterator[SearchService]:
    made = build_service(shop)
    yield made
    await made.close()


async def ask(service: SearchService, **asked: Any) -> SearchResponse:
    request = {"images": [{"uri": square("red", 90)}], "group": False, "size": 10, **asked}
    return await small_shop.ask(service, **request)


@pytest.mark.parametrize("policy", ["hybrid", "keyword"])
async def test_a_product_without_a_picture_and_with_perfect_words_stays_on_the_first_page(
    service: SearchService, policy: str
) -> None:
    assert "bare" in ids(await ask(service, text="velvet cushion lilac", policy=policy))


async def test_its_picture_part_stays_without_a_score(service: SearchService) -> None:
    answer = await ask(service, text="velvet cushion lilac", explain=True)
    why = next(hit for hit in answer.hits if hit.id == "bare").explanation
    assert why is not None
    assert "picture_vector" not in why.sub_queries
    assert why.features["score_picture_vector"] is None
    assert "picture_vector" not in why.shares
    assert any("its words alone" in sentence for sentence in why.summary)


async def test_a_picture_alone_brings_no_product_without_one(service: SearchService) -> None:
    assert {"bare", "other"}.isdisjoint(ids(await ask(service, size=50)))


async def test_among_products_without_a_picture_the_words_decide(service: SearchService) -> None:
    found = ids(await ask(service, text="cushion velvet", size=50))
    assert found.index("bare") < found.index("other")


async def test_filters_hold_for_it_too(service: SearchService) -> None:
    answer = await ask(service, text="velvet cushion lilac", filters={"category": "Ribbons"}, size=50)
    assert ids(answer) == ["other"]


async def test_shares_of_words_and_picture_are_told_and_sum_to_one(service: SearchService) -> None:
    answer = await ask(service, text="cushion 3", explain=True)
    assert answer.hits
    for hit in answer.hits:
        assert hit.explanation is not None
        assert sum(hit.explanation.shares.values()) == pytest.approx(1, abs=1e-3)
    first = answer.hits[0].explanation
    assert first is not None
    assert {"keyword", "picture_vector"} <= set(first.shares)
    assert any("% from its picture" in sentence for sentence in first.summary)


async def test_a_policy_may_make_one_vector_of_words_and_picture(service: SearchService) -> None:
    weights = {"keyword": 0.8, "text_vector": 0.2, "picture_vector": 0.5}
    policy = {"name": "meaning", "weights": weights, "combination": "mean"}
    answer = await ask(service, text="green", policy=policy, explain=True, debug=True)
    assert answer.debug is not None
    assert "hybrid" not in answer.debug["search"]["query"]
    assert {part for hit in answer.hits if hit.explanation for part in hit.explanation.sub_queries} == {
        "picture_vector"
    }
    plain = await ask(service)
    assert ids(answer) != ids(plain)
    assert not any("side by side" in note for note in answer.operator_notes)


async def test_a_policy_may_join_the_vectors_of_words_and_picture_end_to_end(service: SearchService) -> None:
    weights = {"keyword": 0.6, "text_vector": 0.2, "picture_vector": 0.4}
    policy = {"name": "joined", "weights": weights, "combination": "concatenated"}
    answer = await ask(service, text="cushion 3", policy=policy, explain=True, debug=True, size=50)
    assert answer.debug is not None
    share = answer.debug["weights"]
    assert share == pytest.approx({"text_vector": 2 / 3, "picture_vector": 1 / 3})
    seen = set()
    for hit in answer.hits:
        assert hit.explanation is not None
        parts = hit.explanation.sub_queries
        seen |= set(parts)
        assert hit.score == pytest.approx(sum(share[part] * score for part, score in parts.items()), rel=1e-5)
    assert seen == {"text_vector", "picture_vector"}
    assert [hit.score for hit in answer.hits] == sorted((hit.score for hit in answer.hits), reverse=True)
    bare = [hit for hit in answer.hits if hit.explanation and "picture_vector" not in hit.explanation.sub_queries]
    assert bare, "what has no picture is found by what it means"
    assert not any("side by side" in note for note in answer.operator_notes)

    plain = {**policy, "combination": "weighted", "weights": {"text_vector": 1}}
    alone = await ask(service, text="cushion 3", policy=plain, explain=True, size=50)
    of = {hit.id: hit.explanation.sub_queries for hit in alone.hits if hit.explanation}
    for hit in answer.hits:
        if hit.id in of and hit.explanation and "text_vector" in hit.explanation.sub_queries:
            assert hit.explanation.sub_queries["text_vector"] == pytest.approx(of[hit.id]["text_vector"], rel=1e-4)
