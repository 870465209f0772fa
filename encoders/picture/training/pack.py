"""The training photographs: which there are, what they show, and which are held out for honest measuring."""

import csv
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from encoders.encoder import EncoderError, Picture

HELD_OUT_EVERY = 3  # grocery classes whose number divides by this are never trained on


@dataclass(frozen=True, slots=True)
class Photograph:
    """`label` is empty where nobody was sure; `held_out` photographs are for measuring only."""

    name: str
    label: str
    source: str
    held_out: bool


def read_list(pack: Path, grocery: Path) -> list[Photograph]:
    """The photographs of the pack in the order of its images.csv. Raises EncoderError when a file is missing."""
    try:
        rows = list(csv.DictReader((pack / "images.csv").open(encoding="utf-8", newline="")))
        classes = [json.loads(line) for line in (grocery / "classes.jsonl").read_text(encoding="utf-8").splitlines()]
    except OSError as error:
        raise EncoderError(f"training data: {error}; give --pack and --grocery the folders of the data") from error
    held = {_plain(str(c["name"])) for c in classes if int(c["class_id"]) % HELD_OUT_EVERY == 0}
    return [Photograph(r["image"], r["label"], r["source"], _plain(r["label"]) in held) for r in rows]


def read_pictures(pack: Path) -> Iterator[tuple[str, Picture]]:
    """Name and pixels of every photograph, in the order of the archive."""
    with tarfile.open(pack / "images.tar") as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is not None and member.name.endswith(".jpg"):
                with Image.open(io.BytesIO(stream.read())) as image:
                    yield member.name.removeprefix("./"), np.asarray(image.convert("RGB"))


def _plain(label: str) -> str:
    return label.lower().replace("-", " ").strip()
