"""A profile as bytes: a fixed head, then arrays; little-endian float32 and uint32, with an edition and a checksum.

    VTP2 | crc32 of the rest | as_of, generation, evidence, means, visit's time | lengths | arrays

A profile of another edition, or a damaged one, is as good as none: search goes on without it.
"""

import struct
import zlib
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ranking.personalization.products.factors import FACTORS
from ranking.personalization.products.rows import PICTURE_DIMENSIONS, SEGMENTS, TEXT_DIMENSIONS
from ranking.personalization.products.traits import FAMILIES
from ranking.personalization.shoppers.affinity import Affinity
from ranking.personalization.shoppers.choosing import Choosing
from ranking.personalization.shoppers.profile import Evidence, Own, Profile, Visit

_MAGIC: Final = b"VTP2"
_SUM: Final = struct.Struct("<4sI")
_HEAD: Final = struct.Struct("<dI4IifffdIIII")
_OWN_COLUMNS: Final = 4
_FIXED: Final = FACTORS + TEXT_DIMENSIONS + PICTURE_DIMENSIONS + len(FAMILIES) + TEXT_DIMENSIONS
Floats = NDArray[np.float32]
_Number = TypeVar("_Number", np.float32, np.uint32)


def pack_profile(profile: Profile) -> bytes:
    """The profile as bytes."""
    own, affinity, visit, seen = profile.own, profile.affinity, profile.visit, profile.evidence
    choosing = profile.choosing
    head = _HEAD.pack(
        profile.as_of,
        profile.generation,
        seen.events,
        seen.products,
        seen.bought,
        seen.bought_again,
        seen.segment,
        profile.log_price,
        profile.log_quantity,
        choosing.price,
        visit.last_at,
        own.keys.size,
        affinity.keys.size,
        visit.keys.size,
        choosing.keys.size,
    )
    floats = (
        *(profile.factors, profile.text, profile.picture, affinity.defaults, visit.text),
        *(own.bought, own.recent, own.taste, own.age_days),
        *(affinity.lifts, visit.weights, choosing.effects),
    )
    keys = (own.keys, affinity.keys, visit.keys, choosing.keys)
    body = b"".join(
        [head, *(part.astype("<f4").tobytes() for part in floats), *(part.astype("<u4").tobytes() for part in keys)]
    )
    return _SUM.pack(_MAGIC, zlib.crc32(body)) + body


def unpack_profile(packed: bytes | None) -> Profile | None:
    """The profile in these bytes; None for nothing, damaged bytes, or another edition. Never raises."""
    if packed is None or len(packed) < _SUM.size + _HEAD.size or packed[:4] != _MAGIC:
        return None
    body = memoryview(packed)[_SUM.size :]
    if _SUM.unpack_from(packed)[1] != zlib.crc32(body):
        return None
    head = _HEAD.unpack_from(body)
    (
        as_of,
        generation,
        events,
        products,
        bought,
        again,
        segment,
        log_price,
        log_quantity,
        price,
        last_at,
        own,
        values,
        looked,
        chosen,
    ) = head
    floats = _FIXED + own * _OWN_COLUMNS + values + looked + chosen
    if len(body) != _HEAD.size + 4 * (floats + own + values + looked + chosen) or segment >= SEGMENTS:
        return None
    numbers = _Reader(np.frombuffer(body, dtype="<f4", offset=_HEAD.size, count=floats))
    keys = _Reader(np.frombuffer(body, dtype="<u4", offset=_HEAD.size + 4 * floats))
    factors, text, picture = numbers.take(FACTORS), numbers.take(TEXT_DIMENSIONS), numbers.take(PICTURE_DIMENSIONS)
    defaults, visit_text = numbers.take(len(FAMILIES)), numbers.take(TEXT_DIMENSIONS)
    own_columns = [numbers.take(own) for _ in range(_OWN_COLUMNS)]
    lifts, weights, effects = numbers.take(values), numbers.take(looked), numbers.take(chosen)
    return Profile(
        as_of=as_of,
        generation=generation,
        evidence=Evidence(events, products, bought, again, segment),
        own=Own(keys.take(own), *own_columns),
        affinity=Affinity(keys.take(values), lifts, defaults),
        factors=factors,
        text=text,
        picture=picture,
        log_price=log_price,
        log_quantity=log_quantity,
        visit=Visit(last_at, keys.take(looked), weights, visit_text),
        choosing=Choosing(keys.take(chosen), effects, price),
    )


class _Reader(Generic[_Number]):
    """Hands out an array piece by piece."""

    def __init__(self, values: NDArray[_Number]) -> None:
        self._values: NDArray[_Number] = values
        self._done = 0

    def take(self, count: int) -> NDArray[_Number]:
        found: NDArray[_Number] = self._values[self._done : self._done + count]
        self._done += count
        return found
