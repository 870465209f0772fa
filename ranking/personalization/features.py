"""The personal columns of one search's candidates: a shopper's profile against the products' rows, all at once."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.event import SECONDS_A_DAY
from ranking.features.feature import FeatureMatrix
from ranking.personalization.keys import Keys, places_of
from ranking.personalization.products.rows import TasteRows
from ranking.personalization.products.traits import FAMILIES
from ranking.personalization.shoppers.intent import VISIT_GAP_SECONDS, VISIT_HALF_LIFE_SECONDS
from ranking.personalization.shoppers.profile import Profile
from ranking.personalization.shoppers.weights import RECENT_HALF_LIFE

Floats = NDArray[np.float32]
_NAN = np.float32(np.nan)


def personal_columns(profile: Profile | None, rows: TasteRows, names: Sequence[str], *, now: float) -> FeatureMatrix:
    """The columns called `names` for the products of `rows`, float32, shape (products, names).

    NaN where the shopper or the product is unknown, the product's row is of another generation than the profile, or the
    name is no personal feature. `now`: seconds since 1970; what was recent when the profile was made has faded since.
    """
    values = np.full((rows.size, len(names)), np.nan, dtype=np.float32)
    if profile is not None and rows.size:
        fits = rows["generation"] == profile.generation
        if fits.any():
            is_every = bool(fits.all())
            view = _View(profile, rows if is_every else rows[fits], now)
            those = slice(None) if is_every else fits  # a mask costs as much as some of the columns
            for column, name in enumerate(names):
                made = _MADE.get(name)
                if made is not None:
                    values[those, column] = made(view)
    return FeatureMatrix(tuple(names), values)


class _View:
    """A profile over some rows, with what several columns share computed once."""

    __slots__ = ("_kept", "now", "places", "profile", "rows", "where")

    def __init__(self, profile: Profile, rows: TasteRows, now: float) -> None:
        self.profile = profile
        self.rows = rows
        self.now = now
        self.where, self.places = places_of(rows["key"], profile.own.keys)
        self._kept: dict[str, Floats] = {}

    @property
    def days_since(self) -> float:
        return max(self.now - self.profile.as_of, 0.0) / SECONDS_A_DAY

    def once(self, name: str, make: Callable[["_View"], Floats]) -> Floats:
        if name not in self._kept:
            self._kept[name] = make(self)
        return self._kept[name]

    def own(self, values: Floats, otherwise: float) -> Floats:
        """A value of the shopper's own products, per candidate."""
        column = np.full(self.rows.size, otherwise, dtype=np.float32)
        column[self.where] = values[self.places]
        return column


def _neighbours(view: _View) -> Floats:
    own = view.profile.own
    return view.once("neighbours", lambda v: weighed_neighbours(v.rows, own.keys, own.taste))


