"""A shopper's profile: what is known of one person's taste, as a value that a search can use at once."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ranking.personalization.keys import Keys
from ranking.personalization.products.factors import FACTORS
from ranking.personalization.products.rows import PICTURE_DIMENSIONS, TEXT_DIMENSIONS
from ranking.personalization.products.traits import FAMILIES
from ranking.personalization.shoppers.affinity import Affinity
from ranking.personalization.shoppers.choosing import Choosing

Floats = NDArray[np.float32]


def _nothing() -> Floats:
    return np.empty(0, dtype=np.float32)


def _no_keys() -> Keys:
    return np.empty(0, dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a profile rests on. `segment`: the one it leans on, -1 for everyone."""

    events: int = 0
    products: int = 0
    bought: int = 0
    bought_again: int = 0
    segment: int = -1


@dataclass(frozen=True, slots=True)
class Own:
    """The products that the shopper had to do with, one entry each, sorted by key; float32 of shape (products,).

    `bought`, `recent`, `taste`, `age_days`: see OwnProducts, as seen at the profile's moment.
    """

    keys: Keys = field(default_factory=_no_keys)
    bought: Floats = field(default_factory=_nothing)
    recent: Floats = field(default_factory=_nothing)
    taste: Floats = field(default_factory=_nothing)
    age_days: Floats = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class Visit:
    """What this visit is about. `keys`: products looked at, sorted; `weights`: by how lately and how strongly.

    `last_at`: seconds since 1970 of its last action, 0 for none. `text`: mean direction, zeros where unknown.
    """

    last_at: float = 0.0
    keys: Keys = field(default_factory=_no_keys)
    weights: Floats = field(default_factory=_nothing)
    text: Floats = field(default_factory=lambda: np.zeros(TEXT_DIMENSIONS, np.float32))


@dataclass(frozen=True, slots=True)
class Profile:
    """`as_of`: seconds since 1970. `generation`: of the product rows it belongs to; 0 fits none.

    `factors`, `text`, `picture`: zeros where nothing is known. `log_price`, `log_quantity`: means, NaN where unknown.
    """

    as_of: float
    generation: int
    evidence: Evidence
    own: Own
    affinity: Affinity
    factors: Floats
    text: Floats
    picture: Floats
    log_price: float
    log_quantity: float
    visit: Visit = field(default_factory=Visit)
    choosing: Choosing = field(default_factory=Choosing)


def blank_profile(*, as_of: float, generation: int) -> Profile:
    """The profile of somebody nothing is known of: what feedback within a visit starts from."""
    unknown = Affinity(_no_keys(), _nothing(), np.zeros(len(FAMILIES), dtype=np.float32))
    return Profile(
        as_of=as_of,
        generation=generation,
        evidence=Evidence(),
        own=Own(),
        affinity=unknown,
        factors=np.zeros(FACTORS, dtype=np.float32),
        text=np.zeros(TEXT_DIMENSIONS, dtype=np.float32),
        picture=np.zeros(PICTURE_DIMENSIONS, dtype=np.float32),
        log_price=float("nan"),
        log_quantity=float("nan"),
    )


def profile_key(prefix: str, catalogue: str, shopper: str) -> str:
    """The key under which a profile is kept; `prefix` is the installation's index prefix."""
    return f"{prefix}:profile:{catalogue}:{shopper}"
