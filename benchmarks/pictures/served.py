"""Words and picture together in the running product: another view of a garment and the first two words of its title.

    make real DATA=luma
    python -m benchmarks.pictures.served --data ../shared/data --url http://127.0.0.1:8600 --catalogue luma

With `--bare FEED.jsonl` it writes the products instead, those that are asked for without their pictures: indexed under another
name, they show where products without a picture end up.
"""

import argparse
import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.pictures.recall import describe_row
from benchmarks.pictures.tasks import read_csv, read_luma

DEEP = 200
WEIGHTS = {"keyword": 0.64, "text_vector": 0.16, "picture_vector": 1.0}
BOTH: Mapping[str, Any] = {
    "weighted, by ranks (hybrid)": "hybrid",
    "weighted, min_max": {"name": "scores", "weights": WEIGHTS, "normalizer": "min_max", "adaptive": True},
    "mean": {"name": "mean", "weights": WEIGHTS, "combination": "mean"},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--url", default="http://127.0.0.1:8600")
    parser.add_argument("--catalogue", default="luma")
    parser.add_argument("--bare", type=Path)
    asked = parser.parse_args()
    folder = asked.data / "magento-luma"
    if asked.bare is not None:
        write_bare(folder, asked.bare)
        return
    address = f"{asked.url}/catalogues/{asked.catalogue}/search"
    with httpx.Client(timeout=60) as client:
        show(client, address, folder, "words alone", {"policy": "hybrid"}, parts="text")
        show(client, address, folder, "picture alone", {"policy": "hybrid"}, parts="images")
        for name, policy in BOTH.items():
            show(client, address, folder, name, {"policy": policy}, parts="text images")


def show(
    client: httpx.Client, address: str, folder: Path, name: str, request: Mapping[str, Any], *, parts: str
) -> None:
    """One row: recall of the garment that is shown among the first, each colour standing for itself."""
    titles = {str(product["id"]): str(product["title"]) for product in read_luma(folder)}
    ranks = []
    for row in read_csv(folder / "views_dev.csv"):
        body = {**request, "size": DEEP, "group": False, "facets": []}
        if "text" in parts:
            body["text"] = " ".join(titles[row["item_id"]].split()[:2])
        if "images" in parts:
            data = base64.b64encode((folder / row["image"]).read_bytes()).decode()
            body["images"] = [{"uri": f"data:image/jpeg;base64,{data}"}]
        ids = [hit["id"] for hit in client.post(address, json=body).raise_for_status().json()["hits"]]
        ranks.append(ids.index(row["item_id"]) + 1 if row["item_id"] in ids else DEEP + 1)
    print(describe_row(name, np.array(ranks), (1, 10, 24)))


def write_bare(folder: Path, path: Path) -> None:
    """The catalogue's feed without the pictures of the products that are asked for."""
    asked = {row["item_id"] for row in read_csv(folder / "views_dev.csv")}
    with path.open("w", encoding="utf-8") as out:
        for product in read_luma(folder):
            kept = {key: value for key, value in product.items() if key != "image" or str(product["id"]) not in asked}
            if "image" in kept:
                kept["image"] = str((folder / str(kept["image"])).resolve())
            out.write(json.dumps(kept) + "\n")


if __name__ == "__main__":
    main()
