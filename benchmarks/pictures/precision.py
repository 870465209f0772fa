"""What int8 costs: how many of the ten nearest pictures a shop's pictures share with the fp32 network's.

    python -m benchmarks.pictures.precision --data ../shared/data

Both run through the same encoder (framing, glances, colour), on the 455 goods of Luma and on the groceries' pictures, every
picture asking among the others of its shop.
"""

import argparse
import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from benchmarks.pictures.__main__ import read
from benchmarks.pictures.tasks import Question, grocery_pictures, other_views
from encoders.encoder import Vectors
from encoders.picture.network_graph import write_network
from encoders.picture.vitrine_picture import FOLDER, NAME, read_manifest
from encoders.registry import picture_encoder
from encoders.runtime import Runtime
from encoders.text.pooling import unit_rows
from plugin_config.catalogue import EncoderChoice

TOP = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    asked = parser.parse_args()
    groceries = grocery_pictures(asked.data / "grocery-store")[0]
    shops: dict[str, list[Question]] = {
        "luma": list(other_views(asked.data / "magento-luma").gallery),
        "groceries": [*groceries.gallery, *groceries.questions],
    }
    with tempfile.TemporaryDirectory() as name:
        exact = Path(name) / "exact"
        shutil.copytree(FOLDER, exact)
        write_exact(exact)
        networks = [picture_encoder(EncoderChoice(model=str(f)), runtime=Runtime(1)) for f in (FOLDER, exact)]
        for shop, questions in shops.items():
            pictures = [read(path) for path in questions if isinstance(path, Path)]
            small, full = (network.encode_pictures(pictures) for network in networks)
            print(f"{shop}: cosine {float((small * full).sum(axis=1).mean()):.4f}")
            for part, columns in parts().items():
                print(f"    {part:8} shares {overlap(small[:, columns], full[:, columns]):.3f} of its top {TOP}")


def write_exact(folder: Path) -> None:
    """Put the fp32 network, written from the shipped tensors, in place of the int8 one of a copied encoder."""
    tensors = {name: values.astype(np.float32) for name, values in load_file(folder / f"{NAME}.safetensors").items()}
    graph = write_network(tensors)
    (folder / f"{NAME}.onnx").write_bytes(graph)
    manifest = json.loads((folder / f"{NAME}.json").read_text(encoding="utf-8"))
    manifest["files"][f"{NAME}.onnx"] = hashlib.sha256(graph).hexdigest()
    (folder / f"{NAME}.json").write_text(json.dumps(manifest), encoding="utf-8")


def parts() -> dict[str, slice]:
    """Columns of each part of a vector, and of all of it."""
    look, meaning, _ = read_manifest(FOLDER).widths
    return {"look": slice(0, look), "meaning": slice(look, look + meaning), "all": slice(None)}


def overlap(small: Vectors, full: Vectors) -> float:
    """The mean share of the nearest TOP others that both name."""
    one, other = nearest(unit_rows(small)), nearest(unit_rows(full))
    return float(np.mean([len(set(a) & set(b)) / TOP for a, b in zip(one.tolist(), other.tolist(), strict=True)]))


def nearest(rows: Vectors) -> NDArray[np.intp]:
    likeness = rows @ rows.T
    np.fill_diagonal(likeness, -np.inf)
    return np.argsort(-likeness, axis=1)[:, :TOP]


if __name__ == "__main__":
    main()
