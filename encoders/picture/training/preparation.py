"""Once before training: three views of every photograph as one array of bytes on disk, and its colour's name.

views.npy      uint8 (photographs, 3, side, side, 3): whole; a crop; the thing cut out on pale ground
pictures.json  name, label, source, held_out, colour, thing (share of the picture) in the same order
"""

import json
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import Picture
from encoders.picture.framing import frame
from encoders.picture.training.colours import name_colour
from encoders.picture.training.foreground import find_foreground, on_pale_ground
from encoders.picture.training.pack import read_list, read_pictures

SIDE = 144


def prepare(pack: Path, grocery: Path, work: Path, *, seed: int) -> None:
    """Write the views into `work`; a finished preparation is left as it is. Prints progress every ten seconds."""
    if (work / "pictures.json").is_file():
        return
    work.mkdir(parents=True, exist_ok=True)
    listed = {photograph.name: photograph for photograph in read_list(pack, grocery)}
    shape = (len(listed), 3, SIDE, SIDE, 3)
    views = np.lib.format.open_memmap(work / "views.npy", mode="w+", dtype=np.uint8, shape=shape)
    rows: list[dict[str, object]] = []
    randomness = np.random.default_rng(seed)
    told = time.monotonic()
    for name, picture in read_pictures(pack):
        mask = find_foreground(picture)
        views[len(rows)] = three_views(picture, mask, randomness)
        colour = name_colour(picture[mask][:: max(1, int(mask.sum()) // 4000)])
        rows.append({**asdict(listed[name]), "colour": colour, "thing": round(float(mask.mean()), 3)})
        if time.monotonic() - told > 10:
            told = time.monotonic()
            print(f"views {len(rows)} of {len(listed)}", flush=True)
    views.flush()
    (work / "pictures.json").write_text(json.dumps(rows), encoding="utf-8")


def three_views(picture: Picture, mask: NDArray[np.bool_], randomness: np.random.Generator) -> Picture:
    """The whole picture, a crop of it and the thing cut out, framed: (3, side, side, 3)."""
    height, width = picture.shape[:2]
    share = np.sqrt(randomness.uniform(0.3, 1.0))
    rows, columns = max(16, int(height * share)), max(16, int(width * share))
    top, left = randomness.integers(0, height - rows + 1), randomness.integers(0, width - columns + 1)
    crop = picture[top : top + rows, left : left + columns]
    cut = on_pale_ground(picture, mask, shade=int(randomness.integers(225, 256)))
    return np.stack([frame(view, SIDE) for view in (picture, crop, cut)])
