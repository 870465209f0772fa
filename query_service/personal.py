"""What a search needs to know of the shopper who asks: keys to read with the other rows, and the columns they give."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from ranking.features.feature import FeatureMatrix
from ranking.personalization.features import personal_columns
from ranking.personalization.feedback import moved_profile
from ranking.personalization.products.rows import ABSENT, TasteRows, decode_rows, taste_key
from ranking.personalization.shoppers.packing import unpack_profile
from ranking.personalization.shoppers.profile import Profile, Visit, blank_profile, profile_key


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and what they said of products in this visit. `strength`: 0 asks for nobody in particular."""

    shopper: str | None = None
    strength: float = 0.0
    more_like: tuple[str, ...] = ()
    not_like: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether there is anything that could be personal."""
        return self.strength > 0 and bool(self.shopper or self.more_like or self.not_like)


NOBODY: Final = Asker()


@dataclass(frozen=True, slots=True)
class Personalized:
    """How personal an answer is. `events`, `products`: what the profile rests on. `segment`: -1 for none."""

    strength: float
    events: int
    products: int
    segment: int


@dataclass(frozen=True, slots=True)
class PersonalColumns:
    """The personal columns, what they rest on, and what the visit is about; the latter two None where nothing is known."""

    matrix: FeatureMatrix
    rests_on: Personalized | None = None
    visit: Visit | None = None


@dataclass(frozen=True, slots=True)
class PersonalRows:
    """The keys of one search: the profile's, then those of the candidates' rows and of the products spoken of."""

    asker: Asker
    names: tuple[str, ...]
    keys: tuple[str, ...]
    candidates: int

    def columns(self, values: Sequence[bytes | None], *, now: datetime) -> PersonalColumns:
        """What the values of `keys` say of the candidates."""
        if not self.keys:
            return PersonalColumns(FeatureMatrix((), np.empty((0, 0), dtype=np.float32)))
        rows = decode_rows(values[1 : 1 + self.candidates])
        spoken = decode_rows(values[1 + self.candidates :])
        at = now.timestamp()
        profile = self._profile(values[0], rows, spoken, at)
        matrix = personal_columns(profile, rows, self.names, now=at)
        if profile is None:
            return PersonalColumns(matrix)
        seen = profile.evidence
        rests_on = Personalized(self.asker.strength, seen.events, seen.products, seen.segment)
        return PersonalColumns(matrix, rests_on, profile.visit)

    def _profile(self, packed: bytes | None, rows: TasteRows, spoken: TasteRows, at: float) -> Profile | None:
        profile = unpack_profile(packed) if self.asker.shopper else None
        if not spoken.size:
            return profile
        known = rows["generation"][rows["generation"] != ABSENT]
        if profile is None:
            profile = blank_profile(as_of=at, generation=int(known[0]) if known.size else ABSENT)
        liked = len(self.asker.more_like)
        return moved_profile(profile, spoken[:liked], spoken[liked:], now=at)


def personal_rows(
    prefix: str, catalogue: str, ids: Sequence[str], asker: Asker, *, names: tuple[str, ...]
) -> PersonalRows:
    """What to read for these candidates; nothing when nobody in particular asks."""
    if not asker.is_known or not names or not ids:
        return PersonalRows(asker, names, (), 0)
    begin, spoken = taste_key(prefix, catalogue, ""), (*asker.more_like, *asker.not_like)
    keys = (profile_key(prefix, catalogue, asker.shopper or ""), *[begin + id for id in (*ids, *spoken)])
    return PersonalRows(asker, names, keys, len(ids))
