"""A shopper's own taste in the order of real searches: at strength 1 their own first, at 0 as for anybody, forgotten: gone."""

import csv
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from redis import Redis

from indexer.behaviour.composition import open_log
from indexer.behaviour.forgetting import forget_shopper
from indexer.behaviour.profiles.composition import keep_profiles
from plugin_config.policy import BUILT_IN, RankingPolicy
from plugin_config.settings import Settings
from query_service.composition import SearchService, build_service
from query_service.messages import SearchRequest
from query_service.page import SearchPage
from query_service.training_data import read_training_set
from ranking.evaluation.judgments import Judgments, read_judgments
from ranking.lambdamart.building import Circumstances, learn_model, recipe_for
from ranking.lambdamart.store import DirectoryModelStore
from ranking.personalization.anonymous import with_anonymous_copies
from tests.integration.liking_shop import NOW, PRODUCTS, product, remember, sell

pytestmark = pytest.mark.opensearch
TEACHERS = 12


def strength(value: float) -> RankingPolicy:
    return BUILT_IN["reranked"].model_copy(update={"personalization": value})


@pytest.fixture
def shop(settings: Settings) -> Iterator[Settings]:
    sell(settings)
    remember(settings)
    keep_profiles(settings, anew=True, now=lambda: NOW)
    yield settings
    redis: Redis = Redis.from_url(str(settings.features_redis_url))
    for key in redis.scan_iter(match=f"{settings.index_prefix}:*"):
        redis.delete(key)
    redis.close()


@pytest.fixture
async def service(shop: Settings, tmp_path: Path) -> AsyncIterator[SearchService]:
    """With a model that has learned from judgments of shoppers who find their own brand good."""
    made = build_service(shop, now=lambda: datetime.fromtimestamp(NOW, UTC))
    path = tmp_path / "judgments.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["query", "user", "docid", "rating"])
        for words in ("mug", "fine mug", "mug number", "fine number", "number", "fine"):
            for shopper in range(TEACHERS):
                for number in range(PRODUCTS):
                    writer.writerow([words, f"s{shopper}", f"p{number}", int(number % 2 == shopper % 2)])
    judgments = read_judgments(path)
    try:
        await teach(made, shop, judgments)
        yield made
    finally:
        await made.close()


async def teach(service: SearchService, shop: Settings, judgments: Judgments) -> None:
    data = await read_training_set(service, "shop", judgments, policy=strength(1.0))
    features = (await service.catalogues.get("shop")).features
    both = with_anonymous_copies(data, features)
    model = learn_model(both, recipe_for(both, features), Circumstances("shop", "test", datetime.now(UTC)))
    store = DirectoryModelStore(shop.models_folder / "shop")
    store.save(model.manifest, dict(model.trees))
    store.use(model.manifest.id)


async def search(service: SearchService, **asked: object) -> SearchPage:
    return await service.search(
        "shop", SearchRequest.model_validate({"text": "mug", "facets": [], "size": 40, **asked})
    )


def brands(page: SearchPage) -> str:
    return "".join(str(product(int(hit.id[1:]))["brand"])[0] for hit in page.hits[:10])


def ids(page: SearchPage) -> list[str]:
    return [hit.id for hit in page.hits]


async def test_the_whole_of_personal_search(service: SearchService, shop: Settings) -> None:
    """One test for what shares a trained model: training it takes longer than all of these searches."""
    acme, bolt = [await search(service, user=user, policy=strength(1.0)) for user in ("s0", "s1")]
    assert brands(acme) == "A" * 10
    assert brands(bolt) == "B" * 10
    assert acme.personalized is not None
    assert (acme.personalized.strength, acme.personalized.events) == (1.0, 8)
    assert acme.degraded == bolt.degraded

    anybody = await search(service, policy=strength(1.0))
    assert ids(await search(service, user="s0", policy=strength(0.0))) == ids(anybody)
    assert ids(await search(service, user="stranger", policy=strength(1.0))) == ids(anybody)
    assert anybody.personalized is None
    assert (await search(service, user="s0", policy="reranked")).personalized is not None
    assert (await search(service, user="s0", policy="hybrid")).personalized is None

    scores = {}
    for value in (0.0, 0.25, 1.0):
        page = await search(service, user="s0", policy=strength(value), explain=True)
        scores[value] = {hit.id: hit.explanation.model_score for hit in page.hits if hit.explanation}
    mixed = {id: 0.25 * scores[1.0][id] + 0.75 * scores[0.0][id] for id in scores[0.0]}
    assert scores[0.25] == pytest.approx(mixed)

    page = await search(service, user="s0", policy=strength(0.5), explain=True)
    why = page.hits[0].explanation
    assert why is not None
    assert why.features["affinity_brand"] is not None
    assert any("your" in share.words or "you" in share.words for share in why.contributions)
    assert sum(share.contribution for share in why.contributions) + why.base_value == pytest.approx(
        why.model_score, abs=0.2
    )
    trace = service.traces.get(page.query_id)
    assert trace is not None
    assert trace.as_json()["personalized"]["strength"] == 0.5

    liked = await search(service, more_like=["p1", "p3", "p5"], not_like=["p0"], policy=strength(1.0))
    assert brands(liked).count("B") > brands(anybody).count("B")
    assert "p0" not in ids(liked)
    unknown = await search(service, more_like=["nothing"], policy=strength(1.0))
    assert any("no product 'nothing'" in note for note in unknown.notes)

    log = open_log(shop)
    forget_shopper(log, shop, "s0")
    log.close()
    gone = await search(service, user="s0", policy=strength(1.0))
    assert ids(gone) == ids(anybody)
    assert gone.personalized is None


async def test_personal_columns_are_absent_at_strength_nought(shop: Settings) -> None:
    service = build_service(shop, now=lambda: datetime.fromtimestamp(NOW, UTC))
    try:
        for value, known in ((0.0, False), (1.0, True)):
            request = SearchRequest(text="mug", user="s0", policy=strength(value))
            examined = await service.searching.examined("shop", request)
            assert examined.matrix is not None
            column = examined.matrix.select(["affinity_brand"]).values
            assert bool(np.isfinite(column).all()) is known
            assert bool(np.isnan(column).all()) is not known
    finally:
        await service.close()
