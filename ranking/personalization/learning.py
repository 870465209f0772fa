"""From everybody's likings to the rows of all products and what all shoppers share: one generation of tastes."""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ranking.behaviour.choices.considered import Considered
from ranking.behaviour.choices.worths import learn_worths
from ranking.personalization.keys import Keys, product_keys
from ranking.personalization.products.cold_start import Lenders, find_lenders, lend
from ranking.personalization.products.factors import FACTORS, Factors, learn_factors
from ranking.personalization.products.neighbours import Neighbours, nearest_by_likers
from ranking.personalization.products.reduction import reduced
from ranking.personalization.products.rows import PICTURE_DIMENSIONS, TEXT_DIMENSIONS, TasteRows, empty_rows
from ranking.personalization.products.traits import FAMILIES, ProductTraits
from ranking.personalization.shoppers.affinity import learn_shares
from ranking.personalization.shoppers.building import Society
from ranking.personalization.shoppers.choosing import learn_spread
from ranking.personalization.shoppers.likings import Likings
from ranking.personalization.shoppers.segments import find_segments, product_lifts
from ranking.personalization.shoppers.weights import TASTE_HALF_LIFE, OwnProducts, own_products

_LENT_CLOSENESS = 0.1  # how close two products of near vectors count while nobody has tried one of them
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tastes:
    """`rows`: one per product, in the order of the traits. `own`: what every shopper had to do with."""

    rows: TasteRows
    society: Society
    own: OwnProducts


def learn_tastes(traits: ProductTraits, likings: Likings, *, shoppers: int, now: float, generation: int) -> Tastes:
    """Rows, segments and shares as of `now`, seconds since 1970; equal input gives equal output.

    `likings`: product numbers are places in `traits`, shopper numbers lie below `shoppers`. `generation`: above 0, another
    one for every learning.
    """
    shape = (shoppers, len(traits.ids))
    own = own_products(likings, now=now)
    liked = own.matrix(own.liked, shape)
    liked.eliminate_zeros()
    degree = np.asarray(liked.sum(axis=0), dtype=np.float32).ravel()
    rows = _plain_rows(traits, own, generation)
    lenders = find_lenders(rows["text"].astype(np.float32), degree)
    factors = learn_factors(liked)
    rows["factors"], rows["scale"] = lend(factors.products, degree, lenders), factors.scale
    _write_neighbours(rows, _with_lent(nearest_by_likers(liked), lenders))
    segments = find_segments(shopper_factors(liked, factors), np.diff(liked.indptr).astype(np.int64))
    segment_of = segments.nearest(shopper_factors(liked, factors))
    count = segments.centres.shape[0]
    taste = own.matrix(np.maximum(own.taste, 0.0), shape)
    rows["segments"] = lend(product_lifts(taste, segment_of, count), degree, lenders)
    society = Society(generation, learn_shares(rows, taste, segment_of, count), segments)
    return Tastes(rows, society, own)


def with_choices(tastes: Tastes, traits: ProductTraits, lists: Considered, *, now: float) -> Tastes:
    """The same with what everybody's choices say: the worth of each product, and how much people differ beyond it."""
    rows, faded = tastes.rows.copy(), lists.fading(half_life_days=TASTE_HALF_LIFE, now=now)
    groups = (traits.group if traits.group.size else np.full(rows.size, -1), _numbers(rows["brand"][:, 0]))
    rows["worth"] = learn_worths(faded, groups, rows.size)
    return replace(tastes, rows=rows, society=replace(tastes.society, spread=learn_spread(faded, rows)))


def _numbers(keys: Keys) -> NDArray[np.int64]:
    """Keys as numbers from 0, -1 for none."""
    _, numbers = np.unique(keys, return_inverse=True)
    return np.where(keys == 0, -1, numbers).astype(np.int64)


def shopper_factors(liked: sp.csr_matrix, factors: Factors) -> Floats:
    """The factors of every shopper, shape (shoppers, factors): fold_in for all at once."""
    total = np.maximum(np.asarray(liked.sum(axis=1), dtype=np.float64).ravel(), 1.0)
    scaled = sp.diags(1.0 / np.sqrt(total)) @ liked @ sp.diags(factors.scale.astype(np.float64))
    found: Floats = np.asarray(scaled @ factors.products, dtype=np.float32).reshape(liked.shape[0], FACTORS)
    return found


def _plain_rows(traits: ProductTraits, own: OwnProducts, generation: int) -> TasteRows:
    rows = empty_rows(len(traits.ids))
    rows["generation"] = generation
    rows["key"] = product_keys(traits.ids)
    rows["log_price"] = traits.log_price
    bought = ~np.isnan(own.log_quantity)
    days = np.bincount(own.product[bought], weights=own.bought[bought], minlength=rows.size)
    logs = np.bincount(own.product[bought], weights=(own.log_quantity * own.bought)[bought], minlength=rows.size)
    rows["log_quantity"] = np.divide(logs, days, out=np.full(rows.size, np.nan), where=days > 0)
    for family in FAMILIES:
        rows[family] = traits.values[family]
    if traits.text.size:
        rows["text"] = reduced(traits.text, TEXT_DIMENSIONS)
    if traits.picture.size:
        rows["picture"] = reduced(traits.picture, PICTURE_DIMENSIONS)
    return rows


def _with_lent(neighbours: Neighbours, lenders: Lenders) -> Neighbours:
    """Neighbours with the lenders themselves as those of products that have none yet."""
    places, closeness = neighbours.places.copy(), neighbours.closeness.copy()
    for row, borrower in enumerate(lenders.borrowers.tolist()):
        if places[borrower, 0] < 0 and lenders.weights[row].any():
            count = lenders.places.shape[1]
            places[borrower, :count] = lenders.places[row]
            closeness[borrower, :count] = _LENT_CLOSENESS * lenders.weights[row] / lenders.weights[row].max()
    return Neighbours(places, closeness)


def _write_neighbours(rows: TasteRows, neighbours: Neighbours) -> None:
    there = neighbours.places >= 0
    rows["neighbours"] = np.where(there, rows["key"][neighbours.places], 0)
    rows["closeness"] = neighbours.closeness
