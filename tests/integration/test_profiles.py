"""Profiles of shoppers from the real log and index to the real Redis, and out of it again when somebody leaves."""

from collections.abc import Iterator

import numpy as np
import pytest
from redis import Redis

from indexer.behaviour.composition import open_log
from indexer.behaviour.forgetting import forget_shopper
from indexer.behaviour.profiles.composition import keep_profiles
from indexer.behaviour.profiles.storing import ProfileStore
from plugin_config.errors import ConfigurationError
from plugin_config.settings import Settings
from ranking.behaviour.event import Event
from ranking.features.declared.personal import personal_features
from ranking.personalization.features import PERSONAL_NAMES, personal_columns
from ranking.personalization.shoppers.packing import unpack_profile
from ranking.personalization.shoppers.profile import Profile, profile_key
from tests.integration.liking_shop import CATALOGUE, NOW, PRODUCTS, SHOPPERS, remember, sell

pytestmark = pytest.mark.opensearch


@pytest.fixture
def redis(settings: Settings) -> Iterator[Redis]:
    made: Redis = Redis.from_url(str(settings.features_redis_url))
    yield made
    for key in made.scan_iter(match=f"{settings.index_prefix}:*"):
        made.delete(key)
    made.close()


@pytest.fixture
def shop(settings: Settings) -> Settings:
    sell(settings)
    remember(settings)
    return settings


def rebuild(shop: Settings) -> None:
    keep_profiles(shop, anew=True, now=lambda: NOW)


def profile(shop: Settings, redis: Redis, shopper: str) -> Profile | None:
    return unpack_profile(redis.get(profile_key(shop.index_prefix, "shop", shopper)))  # type: ignore[arg-type]


def store(shop: Settings, redis: Redis) -> ProfileStore:
    return ProfileStore(redis, prefix=shop.index_prefix, catalogue="shop")


def column(shop: Settings, redis: Redis, shopper: str, name: str) -> np.ndarray:
    rows = store(shop, redis).rows([f"p{n}" for n in range(PRODUCTS)])
    return personal_columns(profile(shop, redis, shopper), rows, (name,), now=NOW).values[:, 0]


def test_a_rebuild_knows_what_everybody_likes(shop: Settings, redis: Redis) -> None:
    seen: list[tuple[int, int]] = []
    report = keep_profiles(shop, anew=True, now=lambda: NOW, progress=lambda *step: seen.append(step))["shop"]
    assert (report.shoppers, report.products) == (SHOPPERS, PRODUCTS)
    assert seen[-1] == (SHOPPERS, SHOPPERS)
    for name in ("affinity_brand", "affinity_attributes", "taste", "liked_together"):
        likes_acme, likes_bolt = column(shop, redis, "s0", name), column(shop, redis, "s1", name)
        assert likes_acme[::2].mean() > likes_acme[1::2].mean(), name
        assert likes_bolt[::2].mean() < likes_bolt[1::2].mean(), name
    assert np.isnan(column(shop, redis, "stranger", "taste")).all()


def test_what_is_declared_can_be_made(shop: Settings, redis: Redis) -> None:
    assert {feature.name for feature in personal_features(CATALOGUE)} <= set(PERSONAL_NAMES)


def test_following_the_log_gives_the_profiles_that_a_rebuild_gives(shop: Settings, redis: Redis) -> None:
    rebuild(shop)
    before = profile(shop, redis, "s5")
    log = open_log(shop)
    log.append(
        "shop",
        [
            Event("new-1", "purchase", NOW - 60, "p2", shopper="s5"),
            Event("new-2", "click", NOW - 50, "p4", shopper="new"),
        ],
    )
    log.append("shop", [Event("bot", "click", NOW - 50, "p4", shopper="robot", suspect="bot")])
    log.close()
    report = keep_profiles(shop, now=lambda: NOW)["shop"]
    assert (report.shoppers, report.products) == (2, 0)
    followed = profile(shop, redis, "s5")
    assert before is not None
    assert followed is not None
    assert followed.evidence.events == before.evidence.events + 1
    assert profile(shop, redis, "new") is not None
    assert profile(shop, redis, "robot") is None
    assert keep_profiles(shop, now=lambda: NOW)["shop"].shoppers == 0
    rebuild(shop)
    anew = profile(shop, redis, "s5")
    assert anew is not None
    assert anew.own.keys.tolist() == followed.own.keys.tolist()
    assert anew.own.taste == pytest.approx(followed.own.taste, rel=1e-6)


def test_a_past_moment_knows_nothing_of_what_came_after(shop: Settings, redis: Redis) -> None:
    keep_profiles(shop, anew=True, now=lambda: NOW - 100 * 86_400)
    early = profile(shop, redis, "s0")
    rebuild(shop)
    late = profile(shop, redis, "s0")
    assert early is not None
    assert late is not None
    assert early.evidence.events < late.evidence.events == 8


def test_an_emptied_redis_is_filled_by_the_next_pass_and_an_empty_log_makes_none(shop: Settings, redis: Redis) -> None:
    rebuild(shop)
    for key in redis.scan_iter(match=f"{shop.index_prefix}:*"):
        redis.delete(key)
    assert keep_profiles(shop, now=lambda: NOW)["shop"].shoppers == SHOPPERS
    store(shop, redis).set_cursor(0)
    redis.set(f"{shop.index_prefix}:society:shop", b"damaged")
    assert keep_profiles(shop, now=lambda: NOW)["shop"].products == PRODUCTS


def test_a_forgotten_person_has_no_profile_and_gets_none_again(shop: Settings, redis: Redis) -> None:
    rebuild(shop)
    redis.set(profile_key(shop.index_prefix, "shop", "s*"), b"x")
    redis.set(profile_key(shop.index_prefix, "shop", "other:s3"), b"x")
    log = open_log(shop)
    assert forget_shopper(log, shop, "s3").profiles == 1
    assert forget_shopper(log, shop, "s*").profiles == 1
    log.append("shop", [Event("again", "click", NOW, "p1", shopper="s3")])
    log.close()
    keep_profiles(shop, now=lambda: NOW)
    assert profile(shop, redis, "s3") is None
    assert profile(shop, redis, "s4") is not None
    assert redis.get(profile_key(shop.index_prefix, "shop", "other:s3")) == b"x"


def test_without_a_redis_the_command_says_what_to_do(shop: Settings) -> None:
    bare = shop.model_copy(update={"features_redis_url": None, "redis_url": None})
    with pytest.raises(ConfigurationError, match="vitrine up"):
        keep_profiles(bare)
