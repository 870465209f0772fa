"""Ways to combine words and a picture, side by side: weighted, by ranks, end to end, as one mean vector, by a learned gate.

    python -m benchmarks.pictures.combination --data ../shared/data

Luma: another view of a garment with the first two words of its title, among 455 products. The gate gives each part a weight
from its own evidence (best score, how far it stands out, margin to the tenth, number of words) by a softmax over the parts.
It is trained twice, never on what it is measured on: on crops of the pictures of products that are not asked for, and on the
questions themselves with every question of the same product left out in turn.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.pictures.__main__ import read
from benchmarks.pictures.recall import describe_row
from benchmarks.pictures.tasks import other_views, read_luma
from encoders.encoder import Picture
from encoders.registry import picture_encoder, text_encoder, words_in_picture_space
from encoders.text.pooling import unit_rows
from plugin_config.catalogue import EncoderChoice

Floats = NDArray[np.float32]
Places = NDArray[np.intp]
RANK_CONSTANT = 40
EPOCHS, RIDGE, SHARPNESS = 300, 1e-3, 10.0
SEED = 17


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--encoder", default="vitrine-picture")
    asked = parser.parse_args()
    folder = asked.data / "magento-luma"
    products, task = read_luma(folder), other_views(folder)
    parents = np.array([str(product["parent_sku"]) for product in products])
    right = np.array([places[0] for places in task.right])
    scorer = Scorer([str(product["title"]) for product in products], asked.encoder, folder, products)
    measured = scorer.parts([read(path) for path in task.questions if isinstance(path, Path)], right)
    others = np.flatnonzero(~np.isin(parents, parents[right]))
    rng = np.random.default_rng(SEED)
    crops = [cropped(read(folder / str(products[place]["image"])), rng) for place in others]
    training = scorer.parts(crops, others)
    words, picture, mean = measured[:, 0], measured[:, 1], measured[:, 2]
    rows: dict[str, Floats] = {
        "words alone": words,
        "picture alone": picture,
        "weighted (min_max, equal)": scaled(words) + scaled(picture),
        "weighted (ranks, as hybrid)": 0.8 / (RANK_CONSTANT + ranked(words)) + 1.0 / (RANK_CONSTANT + ranked(picture)),
        "concatenated (inner products, equal)": words + picture,
        "mean (one vector)": mean,
        "gate, trained on crops": gated(measured, train(training, others)),
        "gate, products left out in turn": left_out(measured, right, parents),
    }
    ranks = {name: places_of(np.asarray(scores, dtype=np.float64), right) for name, scores in rows.items()}
    best = min(("words alone", "picture alone"), key=lambda name: -(ranks[name] == 1).mean())
    for name, found in ranks.items():
        print(
            describe_row(name, found, (1, 10)),
            against(found, ranks[best]),
            against(found, ranks["weighted (min_max, equal)"]),
        )


class Scorer:
    """Scores of the parts for questions of a picture and two title words."""

    def __init__(
        self, titles: Sequence[str], encoder: str, folder: Path, products: Sequence[dict[str, object]]
    ) -> None:
        self._titles = titles
        self._words = text_encoder(EncoderChoice(model="minilm"))
        self._pictures = picture_encoder(EncoderChoice(model=encoder))
        self._gallery = self._pictures.encode_pictures([read(folder / str(product["image"])) for product in products])
        self._documents = self._words.encode_documents(titles)

    def parts(self, pictures: Sequence[Picture], right: Places) -> Floats:
        """Shape (questions, 3, products): words, picture, the mean of both in the picture space."""
        said = [" ".join(self._titles[place].split()[:2]) for place in right]
        seen = self._pictures.encode_pictures(pictures)
        by_words = self._words.encode_queries(said) @ self._documents.T
        mean = unit_rows(words_in_picture_space(self._pictures).encode_words(said) + seen)
        return np.stack([by_words, seen @ self._gallery.T, mean @ self._gallery.T], axis=1).astype(np.float32)


def cropped(picture: Picture, rng: np.random.Generator) -> Picture:
    """Another photograph of the same thing, as far as a crop, a mirror and other light can give one."""
    height, width = picture.shape[:2]
    share = rng.uniform(0.5, 0.9)
    top, left = (int(rng.uniform(0, (1 - share) * side)) for side in (height, width))
    part = picture[top : top + int(share * height), left : left + int(share * width)]
    lit = np.clip(part.astype(np.float32) * rng.uniform(0.75, 1.2), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(lit[:, ::-1] if rng.random() < 0.5 else lit)


def scaled(scores: Floats) -> Floats:
    low, high = scores.min(axis=-1, keepdims=True), scores.max(axis=-1, keepdims=True)
    return np.asarray((scores - low) / (high - low), dtype=np.float32)


def ranked(scores: Floats) -> Floats:
    """Ranks from 1; equal scores share the first of their ranks."""
    return np.stack([1 + (row[None, :] > row[:, None] + 1e-6).sum(axis=1) for row in scores]).astype(np.float32)


def evidence(parts: Floats) -> Floats:
    """Shape (questions, 2, 4): best score, its distance from the mean in deviations, margin to the tenth, and one."""
    two = np.sort(parts[:, :2], axis=2)[..., ::-1]
    best, tenth = two[..., 0], two[..., 9]
    stands_out = (best - two.mean(axis=2)) / two.std(axis=2)
    return np.stack([best, stands_out / 5, best - tenth, np.ones_like(best)], axis=2).astype(np.float32)


def train(parts: Floats, right: Places) -> Callable[[Floats], Floats]:
    """The gate as a function from evidence to weights, shape (questions, 2)."""
    torch.manual_seed(SEED)
    given, both = torch.tensor(evidence(parts)), torch.tensor(scaled(parts[:, :2]))
    target = torch.tensor(right, dtype=torch.long)
    weights = torch.zeros(2, given.shape[2], requires_grad=True)
    optimizer = torch.optim.Adam([weights], lr=0.05)
    for _ in range(EPOCHS):
        gate = torch.softmax((given * weights).sum(dim=2), dim=1)
        loss = torch.nn.functional.cross_entropy(SHARPNESS * (gate[:, :, None] * both).sum(dim=1), target)
        loss = loss + RIDGE * (weights**2).sum()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    learned = weights.detach()
    return lambda seen: np.asarray(torch.softmax((torch.tensor(seen) * learned).sum(dim=2), dim=1).numpy())


def gated(parts: Floats, gate: Callable[[Floats], Floats]) -> Floats:
    return np.asarray((gate(evidence(parts))[:, :, None] * scaled(parts[:, :2])).sum(axis=1), dtype=np.float32)


def left_out(parts: Floats, right: Places, parents: NDArray[np.str_]) -> Floats:
    asked = parents[right]
    result = np.empty_like(parts[:, 0])
    for parent in np.unique(asked):
        here = asked == parent
        result[here] = gated(parts[here], train(parts[~here], right[~here]))
    return result


def places_of(scores: NDArray[np.float64], right: Places) -> NDArray[np.int64]:
    # Products with the same title tie: on average half of them come first.
    best = scores[np.arange(len(right)), right][:, None]
    above, level = (scores > best + 1e-6).sum(axis=1), (np.abs(scores - best) <= 1e-6).sum(axis=1) - 1
    return np.asarray(1 + above + (level + 1) // 2, dtype=np.int64)


def against(found: NDArray[np.int64], other: NDArray[np.int64]) -> str:
    """The difference in R@1 with its 95 % interval, by paired bootstrap."""
    difference = (found == 1).astype(float) - (other == 1).astype(float)
    rng = np.random.default_rng(SEED)
    drawn = difference[rng.integers(0, len(difference), (5000, len(difference)))].mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{difference.mean():+.2f} [{low:+.2f}, {high:+.2f}]"


if __name__ == "__main__":
    main()
