"""Whole shelves kept out of training: photographs of one class that look like a photograph used for measuring.

A phone camera pointed at one shelf twice gives nearly the same picture; trained on the one, the other proves nothing.
"""

import csv
import json
from pathlib import Path

import numpy as np
from PIL import Image

from encoders.encoder import Picture
from encoders.picture.framing import frame
from encoders.picture.training.captions import read_groceries
from encoders.picture.training.preparation import SIDE
from encoders.picture.training.teacher import Teacher

ALIKE = 0.80  # cosine of the teacher's features of the whole picture


def find_shelves(weights: Path, grocery: Path, work: Path, threads: int) -> None:
    """shelves.json: names of the photographs that share a shelf with a measuring photograph; written once."""
    target = work / "shelves.json"
    if target.is_file():
        return
    rows = json.loads((work / "pictures.json").read_text(encoding="utf-8"))
    known = np.load(work / "teacher.npy").astype(np.float32)
    labels = list(read_groceries(grocery))
    measured = list(csv.DictReader((grocery / "natural_dev.csv").open(encoding="utf-8", newline="")))
    pictures = np.stack([frame(_read(grocery / row["image"]), SIDE) for row in measured])
    likeness = Teacher(weights, threads).features(pictures) @ known.T
    names = {
        row["name"]
        for number, row in enumerate(rows)
        for place, measuring in enumerate(measured)
        if row["label"] == labels[int(measuring["class_id"])] and likeness[place, number] > ALIKE
    }
    target.write_text(json.dumps(sorted(names)), encoding="utf-8")
    print(f"held out {len(names)} photographs of the shelves that measuring uses", flush=True)


def _read(path: Path) -> Picture:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))
