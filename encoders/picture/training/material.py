"""Everything a step draws from, in memory: stored views, drawn pictures, groups, classes, captions, opinions."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import TextEncoder
from encoders.picture.training.captions import Vocabulary, caption_photograph, make_vocabulary, read_groceries
from encoders.picture.training.drawing import draw, imagine
from encoders.picture.training.preparation import SIDE

DRAWN = 3000
DRAWN_VIEWS = 2


@dataclass(frozen=True)
class Material:
    """`views` (photographs, 3, side, side, 3) and `drawn` (things, 2, …) uint8; photographs come first in every list.

    `group`: equal numbers are views to pull together. `label`: class for cross-entropy, -1 unknown. `trained`: positions
    of the photographs that may be trained on. `chance`: how often each of those is drawn, summing to 1.
    `cover`: for every photograph the position of the picture that stands for its product, itself when there is none.
    """

    views: NDArray[np.uint8]
    drawn: NDArray[np.uint8]
    opinions: NDArray[np.float16]
    group: NDArray[np.int64]
    label: NDArray[np.int64]
    vocabulary: Vocabulary
    trained: NDArray[np.int64]
    chance: NDArray[np.float64]
    cover: NDArray[np.int64]

    @property
    def classes(self) -> int:
        return int(self.label.max()) + 1


def gather(work: Path, grocery: Path, encoder: TextEncoder, *, seed: int) -> Material:
    """Read what the preparation wrote, draw what is missing, and put captions to everything."""
    rows = json.loads((work / "pictures.json").read_text(encoding="utf-8"))
    groceries = read_groceries(grocery)
    shelves = set(json.loads((work / "shelves.json").read_text(encoding="utf-8")))
    drawn, drawn_captions = _drawn(work, seed)
    labels = sorted({row["label"] for row in rows if row["label"] and not row["held_out"]})
    label = np.array([labels.index(row["label"]) if row["label"] in labels else -1 for row in rows])
    trained = np.array([n for n, row in enumerate(rows) if not row["held_out"] and row["name"] not in shelves])
    # A name that is only ever wrong is learnt as wrong: names of held-out classes must not stand among the others.
    shown = set(trained.tolist())
    captions = [
        caption_photograph(row["label"], row["colour"], groceries) if place in shown else ()
        for place, row in enumerate(rows)
    ]
    captions += [(caption, caption.split(" ", 1)[1]) for caption in drawn_captions]
    frequency = np.bincount(label[trained] + 1, minlength=len(labels) + 1)[label[trained] + 1]
    chance = 1 / np.sqrt(frequency)
    return Material(
        views=np.load(work / "views.npy"),
        drawn=drawn,
        opinions=_centred(np.load(work / "teacher.npy"), trained),
        group=_groups(rows, len(drawn)),
        label=np.concatenate([label, np.full(len(drawn), -1)]),
        vocabulary=make_vocabulary(captions, encoder),
        trained=trained,
        chance=chance / chance.sum(),
        cover=np.arange(len(rows)),
    )


def _groups(rows: list[dict[str, str]], drawn: int) -> NDArray[np.int64]:
    # Garments of one class are different goods: only those of one colour, too, are alike. Groceries of a class are one.
    keys = []
    for number, row in enumerate(rows):
        if not row["label"] or (row["source"] == "clothing" and not row["colour"]):
            keys.append(f"alone {number}")
        else:
            keys.append(f"{row['label']} {row['colour'] if row['source'] == 'clothing' else ''}")
    keys += [f"drawn {number}" for number in range(drawn)]
    return np.unique(keys, return_inverse=True)[1].astype(np.int64)


def _centred(opinions: NDArray[np.float16], trained: NDArray[np.int64]) -> NDArray[np.float16]:
    mean = opinions[trained].astype(np.float32).mean(axis=0)
    return np.asarray(opinions.astype(np.float32) - mean, dtype=np.float16)


def _drawn(work: Path, seed: int) -> tuple[NDArray[np.uint8], list[str]]:
    if not (work / "drawn.json").is_file():
        randomness = np.random.default_rng(seed)
        things = [imagine(randomness) for _ in range(DRAWN)]
        pictures = np.zeros((DRAWN, DRAWN_VIEWS, SIDE, SIDE, 3), dtype=np.uint8)
        told = time.monotonic()
        for number, thing in enumerate(things):
            for view in range(DRAWN_VIEWS):
                pictures[number, view] = draw(thing, randomness, side=SIDE)
            if time.monotonic() - told > 10:
                told = time.monotonic()
                print(f"drawn {number} of {DRAWN}", flush=True)
        np.save(work / "drawn.npy", pictures)
        (work / "drawn.json").write_text(json.dumps([thing.caption for thing in things]), encoding="utf-8")
    return np.load(work / "drawn.npy"), json.loads((work / "drawn.json").read_text(encoding="utf-8"))
