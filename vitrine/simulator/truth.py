"""How good a served list really is for the shopper who sees it: nDCG with the true utilities as gains."""

from collections.abc import Sequence

import numpy as np

from ranking.evaluation.ndcg import ndcg
from vitrine.simulator.shelf import Floats, Shelf

CUTOFF = 10


def true_ndcg(shelf: Shelf, utility: Floats, shown: Sequence[str], *, cutoff: int = CUTOFF) -> float:
    """nDCG@cutoff of the products shown, by rank. `utility`: shape (products,), the true worth of each.

    A page shows one variant of a group, so the ideal list takes the best of each group. Products that the shelf does not
    know gain nothing. NaN where nothing is worth anything.
    """
    gains = [float(utility[shelf.place[id]]) if id in shelf.place else 0.0 for id in shown]
    best = np.zeros(int(shelf.groups.max()) + 1)
    np.maximum.at(best, shelf.groups, utility)
    return ndcg(np.array(gains), best, cutoff=cutoff)
