"""Heat maps: what one costs, and whether what it shows as warm is what the likeness hangs on.

    python -m benchmarks.pictures.heat --data ../shared/data

Other views of Luma's garments and their goods, each looked at for the other. `own`: the encoder's own way to vectors without
parts; `generic`: each cell hidden in the picture itself, which is then encoded as any picture is. Both are judged by deletion
(after Petsiuk et al. 2018): how far the whole encoder's cosine falls when the 5, 10 and 15 warmest of 49 cells are hidden
together, on average. Processor time, so other work beside it counts little.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.pictures.__main__ import read
from benchmarks.pictures.tasks import Task, other_views
from encoders.encoder import EncoderDescription, Picture, PictureEncoder, Vectors
from encoders.picture.heat import CELLS, Map, bounded, boxes_of, ground_of, heat_map, hidden
from encoders.registry import picture_encoder
from encoders.runtime import Runtime
from plugin_config.catalogue import EncoderChoice

DEPTHS = (5, 10, 15)


class AnswersOnly:
    """An encoder of which only the answers are known."""

    def __init__(self, encoder: PictureEncoder) -> None:
        self._encoder = encoder

    @property
    def description(self) -> EncoderDescription:
        return self._encoder.description

    def load(self) -> None:
        self._encoder.load()

    def encode_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        return self._encoder.encode_pictures(pictures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--encoder", default="vitrine-picture")
    asked = parser.parse_args()
    encoder = picture_encoder(EncoderChoice(model=asked.encoder), runtime=Runtime(1))
    encoder.load()
    shown = looked_at(encoder, other_views(asked.data / "magento-luma"))
    randomness = np.random.default_rng(1)
    ways: dict[str, Callable[[Picture, NDArray[np.float32]], Map]] = {
        "own": lambda picture, target: heat_map(encoder, picture, target),
        "generic": lambda picture, target: heat_map(AnswersOnly(encoder), picture, target),
        "cells by chance": lambda *_: np.asarray(randomness.random((CELLS, CELLS)), dtype=np.float32),
    }
    maps: dict[str, list[Map]] = {}
    for name, way in ways.items():
        begin = time.process_time()
        maps[name] = [way(picture, target) for picture, target in shown]
        each = 1000 * (time.process_time() - begin) / len(shown)
        falls = np.array([deletion(encoder, *pair, heat) for pair, heat in zip(shown, maps[name], strict=True)])
        error = falls.std() / np.sqrt(len(falls))
        print(f"{name:16} {each:6.1f} ms a map   cosine falls by {falls.mean():.3f} ± {error:.3f} (n={len(falls)})")
    alike = [rank_correlation(*pair) for pair in zip(maps["own"], maps["generic"], strict=True)]
    print(f"rank correlation of own and generic: mean {np.mean(alike):.2f}, median {np.median(alike):.2f}")


def looked_at(encoder: PictureEncoder, task: Task) -> list[tuple[Picture, NDArray[np.float32]]]:
    """Each view with its product's vector, and each product's picture with the view's."""
    found = []
    for question, right in zip(task.questions, task.right, strict=True):
        pictures = [read(Path(path)) for path in (question, task.gallery[right[0]])]
        one, other = encoder.encode_pictures(pictures)
        found += [(pictures[0], other), (pictures[1], one)]
    return found


def deletion(encoder: PictureEncoder, picture: Picture, target: NDArray[np.float32], heat: Map) -> float:
    small = bounded(picture)
    ground, boxes = ground_of(small), boxes_of(*small.shape[:2], CELLS)
    warmest = np.argsort(-heat.ravel(), kind="stable")
    pictures = [small]
    for depth in DEPTHS:
        less = small
        for place in warmest[:depth]:
            less = hidden(less, boxes[place], ground)
        pictures.append(less)
    likeness = encoder.encode_pictures(pictures) @ target
    return float(likeness[0] - likeness[1:].mean())


def rank_correlation(one: Map, other: Map) -> float:
    """Spearman's, of the cells that are warm in either."""
    warm = (one > 0) | (other > 0)
    ranks = [np.argsort(np.argsort(heat[warm])) for heat in (one, other)]
    return float(np.corrcoef(*ranks)[0, 1])


if __name__ == "__main__":
    main()