def weighed_neighbours(rows: TasteRows, keys: Keys, weights: Floats) -> Floats:
    """Σ over each product's neighbours of closeness × the weight of that neighbour, shape (products,)."""
    where, places = places_of(rows["neighbours"], keys)
    kept = rows["neighbours"].shape[1]
    closeness = rows["closeness"].reshape(-1)[where].astype(np.float64)
    sums = np.bincount(where // kept, weights=closeness * weights[places], minlength=rows.size)
    return sums.astype(np.float32)


def _relative(column: Floats) -> Floats:
    best = float(column.max())
    return column / np.float32(best) if best > 0 else np.zeros_like(column)


def _factors(view: _View) -> Floats:
    if not view.profile.factors.any():
        return np.full(view.rows.size, _NAN)
    return view.once("factors", lambda v: v.rows["factors"].astype(np.float32) @ v.profile.factors)


def _factors_below_best(view: _View) -> Floats:
    column = _factors(view)
    return np.asarray(column - column.max(), dtype=np.float32)


def _direction(vectors: NDArray[np.float16], wanted: Floats) -> Floats:
    if not wanted.any():
        return np.full(vectors.shape[0], _NAN)
    return np.asarray(vectors.astype(np.float32) @ wanted, dtype=np.float32)


def _segment(view: _View) -> Floats:
    segment = view.profile.evidence.segment
    if segment < 0:
        return np.full(view.rows.size, _NAN)
    return np.asarray(view.rows["segments"][:, segment], dtype=np.float32)


def _visit_age(view: _View) -> float | None:
    """Seconds since the visit's last action; None when the visit is over."""
    age = max(view.now - view.profile.visit.last_at, 0.0)
    return None if view.profile.visit.last_at == 0 or age > VISIT_GAP_SECONDS else age


def _visit_neighbours(view: _View) -> Floats:
    age, visit = _visit_age(view), view.profile.visit
    if age is None:
        return np.full(view.rows.size, _NAN)
    return weighed_neighbours(view.rows, visit.keys, visit.weights) * np.float32(2 ** (-age / VISIT_HALF_LIFE_SECONDS))


def _visit_looked(view: _View) -> Floats:
    age, visit = _visit_age(view), view.profile.visit
    if age is None:
        return np.full(view.rows.size, _NAN)
    where, places = places_of(view.rows["key"], visit.keys)
    column = np.zeros(view.rows.size, dtype=np.float32)
    column[where] = visit.weights[places] * np.float32(2 ** (-age / VISIT_HALF_LIFE_SECONDS))
    return column


def _visit_text(view: _View) -> Floats:
    if _visit_age(view) is None:
        return np.full(view.rows.size, _NAN)
    return _direction(view.rows["text"], view.profile.visit.text)


def _affinity(family: str) -> Callable[[_View], Floats]:
    number = list(FAMILIES).index(family)
    return lambda view: view.profile.affinity.of(view.rows[family], number)


def _constant(value: Callable[[Profile], float]) -> Callable[[_View], Floats]:
    return lambda view: np.full(view.rows.size, value(view.profile), dtype=np.float32)


def _again_share(profile: Profile) -> float:
    return profile.evidence.bought_again / max(profile.evidence.bought, 1)


def _choice(view: _View) -> Floats:
    return view.once("choice", lambda v: v.profile.choosing.of(v.rows))


def _choice_below_best(view: _View) -> Floats:
    column = _choice(view)
    return np.asarray(column - column.max(), dtype=np.float32)


_MADE: Mapping[str, Callable[[_View], Floats]] = {
    "own_bought": lambda v: v.own(v.profile.own.bought, 0.0),
    "own_recent": lambda v: v.own(v.profile.own.recent, 0.0) * np.float32(2 ** (-v.days_since / RECENT_HALF_LIFE)),
    "own_taste": lambda v: v.own(v.profile.own.taste, 0.0),
    "own_last_days": lambda v: v.own(v.profile.own.age_days, np.nan) + np.float32(v.days_since),
    "liked_together": _neighbours,
    "liked_together_share": lambda v: _relative(_neighbours(v)),
    "taste": _factors,
    "taste_below_best": _factors_below_best,
    "segment_liking": _segment,
    "choice": _choice,
    "choice_below_best": _choice_below_best,
    "choice_odds": lambda v: _choice(v) + v.rows["worth"],
    **{f"affinity_{family}": _affinity(family) for family in FAMILIES},
    "price_distance": lambda v: np.abs(v.rows["log_price"] - np.float32(v.profile.log_price)),
    "quantity_distance": lambda v: np.float32(v.profile.log_quantity) - v.rows["log_quantity"],
    "liked_text": lambda v: _direction(v.rows["text"], v.profile.text),
    "liked_picture": lambda v: _direction(v.rows["picture"], v.profile.picture),
    "visit_looked": _visit_looked,
    "visit_together": _visit_neighbours,
    "visit_text": _visit_text,
    "shopper_evidence": _constant(lambda p: float(np.log1p(p.evidence.products))),
    "shopper_buys_again": _constant(_again_share),
}
PERSONAL_NAMES: tuple[str, ...] = tuple(_MADE)
