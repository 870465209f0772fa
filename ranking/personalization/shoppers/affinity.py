"""Affinity to attribute values: how much more often a shopper takes a value than everyone does, weighed by evidence.

θ(v | shopper) = (w_v + m·θ(v | segment)) / (W + m): w_v is the faded weight of the shopper's products with the value v, W the
sum over its family (Dirichlet smoothing, Zhai & Lafferty 2004). The affinity is log(θ(v | shopper) / θ(v | everyone)): 0 where
nothing is known, above 0 for a favourite. A segment's lift over everyone is log((c + k) / (e + k)) with c the weight seen and
e the weight expected if its shoppers were like everyone (gamma-Poisson smoothing): few shoppers move it little.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ranking.personalization.keys import Keys, places_of
from ranking.personalization.products.rows import TasteRows
from ranking.personalization.products.traits import FAMILIES

SHOPPER_PRIOR = 3.0  # m: purchases' worth of values until a shopper is believed half
SEGMENT_PRIOR = 3.0  # k
NOTABLE = 128  # values that a segment prefers or avoids most, kept for shoppers of little evidence
_UNLIKED = 0.01  # weight of a product that nobody liked yet, so that no share is 0
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ValueShares:
    """What everyone takes. `keys`: sorted, shape (values,); `families`: the number of each key's family; `shares`: of its
    family, float32. `segment_lifts`: float32, shape (segments, values), see the module.
    """

    keys: Keys
    families: NDArray[np.int8]
    shares: Floats
    segment_lifts: Floats


@dataclass(frozen=True, slots=True)
class Affinity:
    """`keys`: sorted; `lifts`: log-lift of each; `defaults`: by family in the order of FAMILIES, of values not listed."""

    keys: Keys
    lifts: Floats
    defaults: Floats

    def of(self, values: Keys, family: int) -> Floats:
        """The mean affinity to each product's values. `values`: shape (products, slots); NaN for products without any."""
        present = values != 0
        lifts = np.where(present, self.defaults[family], np.float32(0)).astype(np.float32)
        wanted, known = places_of(values, self.keys)
        lifts.reshape(-1)[wanted] = self.lifts[known]
        count = present.sum(axis=1).astype(np.float32)
        means: Floats = np.full(count.shape, np.nan, dtype=np.float32)
        np.divide(lifts.sum(axis=1), count, out=means, where=count > 0)
        return means


def learn_shares(rows: TasteRows, taste: sp.csr_matrix, segment_of: NDArray[np.int64], segments: int) -> ValueShares:
    """Shares and segments' lifts. `taste`: shape (shoppers, products), not negative; `segment_of`: of each shopper, -1 none."""
    keys, families, incidence = _incidence(rows)
    product_weights = np.asarray(taste.sum(axis=0), dtype=np.float64).ravel() + _UNLIKED
    weights = product_weights @ incidence
    totals = np.bincount(families, weights=weights, minlength=len(FAMILIES))
    shares = weights / np.maximum(totals[families], 1e-12)
    member = sp.csr_matrix(
        (np.ones(int((segment_of >= 0).sum())), (segment_of[segment_of >= 0], np.flatnonzero(segment_of >= 0))),
        shape=(segments, taste.shape[0]),
    )
    seen = np.asarray((member @ taste @ incidence).todense(), dtype=np.float64).reshape(segments, keys.size)
    lifts = np.zeros((segments, keys.size), dtype=np.float32)
    for family in range(len(FAMILIES)):
        of = families == family
        expected = seen[:, of].sum(axis=1, keepdims=True) * shares[of]
        lifts[:, of] = np.log((seen[:, of] + SEGMENT_PRIOR) / (expected + SEGMENT_PRIOR))
    return ValueShares(keys, families, shares.astype(np.float32), lifts)


def affinity_of(
    rows: TasteRows, weights: NDArray[np.float64], everyone: ValueShares, *, segment: int | None
) -> Affinity:
    """The affinity of one shopper who likes the products of `rows` by `weights` (those above 0 count)."""
    liked = np.maximum(weights, 0.0)
    keys = np.concatenate([rows[family].ravel() for family in FAMILIES])
    spread = np.concatenate([np.repeat(liked, slots) for slots in FAMILIES.values()])
    wanted, known = places_of(keys, everyone.keys)
    own, inverse = np.unique(known, return_inverse=True)
    seen = np.bincount(inverse, weights=spread[wanted], minlength=own.size)
    totals = np.bincount(everyone.families[own], weights=seen, minlength=len(FAMILIES))
    lift_there = _segment_lifts(everyone, segment)
    listed = own if lift_there is None else np.union1d(own, _notable(lift_there, everyone.shares))
    own_weight = np.zeros(listed.size)
    own_weight[np.searchsorted(listed, own)] = seen
    prior = SHOPPER_PRIOR * (np.ones(listed.size) if lift_there is None else np.exp(lift_there[listed]))
    shares = everyone.shares[listed].astype(np.float64)
    evidence = totals[everyone.families[listed]] + SHOPPER_PRIOR
    lifts = np.log((own_weight / np.maximum(shares, 1e-12) + prior) / evidence)
    defaults = np.log(SHOPPER_PRIOR / (totals + SHOPPER_PRIOR))
    return Affinity(everyone.keys[listed], lifts.astype(np.float32), defaults.astype(np.float32))


def _segment_lifts(everyone: ValueShares, segment: int | None) -> Floats | None:
    if segment is None or not 0 <= segment < everyone.segment_lifts.shape[0]:
        return None
    lifts: Floats = everyone.segment_lifts[segment]
    return lifts


def _notable(lifts: Floats, shares: Floats) -> NDArray[np.intp]:
    """The values that set a segment apart, by how much weight their lift moves."""
    moved = np.abs(lifts) * np.sqrt(shares)
    if moved.size <= NOTABLE:
        return np.arange(moved.size)
    return np.argpartition(-moved, NOTABLE)[:NOTABLE]


def _incidence(rows: TasteRows) -> tuple[Keys, NDArray[np.int8], sp.csr_matrix]:
    """All keys, their families, and which product has which: shape (products, keys)."""
    keys = np.concatenate([rows[family].ravel() for family in FAMILIES])
    products = np.concatenate([np.repeat(np.arange(rows.size), slots) for slots in FAMILIES.values()])
    families = np.concatenate(
        [np.full(rows.size * slots, number, np.int8) for number, slots in enumerate(FAMILIES.values())]
    )
    there = keys != 0
    unique, first, inverse = np.unique(keys[there], return_index=True, return_inverse=True)
    shape = (rows.size, unique.size)
    incidence = sp.csr_matrix((np.ones(inverse.size), (products[there], inverse)), shape=shape)
    return unique, families[there][first], incidence
