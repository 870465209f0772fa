"""From a checkpoint to what ships: fp16 safetensors, an int8 ONNX network made from them, and the manifest.

python -m encoders.picture.training.export --checkpoint scratch/picture/checkpoint.pt
"""

import argparse
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from torch import Tensor

from encoders.picture.colour_edge import colour_histogram, shrink_for_colour
from encoders.picture.framing import resize_square, with_spare_channel
from encoders.picture.network_graph import FINISH, write_network
from encoders.picture.training.drawing import draw, imagine
from encoders.picture.training.finishing import find_finish, look_inside
from encoders.picture.training.material import gather
from encoders.picture.training.middles import find_middles
from encoders.picture.training.quantizing import quantize
from encoders.picture.training.refitting import refit_meaning
from encoders.picture.vitrine_picture import FOLDER, NAME
from encoders.registry import text_encoder
from encoders.text.pooling import unit_rows
from plugin_config.catalogue import EncoderChoice

_CALIBRATION = 256
_GLANCES = ((1.0, False), (0.8, True), (0.8, False))
_DRAWN, _DRAWN_SHARE = 1500, 0.17  # drawn things for the words, and their weight beside the photographs'
_HEAD_START = 0.5  # as in CSLS: half of each side's nearness to its like is taken off
_SYNONYMS = {
    "gray": "grey",
    "violet": "purple",
    "lavender": "purple",
    "tan": "beige",
    "cream": "beige",
    "teal": "green",
}


def export(checkpoint: Path, grocery: Path, folder: Path, *, side: int) -> None:
    """Write the averaged network of the checkpoint into `folder`; the prepared pictures lie beside it."""
    average = torch.load(checkpoint, weights_only=True)["average"]
    material = gather(checkpoint.parent, grocery, text_encoder(EncoderChoice(model="minilm")), seed=7)
    tensors = {name: t.float().numpy() for name, t in average.items() if t.dtype.is_floating_point}
    views = material.views[material.trained]
    pictures = np.concatenate([*views.transpose(1, 0, 2, 3, 4), material.drawn[:_DRAWN, 0]])
    vectors = material.vocabulary.vectors
    items = np.concatenate([material.trained] * views.shape[1] + [len(material.views) + np.arange(_DRAWN)])
    said = [vectors[list(material.vocabulary.of_picture[item])] for item in items]
    means = np.stack([several.mean(axis=0) if len(several) else np.zeros(vectors.shape[1]) for several in said])
    drawn = np.full(_DRAWN, _DRAWN_SHARE * views.shape[1] / _DRAWN)
    weights = np.concatenate([np.tile(material.chance, views.shape[1]), drawn]) * np.array([len(s) > 0 for s in said])
    refitted = refit_meaning(tensors, look_inside(tensors, pictures, side=side).trunk, means, weights)
    average = {name: torch.from_numpy(values) for name, values in refitted.items()}
    write_encoder(average, views, np.concatenate(said[: len(views)]), folder, side=side)


def write_encoder(
    average: Mapping[str, Tensor],
    views: NDArray[np.uint8],
    captions: NDArray[np.float32],
    folder: Path,
    *,
    side: int = 128,
) -> None:
    """Write vitrine-picture.safetensors, .onnx and .json into `folder`, and tell how far int8 strays from fp32.

    `views` (n, views, side, side, 3) are training pictures, on which the finish and the int8 scales are set;
    `captions` (m, 384) the vectors of what was said of each, as often as it was said.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights, network = folder / f"{NAME}.safetensors", folder / f"{NAME}.onnx"
    tensors = {
        name: np.ascontiguousarray(t.cpu().numpy(), dtype=np.float16)  # safetensors writes bytes as they lie
        for name, t in average.items()
        if t.dtype.is_floating_point
    }
    flat = np.concatenate([views[:, 0], views[:, -1]])
    seen = look_inside(_full(tensors), flat, side=side)
    finish = find_finish(seen, captions)
    save_file(
        {**tensors, **{name: np.ascontiguousarray(v, dtype=np.float16) for name, v in finish.tensors.items()}}, weights
    )
    exact = write_network(_full(load_file(weights)))
    chosen = np.random.default_rng(3).choice(len(views), min(len(views), _CALIBRATION), replace=False)
    pictures = np.stack([resize_square(views[place, place % views.shape[1]], side) for place in chosen])
    network.write_bytes(quantize(exact, pictures))
    _compare(exact, network.read_bytes(), pictures)
    learnt = folder / f"{NAME}.learnt.npy"
    np.save(learnt, find_middles(unit_rows(seen.meaning[: len(views)] - finish.tensors[f"{FINISH}.meaning.centre"])))
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (weights, network, learnt)}
    manifest = {
        "name": NAME, "files": files, "side": side, "glances": _GLANCES, "widths": [256, 384, 128],
        "weights": [1.0, 0.5, 0.6], "words": [1.0, 0.4],
        "words_centre": [round(float(value), 5) for value in finish.words_centre], "colours": _mean_colours(),
        "learnt": learnt.name, "head_start": _HEAD_START,
    }  # fmt: skip
    (folder / f"{NAME}.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    print(f"{sum(path.stat().st_size for path in folder.iterdir()) / 1e6:.1f} MB in {folder}")


def _full(tensors: Mapping[str, NDArray[np.float16]]) -> dict[str, NDArray[np.float32]]:
    return {name: values.astype(np.float32) for name, values in tensors.items()}


def _compare(exact: bytes, small: bytes, pictures: NDArray[np.uint8]) -> None:
    made = []
    for graph in (exact, small):
        session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        made.append([unit_rows(part) for part in session.run(None, {"pictures": with_spare_channel(pictures)})])
    for name, one, other in zip(("look", "meaning"), *made, strict=True):
        tops = [np.argsort(-(part @ part.T), axis=1)[:, 1:11] for part in (one, other)]
        overlap = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(*tops, strict=True)])
        print(f"{name}: int8 to fp32 cosine {float((one * other).sum(axis=1).mean()):.4f}, top 10 shared {overlap:.3f}")


def _mean_colours() -> dict[str, list[float]]:
    """The mean colour histogram of things drawn in each named colour, on white ground."""
    randomness = np.random.default_rng(11)
    found: dict[str, list[NDArray[np.float32]]] = {}
    while len(found) < 13 or min(len(several) for several in found.values()) < 12:
        thing = imagine(randomness)
        if thing.pattern == "plain" and len(found.get(thing.colour, ())) < 24:
            picture = draw(thing, randomness, side=96, plain_ground=True)
            found.setdefault(thing.colour, []).append(colour_histogram(shrink_for_colour(picture)))
    means = {name: unit_rows(np.mean(several, axis=0, keepdims=True))[0] for name, several in found.items()}
    named = {name: [round(float(value), 4) for value in mean] for name, mean in sorted(means.items())}
    return named | {word: named[name] for word, name in _SYNONYMS.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--checkpoint", type=Path, default=Path("scratch/picture/checkpoint.pt"))
    parser.add_argument("--grocery", type=Path, default=Path("../shared/data/grocery-store"))
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--side", type=int, default=128)
    asked = parser.parse_args()
    export(asked.checkpoint, asked.grocery, asked.folder, side=asked.side)


if __name__ == "__main__":
    main()
