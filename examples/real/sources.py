"""What each real catalogue is loaded from and judged by; conversions go to a folder of their own."""

import csv
import gzip
import hashlib
import json
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_MOVIE_QUERIES = 400
_FOR_PICTURES = ("Success@1", "Success@10", "nDCG@10")


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed; `is_partial` feeds come after whole ones and add to their products."""

    path: Path
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Feeds in the order they are loaded, judgments, whether a ranking model can be trained on them, and the policies
    that are compared: of a question that is nothing but a picture all of them make the same."""

    feeds: tuple[Feed, ...]
    judgments: Path
    is_trained: bool
    measures: tuple[str, ...] = ("nDCG@10",)
    policies: tuple[str, ...] = ("keyword", "vector", "hybrid")


def chorus(data: Path, made: Path) -> Source:  # noqa: ARG001
    folder = data / "chorus-icecat"
    return Source((Feed(folder / "products.jsonl.gz"),), folder / "judgments_dev.csv", is_trained=True)


def movies(data: Path, made: Path) -> Source:
    """The judged queries are thinned by a hash of their id, so that a run takes minutes and is always the same."""
    folder = data / "msrd-movies"
    products = folder / "movies-corpus.jsonl.gz"
    with gzip.open(products, "rt", encoding="utf-8") as lines:
        known = {json.loads(line)["id"] for line in lines}
    with gzip.open(folder / "judgments_dev.tsv.gz", "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["doc_id"] in known]
    ids = sorted({row["query_id"] for row in rows}, key=lambda id: hashlib.sha256(id.encode()).hexdigest())
    kept = set(ids[:_MOVIE_QUERIES])
    judged = [(row["query"], row["doc_id"], row["grade"]) for row in rows if row["query_id"] in kept]
    return Source((Feed(products),), _write_judgments(made / "judgments.csv", judged), is_trained=True)


def luma(data: Path, made: Path) -> Source:
    """Reviews are written of garments; each colour of a garment gets them, as a partial feed after the products."""
    folder = data / "magento-luma"
    products = folder / "catalog.jsonl.gz"
    reviews: dict[str, list[dict[str, object]]] = defaultdict(list)
    with (folder / "reviews.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            text = ". ".join(part.strip() for part in (row["title"], row["review"]) if part.strip())
            reviews[row["sku"]].append({"text": text, "rating": int(row["rating_value"])})
    with (
        gzip.open(products, "rt", encoding="utf-8") as lines,
        (made / "reviews.jsonl").open("w", encoding="utf-8") as out,
    ):
        for line in lines:
            product = json.loads(line)
            found = reviews.get(product["id"]) or reviews.get(product["parent_sku"])
            if found:
                out.write(json.dumps({"id": product["id"], "reviews": found}) + "\n")
    with (folder / "views_dev.csv").open(encoding="utf-8") as file:
        pictures = [(folder / row["image"], row["item_id"]) for row in csv.DictReader(file)]
    judgments = _write_pictures(made / "judgments.csv", pictures)
    feeds = (Feed(products), Feed(made / "reviews.jsonl", is_partial=True))
    return Source(feeds, judgments, is_trained=False, measures=_FOR_PICTURES, policies=("hybrid",))


def grocery(data: Path, made: Path) -> Source:
    folder = data / "grocery-store"
    with (folder / "natural_dev.csv").open(encoding="utf-8") as file:
        pictures = [(folder / row["image"], row["class_id"]) for row in csv.DictReader(file)]
    judgments = _write_pictures(made / "judgments.csv", pictures)
    feeds = (Feed(folder / "classes.jsonl"),)
    return Source(feeds, judgments, is_trained=False, measures=_FOR_PICTURES, policies=("hybrid",))


def eshop(data: Path, made: Path) -> Source:
    """Its feed is one JSON list without picture names, and nobody judged it: each name must find its own product."""
    folder = data / "eshop-catalog"
    products = json.loads((folder / "catalog.json").read_text(encoding="utf-8"))
    shutil.copytree(folder / "images", made / "images", dirs_exist_ok=True, copy_function=shutil.copyfile)
    (made / "images").chmod(0o755)
    with (made / "products.jsonl").open("w", encoding="utf-8") as out:
        for product in products:
            out.write(json.dumps(product | {"image": f"images/{product['Id']}.webp"}) + "\n")
    judged = [(product["Name"], str(product["Id"]), "1") for product in products]
    judgments = _write_judgments(made / "judgments.csv", judged)
    return Source((Feed(made / "products.jsonl"),), judgments, is_trained=False, measures=("Success@1", "RR"))


SOURCES: Mapping[str, Callable[[Path, Path], Source]] = {
    "chorus": chorus,
    "luma": luma,
    "grocery": grocery,
    "eshop": eshop,
    "movies": movies,
}


def _write_judgments(
    path: Path, rows: Iterable[Sequence[str]], header: Sequence[str] = ("query", "docid", "rating")
) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def _write_pictures(path: Path, pictures: Iterable[tuple[Path, str]]) -> Path:
    rows = [("", id, "1", os.path.relpath(picture, path.parent)) for picture, id in pictures]
    return _write_judgments(path, rows, ("query", "docid", "rating", "image"))
