"""Which variant stands for its group: the model's choice where one orders, and pages that fit together all the same."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import numpy as np
import pytest
import pytest_asyncio

from plugin_config.policy import BUILT_IN, Reranking
from plugin_config.settings import Settings, load_settings
from query_service.composition import SearchService, build_service
from query_service.ordering import WORDS_ONLY, Ordering
from query_service.service import Search
from ranking.features.feature import FeatureMatrix
from tests import small_shop
from tests.small_shop import ask, ids

pytestmark = [pytest.mark.opensearch, pytest.mark.asyncio(loop_scope="module")]


class LikesUnpopular:
    """A model that puts what sells least first: the blue cardigan before the red one."""

    model_id = "m-unpopular"
    features = ("popularity",)
    blend = 1.0
    knows_pictures = False

    def score(self, matrix: FeatureMatrix) -> np.ndarray:
        return -np.nan_to_num(matrix.select(self.features).values[:, 0].astype(np.float64), nan=1e9)

    def contributions(self, matrix: FeatureMatrix) -> np.ndarray:
        return np.stack([self.score(matrix), np.zeros(len(matrix.values))], axis=1)


class OneModel:
    """A source of that model alone."""

    def kept(self, _reference: str) -> LikesUnpopular:
        return LikesUnpopular()


@pytest.fixture(scope="module")
def shop(opensearch_url: str, redis_url: str) -> Iterator[Settings]:
    settings = load_settings(opensearch_url=opensearch_url, redis_url=redis_url, index_prefix="tvariants")
    with small_shop.standing(settings) as filled:
        yield filled


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(shop: Settings) -> AsyncIterator[SearchService]:
    made = build_service(shop)
    ordering = Ordering(made.features, lambda _catalogue: OneModel())  # type: ignore[arg-type,return-value]
    made.searching = Search(replace(made.searching._parts, ordering=ordering))
    yield made
    await made.close()


async def test_the_model_chooses_which_variant_is_shown(service: SearchService) -> None:
    plain = await ask(service, text="wool cardigan", policy="hybrid")
    chosen = await ask(service, text="wool cardigan", policy="reranked")
    assert "w2" in ids(chosen)
    assert "w1" not in ids(chosen)
    assert {hit.variants for hit in chosen.hits if hit.id == "w2"} == {2}
    assert sum(id in ("w1", "w2") for id in ids(plain)) == 1
    assert chosen.total == plain.total


async def test_every_variant_is_shown_to_who_asks_for_all(service: SearchService) -> None:
    answer = await ask(service, text="wool cardigan", policy="reranked", group=False)
    assert {"w1", "w2"} <= set(ids(answer))
    assert ids(answer).index("w2") < ids(answer).index("w1")


async def test_a_model_that_learned_from_words_has_no_say_in_a_search_by_picture(
    service: SearchService, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"images": [{"uri": small_shop.square("red", 90)}], "policy": "reranked", "explain": True}
    answer = await ask(service, **asked)
    assert ids(answer)[0] == "w1"
    assert WORDS_ONLY in answer.operator_notes
    assert "model" not in answer.degraded
    monkeypatch.setattr(LikesUnpopular, "knows_pictures", True)
    assert ids(await ask(service, **asked))[0] != "w1"


@pytest.mark.parametrize("depth", [1, 2, 3, 100])
async def test_pages_fit_together_wherever_the_reordered_stretch_ends(service: SearchService, depth: int) -> None:
    policy = BUILT_IN["reranked"].model_copy(update={"reranking": Reranking(model="current", depth=depth)})
    asked = {"text": "wool cardigan pullover kettle headphones", "policy": policy.model_dump(mode="json")}
    whole = await ask(service, **asked, size=20)
    shown = ids(whole)
    assert len(shown) == whole.total > 4
    assert len(set(shown) & {"w1", "w2"}) == 1
    paged = [
        id for start in range(0, len(shown), 2) for id in ids(await ask(service, **asked, size=2, **{"from": start}))
    ]
    assert paged == shown
    scores = [hit.score for hit in whole.hits]
    assert scores == sorted(scores, reverse=True)


async def test_what_lies_below_the_reordered_stretch_keeps_its_order_on_every_page(service: SearchService) -> None:
    policy = BUILT_IN["reranked"].model_copy(update={"reranking": Reranking(model="current", depth=2)})
    asked = {
        "text": "wool cardigan pullover kettle headphones",
        "policy": policy.model_dump(mode="json"),
        "group": False,
        "explain": True,
    }
    whole = await ask(service, **asked, size=20)
    deep = await ask(service, **asked, size=20, **{"from": 2})
    assert len(whole.hits) > 4
    assert ids(deep) == ids(whole)[2:]
    assert deep.model is None
    told = [hit.explanation for hit in deep.hits if hit.explanation is not None]
    assert [(one.fused_rank, one.final_rank) for one in told] == [(rank, rank) for rank in range(3, len(told) + 3)]
    assert [one.features["fused_rank_reciprocal"] for one in told[:2]] == [pytest.approx(1 / 3, abs=1e-6), 0.25]


async def test_a_page_below_the_spread_stretch_is_not_spread_by_itself(service: SearchService) -> None:
    policy = {
        **BUILT_IN["keyword"].model_dump(mode="json"), "diversity": {"field": "brand", "strength": 1.0, "depth": 3}
    }  # fmt: skip
    asked = {"text": "wool cardigan pullover kettle headphones", "policy": policy, "group": False}
    whole = ids(await ask(service, **asked, size=20))
    assert len(whole) > 4
    assert ids(await ask(service, **asked, size=20, **{"from": 3})) == whole[3:]


async def test_training_sees_every_variant(service: SearchService) -> None:
    from query_service.messages import SearchRequest

    examined = await service.searching.examined(small_shop.NAME, SearchRequest(text="wool cardigan", policy="reranked"))
    assert {"w1", "w2"} <= set(examined.candidates.ids)
    assert examined.matrix is not None
    assert examined.matrix.values.shape[0] == len(examined.candidates.ids)


async def test_similar_products_leave_the_product_itself_out(service: SearchService) -> None:
    page = await service.lookup.similar(small_shop.NAME, "h1", 5)
    found = [hit.id for hit in page.hits]
    assert "h1" not in found
    assert found[0] in ("h2", "h3")


async def test_variants_of_a_product_are_no_similar_products(service: SearchService) -> None:
    found = [hit.id for hit in (await service.lookup.similar(small_shop.NAME, "w1", 5)).hits]
    assert "w3" in found
    assert not {"w1", "w2"} & set(found)


async def test_similar_works_by_title_for_a_product_without_vectors(service: SearchService) -> None:
    page = await service.lookup.similar(small_shop.NAME, "g1", 5)
    assert page.notes
