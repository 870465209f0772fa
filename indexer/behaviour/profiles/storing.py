"""Where profiles and product rows lie in Redis: everything can be made again from the log and the index."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from redis import Redis
from redis.exceptions import RedisError

from plugin_config.errors import VitrineError
from ranking.personalization.products.rows import TasteRows, decode_rows, encode_rows, taste_key
from ranking.personalization.shoppers.building import Society
from ranking.personalization.shoppers.packing import pack_profile
from ranking.personalization.shoppers.profile import Profile, profile_key
from ranking.personalization.shoppers.society_packing import pack_society, unpack_society

KEPT_SECONDS: Final = 400 * 86_400  # a shopper who has not come for a year is a new one
_BATCH: Final = 1_000


class ProfilesUnavailable(VitrineError):
    """The Redis for profiles cannot be used."""

    code = "profiles"
    status = 503


class ProfileStore:
    """Profiles and rows of one catalogue. Every method raises ProfilesUnavailable when Redis does not answer."""

    def __init__(self, redis: Redis, *, prefix: str, catalogue: str) -> None:
        self._redis = redis
        self._prefix = prefix
        self.catalogue = catalogue
        self._society_key = f"{prefix}:society:{catalogue}"
        self._cursor_key = f"{prefix}:profiles-cursor:{catalogue}"

    def write_rows(self, ids: Sequence[str], rows: TasteRows) -> None:
        """The rows of products, in the order of the ids."""
        packed = encode_rows(rows)
        keys = [taste_key(self._prefix, self.catalogue, id) for id in ids]
        for start in range(0, len(keys), _BATCH):
            part = slice(start, start + _BATCH)
            self._try(partial(self._redis.mset, dict(zip(keys[part], packed[part], strict=True))))

    def rows(self, ids: Sequence[str]) -> TasteRows:
        """The rows of products, in the order of the ids, absent where there are none."""
        if not ids:
            return decode_rows([])
        keys = [taste_key(self._prefix, self.catalogue, id) for id in ids]
        return decode_rows(self._try(lambda: self._redis.mget(keys)))

    def write_profiles(self, profiles: Mapping[str, Profile | None]) -> None:
        """Profiles by shopper; None removes one."""

        def write() -> None:
            with self._redis.pipeline(transaction=False) as pipe:
                for shopper, profile in profiles.items():
                    key = profile_key(self._prefix, self.catalogue, shopper)
                    if profile is None:
                        pipe.delete(key)
                    else:
                        pipe.set(key, pack_profile(profile), ex=KEPT_SECONDS)
                pipe.execute()

        if profiles:
            self._try(write)

    def write_society(self, society: Society, *, learned_at: float) -> None:
        """What all shoppers share, and when it was learned, in seconds since 1970."""
        self._try(lambda: self._redis.set(self._society_key, pack_society(society, learned_at=learned_at)))

    def society(self) -> tuple[Society, float] | None:
        """What all shoppers share and when it was learned; None where it has to be learned (again)."""
        return unpack_society(self._try(lambda: self._redis.get(self._society_key)))

    def cursor(self) -> int:
        """The last event of the log that profiles know."""
        found = self._try(lambda: self._redis.get(self._cursor_key))
        return int(found) if found is not None and found.isdigit() else 0

    def set_cursor(self, cursor: int) -> None:
        self._try(lambda: self._redis.set(self._cursor_key, cursor))

    def _try(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except (RedisError, OSError) as error:
            raise ProfilesUnavailable(
                f"profiles of {self.catalogue!r} cannot be reached in Redis: {error}; see VITRINE_FEATURES_REDIS_URL"
            ) from error


def remove_shopper(redis: Redis, *, prefix: str, shopper: str) -> int:
    """Remove a person's profiles of every catalogue; how many there were. Raises ProfilesUnavailable."""
    escaped = re.sub(r"([*?\[\]^\\])", r"\\\1", shopper)  # an id with a star must not remove other people's
    pattern = profile_key(prefix, "*", escaped)
    try:
        keys = [key for key in redis.scan_iter(match=pattern, count=_BATCH) if _is_of(key, shopper)]
        return int(redis.delete(*keys)) if keys else 0
    except (RedisError, OSError) as error:
        raise ProfilesUnavailable(
            f"the person's profiles cannot be removed from Redis: {error}; say it again once Redis answers"
        ) from error


def _is_of(key: bytes, shopper: str) -> bool:
    """Whether a profile's key ends in just this shopper; catalogue names hold no colon, shoppers may."""
    _, _, rest = key.decode().partition(":profile:")
    return rest.partition(":")[2] == shopper
