"""Vectors of a real index, kept small for counting, and what they lend to a new product."""

import time
from collections.abc import Iterator

import numpy as np
import pytest

from indexer.behaviour.composition import open_log
from indexer.behaviour.rows.composition import keep_rows
from indexer.behaviour.rows.vectors import DIMENSIONS, ProductVectors, narrowed
from indexer.feature_rows import connect_rows
from mappings.catalogue_store import StoredCatalogue
from mappings.client import Client, connect
from plugin_config.settings import Settings
from ranking.behaviour.event import Event
from ranking.features.declared import declared_features
from ranking.features.packed import row_key
from ranking.features.rows import ProductRowSchema
from tests import small_shop

pytestmark = pytest.mark.opensearch


@pytest.fixture
def shop(settings: Settings) -> StoredCatalogue:
    return small_shop.fill(settings)


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    made = connect(settings)
    yield made
    made.close()


def test_likeness_survives_and_products_without_a_vector_have_none(shop: StoredCatalogue, client: Client) -> None:
    ids = [*(raw["sku"] for raw in small_shop.PRODUCTS), "gone"]
    memory = ProductVectors()
    found = memory.of(client, shop, ids, now=0.0)
    assert found.shape == (len(ids), DIMENSIONS)
    absent = {id for id, row in zip(ids, found, strict=True) if np.isnan(row).any()}
    assert absent == {*small_shop.WITHOUT_VECTORS, "gone"}
    of = dict(zip(ids, found, strict=True))
    assert of["w1"] @ of["w2"] > 0.5 > of["w1"] @ of["h1"]
    assert np.array_equal(memory.of(client, shop, ids, now=60.0), found, equal_nan=True)


def test_fewer_numbers_keep_cosines() -> None:
    chance = np.random.default_rng(3)
    vectors = chance.standard_normal((200, 384)).astype(np.float32)
    vectors[100:] = vectors[:100] + 0.5 * vectors[100:]
    small = narrowed(vectors)

    def cosines(of: np.ndarray) -> np.ndarray:
        return np.asarray(
            (of[:100] * of[100:]).sum(1) / np.linalg.norm(of[:100], axis=1) / np.linalg.norm(of[100:], axis=1)
        )

    assert np.abs(cosines(small) - cosines(vectors)).max() < 0.15
    assert np.array_equal(narrowed(vectors), small)
    assert narrowed(vectors[:, :40]).shape == (200, 96)


def test_rows_of_a_real_shop_say_how_products_like_each_do(shop: StoredCatalogue, settings: Settings) -> None:
    now, log = time.time(), open_log(settings)
    seen = [
        Event(event_id=f"{action}{n}{id}", action=action, at=now - 60, product=id, query_id=f"q{n}", shopper=f"s{n}", position=1)
        for n in range(30)
        for id, clicked in (("w2", True), ("w3", True), ("h1", False), ("h2", False), ("n1", False))
        for action in ("impression", "click")[: 1 + clicked]
    ]  # fmt: skip
    log.append(small_shop.NAME, seen)
    log.close()
    keep_rows(settings, [small_shop.NAME], now=lambda: now)
    redis = connect_rows(settings)
    assert redis is not None
    keys = [row_key(settings.index_prefix, small_shop.NAME, id) for id in ("w1", "h3", "g1")]
    rows = ProductRowSchema.of(declared_features(shop.catalogue)).decode(redis.mget(keys)).matrix  # type: ignore[arg-type]
    like_wool, like_headphones, like_nothing = rows.values[:, rows.names.index("attraction_alike")]
    assert like_wool > like_headphones
    assert np.isnan(like_nothing)
    redis.delete(*redis.scan_iter(match=f"{settings.index_prefix}:*"))
    redis.close()
