"""Pictures named in a shop's own words: how often the first category is right, and whether its confidence can be believed.

    python -m benchmarks.pictures.recognition --data ../shared/data

Luma: other views of its garments among all 455 products, and the shop's own pictures with all variants of the same product
hidden. Categories as `examples/real` indexes them; a product with several is right by any. What a share of votes is worth is
learnt from the shop's own products; for these themselves, from those of the other half of the garments.
"""

import argparse
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.pictures.__main__ import read
from benchmarks.pictures.recall import wilson
from benchmarks.pictures.tasks import other_views, read_luma
from encoders.naming import Names, names_for_pictures
from encoders.registry import picture_encoder
from plugin_config.catalogue import EncoderChoice
from query_service.pictures.believing import MOST_QUESTIONS, Belief, Known, learn_belief
from query_service.pictures.voting import NEIGHBOURS, confidences, neighbour_weights, prior_of, spoken

Floats = NDArray[np.float32]
BINS = 5


@dataclass(frozen=True)
class Shop:
    """The gallery: vectors, values and the product each belongs to; the vocabulary and its names."""

    vectors: Floats
    values: list[list[str]]
    parents: list[str]
    vocabulary: list[str]
    names: Names

    def belief(self, asked: Collection[int]) -> Belief:
        """What shares are worth, learnt from these products among all, as a running catalogue learns it from its sample."""
        order = [*asked, *(place for place in range(len(self.parents)) if place not in set(asked))]
        known = Known(self.vectors[order], [self.parents[p] for p in order], [self.values[p] for p in order])
        likeness = self.names.likeness(known.vectors)
        return learn_belief(known, self.vocabulary, likeness, most=min(len(asked), MOST_QUESTIONS))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--encoder", default="vitrine-picture")
    asked = parser.parse_args()
    folder = asked.data / "magento-luma"
    products, task = read_luma(folder), other_views(folder)
    encoder = picture_encoder(EncoderChoice(model=asked.encoder))
    gallery, views = (
        encoder.encode_pictures([read(path) for path in paths if isinstance(path, Path)])
        for paths in (task.gallery, task.questions)
    )
    right = [places[0] for places in task.right]
    parents = [str(product["parent_sku"]) for product in products]
    for field in ("categories", "color"):
        values = [several(product.get(field)) for product in products]
        vocabulary = sorted({value for each in values for value in each})
        names = names_for_pictures(encoder, [spoken(value) for value in vocabulary])
        shop = Shop(gallery, values, parents, vocabulary, names)
        beliefs = [shop.belief(range(len(parents)))] * len(right)
        show(f"{field}, other views", shop, views, [values[p] for p in right], [""] * len(right), beliefs)
        own = [place for place, each in enumerate(values) if each]
        half = {parent: number % 2 for number, parent in enumerate(sorted(set(parents)))}
        learnt = [shop.belief([p for p in own if half[parents[p]] != side]) for side in (0, 1)]
        beliefs = [learnt[half[parents[place]]] for place in own]
        hidden = [parents[place] for place in own]
        show(f"{field}, own pictures, variants hidden", shop, gallery[own], [values[p] for p in own], hidden, beliefs)


def several(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)] if value else []


def show(
    name: str, shop: Shop, questions: Floats, right: Sequence[list[str]], hidden: Sequence[str],
    beliefs: Sequence[Belief],
) -> None:  # fmt: skip
    """One row a way: accuracy of the first value with its interval, mean confidence, expected calibration error."""
    for kind in ("both", "neighbours alone", "words alone"):
        guesses = [guess(shop, row, parent, kind) for row, parent in zip(questions, hidden, strict=True)]
        hits = np.array([value in truth for (value, _), truth in zip(guesses, right, strict=True)])
        shares = np.array([share for _, share in guesses])
        tell(f"{name:40} {kind:20}", hits, shares)
        if kind == "both":
            sure = [belief.of(share) for belief, share in zip(beliefs, shares.tolist(), strict=True)]
            tell(f"{name:40} {'both, as believed':20}", hits, np.array(sure))


def tell(name: str, hits: NDArray[np.bool_], sure: NDArray[np.float64]) -> None:
    share, error = wilson(int(hits.sum()), len(hits)), calibration_error(hits, sure)
    print(f"{name} n={len(hits):3}  acc@1 {share}  confidence {sure.mean():.2f}  ECE {error:.3f}")


def guess(shop: Shop, vector: Floats, hidden: str, kind: str) -> tuple[str, float]:
    """The value that most votes name and its share, `hidden` being a product that may not vote."""
    closeness = shop.vectors @ vector
    closeness[[place for place, parent in enumerate(shop.parents) if parent == hidden]] = -np.inf
    nearest = np.argsort(-closeness)[: NEIGHBOURS + 1]
    weights = neighbour_weights(closeness[nearest])
    prior = prior_of(shop.names.likeness(vector))
    if kind == "words alone":
        weights = np.zeros_like(weights)
    if kind == "neighbours alone":
        prior = np.full_like(prior, 1 / len(prior))
    found = confidences([shop.values[place] for place in nearest[:-1]], weights, shop.vocabulary, prior)
    return max(found.items(), key=lambda pair: pair[1])


def calibration_error(hits: NDArray[np.bool_], sure: NDArray[np.float64]) -> float:
    """Expected calibration error over bins of equal width (Naeini et al. 2015)."""
    places = np.minimum((sure * BINS).astype(int), BINS - 1)
    return float(
        sum(abs(hits[places == b].mean() - sure[places == b].mean()) * (places == b).mean() for b in set(places))
    )


if __name__ == "__main__":
    main()
