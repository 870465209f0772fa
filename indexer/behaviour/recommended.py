"""Writes the lists of recommendations to Redis: what goes with each product, what trends, what each person saw last."""

from collections.abc import Iterator
from typing import Final

from redis import Redis
from redis.exceptions import RedisError

from indexer.feature_rows import FeatureRowsUnavailable, connect_rows
from plugin_config.settings import Settings
from ranking.behaviour.aggregates.columns import EventColumns
from ranking.recommendations.building import Lists, make_lists
from ranking.recommendations.kinds import Kind
from ranking.recommendations.listed import catalogue_key, person_number, product_key, shopper_key

_BATCH: Final = 2_000
# What is not written again goes by itself; the log, not Redis, is what must not be lost.
_KEPT_SECONDS: Final = 40 * 86_400


def write_recommendations(redis: Redis, catalogue: str, events: EventColumns, *, prefix: str, now: float) -> int:
    """Make every list of a catalogue from the events that count and write it; the number of lists.

    Lists of an earlier time stay for forty days unless a new one takes their place. Raises FeatureRowsUnavailable.
    """
    values = dict(_values(make_lists(events, now=now), catalogue, prefix))
    keys = list(values)
    try:
        for start in range(0, len(keys), _BATCH):
            pipeline = redis.pipeline(transaction=False)
            for key in keys[start : start + _BATCH]:
                pipeline.set(key, values[key], ex=_KEPT_SECONDS)
            pipeline.execute()
    except (RedisError, OSError) as error:
        raise FeatureRowsUnavailable(
            f"recommendations of {catalogue!r} cannot be written to Redis: {error}; see VITRINE_FEATURES_REDIS_URL"
        ) from error
    return len(keys)


def remove_recently_viewed(settings: Settings, shopper: str) -> None:
    """Remove what a person saw last, in every catalogue. Raises FeatureRowsUnavailable; without a Redis there is nothing."""
    redis = connect_rows(settings)
    if redis is None:
        return
    try:
        keys = list(
            redis.scan_iter(match=shopper_key(settings.index_prefix, "*", person_number(shopper)), count=_BATCH)
        )
        if keys:
            redis.delete(*keys)
    except (RedisError, OSError) as error:
        raise FeatureRowsUnavailable(
            f"what the person saw last cannot be removed from Redis: {error}; say it again once Redis answers"
        ) from error
    finally:
        redis.close()


def _values(lists: Lists, catalogue: str, prefix: str) -> Iterator[tuple[str, bytes]]:
    for kind, of_products in lists.together.items():
        for product, listed in of_products.items():
            yield product_key(prefix, catalogue, kind, product), listed.pack()
    yield catalogue_key(prefix, catalogue, Kind.TRENDING), lists.trending.pack()
    for person, listed in lists.recent.items():
        yield shopper_key(prefix, catalogue, person), listed.pack()
