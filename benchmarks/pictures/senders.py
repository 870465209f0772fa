"""Clothing: has the nearest photograph of another sender the same class?

    python -m benchmarks.pictures.senders --data ../shared/data --encoders colour vitrine-picture

The answer depends on what is searched, so two ways are shown. `equal`: 7 photographs of each of 17 classes ask each
other; P@1 of guessing is .06. `whole`: the same photographs ask among the 3,800 labelled ones of the training pack, as
in the whole data set, and every question counts as often as its class occurs there (a third of the photographs show
T-shirts and trousers). Nobody who sent a question sent anything to the pack. What is searched was trained on, what asks
was not, as when a shop's own goods are searched; reference networks that were trained on neither are asked alike.
"""

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.pictures.__main__ import read
from benchmarks.pictures.recall import wilson
from benchmarks.pictures.tasks import read_csv
from encoders.encoder import Vectors
from encoders.picture.training.pack import read_pictures
from encoders.registry import picture_encoder
from encoders.runtime import Runtime
from plugin_config.catalogue import EncoderChoice

Flags = NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--encoders", nargs="+", default=["colour", "vitrine-picture"])
    asked = parser.parse_args()
    rows = read_csv(asked.data / "clothing" / "images_dev.csv")
    labels = np.array([row["label"] for row in rows])
    senders = np.array([row["sender_id"] for row in rows])
    of_pack = {row["image"]: row["label"] for row in read_csv(asked.data / "image-training-pack" / "images.csv")}
    shown = [(of_pack[name], picture) for name, picture in read_pictures(asked.data / "image-training-pack")
             if name.startswith("clothing") and of_pack[name] in set(labels)]  # fmt: skip
    pack_labels = np.array([label for label, _ in shown])
    for name in asked.encoders:
        encoder = picture_encoder(EncoderChoice(model=name), runtime=Runtime(1))
        questions = encoder.encode_pictures([read(asked.data / "clothing" / row["image"]) for row in rows])
        gallery = encoder.encode_pictures([picture for _, picture in shown])
        print(f"{name}: {describe(questions, gallery, labels, senders, pack_labels)}")


def describe(
    questions: Vectors, gallery: Vectors, labels: NDArray[np.str_], senders: NDArray[np.str_], pack: NDArray[np.str_]
) -> str:
    """Both ways, with Wilson's interval; of the weighted one over as many questions as its weights are worth."""
    scores = questions @ questions.T
    scores[senders[:, None] == senders[None, :]] = -np.inf
    equal: Flags = labels[scores.argmax(axis=1)] == labels
    whole: Flags = pack[(questions @ gallery.T).argmax(axis=1)] == labels
    asked, found = Counter(labels.tolist()), Counter(pack.tolist())
    weights = np.array([found[label] / asked[label] for label in labels])
    share = float(weights @ whole / weights.sum())
    worth = round(float(weights.sum() ** 2 / (weights**2).sum()))
    return (
        f"equal {wilson(int(equal.sum()), len(equal))} (n={len(equal)}), "
        f"whole {wilson(share * worth, worth)} (n={len(whole)}, worth {worth} equal ones)"
    )


if __name__ == "__main__":
    main()
