"""Words and picture in one question: another view of a garment with the first two words of its title.

    python -m benchmarks.pictures.together --data ../shared/data

Word scores are MiniLM cosines of the two words and the titles, picture scores those of the picture encoder; both are
brought to 0 to 1 over the gallery before they are added with equal weight, as a hybrid query with min_max does.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.pictures.__main__ import read
from benchmarks.pictures.recall import describe_row
from benchmarks.pictures.tasks import other_views, read_luma
from encoders.registry import picture_encoder, text_encoder
from plugin_config.catalogue import EncoderChoice

Scores = NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--encoder", default="vitrine-picture")
    asked = parser.parse_args()
    task = other_views(asked.data / "magento-luma")
    titles = [str(product["title"]) for product in read_luma(asked.data / "magento-luma")]
    right = np.array([places[0] for places in task.right])
    encoder = picture_encoder(EncoderChoice(model=asked.encoder))
    questions, gallery = (
        encoder.encode_pictures([read(path) for path in paths if isinstance(path, Path)])
        for paths in (task.questions, task.gallery)
    )
    words = text_encoder(EncoderChoice(model="minilm"))
    asked_words = [" ".join(titles[place].split()[:2]) for place in right]
    by_words = words.encode_queries(asked_words) @ words.encode_documents(titles).T
    by_picture = questions @ gallery.T
    rows = {"words alone": by_words, "picture alone": by_picture, "together": _scaled(by_words) + _scaled(by_picture)}
    for name, scores in rows.items():
        print(describe_row(name, _ranks(scores, right), (1, 10)))


def _scaled(scores: Scores) -> Scores:
    low, high = scores.min(axis=1, keepdims=True), scores.max(axis=1, keepdims=True)
    return np.asarray((scores - low) / (high - low), dtype=np.float32)


def _ranks(scores: Scores, right: NDArray[np.intp]) -> NDArray[np.int64]:
    # Products with the same title tie: on average half of them come first.
    best = scores[np.arange(len(right)), right][:, None]
    above, level = (scores > best + 1e-6).sum(axis=1), (np.abs(scores - best) <= 1e-6).sum(axis=1) - 1
    return np.asarray(1 + above + (level + 1) // 2, dtype=np.int64)


if __name__ == "__main__":
    main()
