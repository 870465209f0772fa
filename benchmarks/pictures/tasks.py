"""The tasks: what is asked, what is to be found, and which answers are right. Everything from development halves."""

import csv
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HELD_OUT_EVERY = 3  # grocery classes whose number divides by this were never trained on

Question = Path | str


@dataclass(frozen=True)
class Task:
    """Questions and gallery are pictures (paths) or words (strings); `right` holds gallery positions per question.

    `hidden` holds gallery positions that a question may not find, such as itself.
    """

    name: str
    questions: tuple[Question, ...]
    gallery: tuple[Question, ...]
    right: tuple[tuple[int, ...], ...]
    hidden: tuple[tuple[int, ...], ...] | None = None
    cutoffs: tuple[int, ...] = (1, 10)


def read_tasks(data: Path) -> list[Task]:
    """Every task whose data is there."""
    luma, grocery, clothing = data / "magento-luma", data / "grocery-store", data / "clothing"
    tasks: list[Task] = []
    if luma.is_dir():
        tasks += [other_views(luma), words_to_pictures(luma)]
    if grocery.is_dir():
        tasks += grocery_pictures(grocery) + grocery_names(grocery)
    if clothing.is_dir():
        tasks.append(another_sender(clothing))
    return tasks


def read_luma(folder: Path) -> list[dict[str, Any]]:
    with gzip.open(folder / "catalog.jsonl.gz", "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def other_views(folder: Path) -> Task:
    products = read_luma(folder)
    places = {str(product["id"]): place for place, product in enumerate(products)}
    rows = read_csv(folder / "views_dev.csv")
    questions = tuple(folder / row["image"] for row in rows)
    gallery = tuple(folder / str(product["image"]) for product in products)
    return Task("other view → goods (luma)", questions, gallery, tuple((places[row["item_id"]],) for row in rows))


def words_to_pictures(folder: Path) -> Task:
    """The colour and the last category of every garment that has a colour; only its own picture is right."""
    products = read_luma(folder)
    asked = [(place, p) for place, p in enumerate(products) if p.get("color") and p.get("categories")]
    questions = tuple(f"{p['color']} {str(p['categories'][0]).rsplit('/', 1)[-1]}" for _, p in asked)
    gallery = tuple(folder / str(product["image"]) for product in products)
    return Task("words → own picture (luma)", questions, gallery, tuple((place,) for place, _ in asked))


def grocery_pictures(folder: Path) -> list[Task]:
    classes, rows = _grocery(folder)
    gallery = tuple(folder / str(row["iconic_image"]) for row in classes)
    return [_by_class(f"photograph → shop picture, {kind}", folder, chosen, gallery) for kind, chosen in _split(rows)]


def grocery_names(folder: Path) -> list[Task]:
    classes, rows = _grocery(folder)
    gallery = tuple(str(row["name"]).replace("-", " ") for row in classes)
    return [_by_class(f"photograph → category name, {kind}", folder, chosen, gallery) for kind, chosen in _split(rows)]


def another_sender(folder: Path) -> Task:
    rows = read_csv(folder / "images_dev.csv")
    pictures = tuple(folder / row["image"] for row in rows)
    right, hidden = [], []
    for row in rows:
        others = [place for place, other in enumerate(rows) if other["sender_id"] != row["sender_id"]]
        right.append(tuple(place for place in others if rows[place]["label"] == row["label"]))
        hidden.append(tuple(place for place in range(len(rows)) if place not in set(others)))
    return Task("clothing, another sender", pictures, pictures, tuple(right), tuple(hidden), cutoffs=(1,))


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _grocery(folder: Path) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    classes = [json.loads(line) for line in (folder / "classes.jsonl").read_text(encoding="utf-8").splitlines()]
    return classes, read_csv(folder / "natural_dev.csv")


def _split(rows: Sequence[dict[str, str]]) -> list[tuple[str, list[dict[str, str]]]]:
    unseen = [row for row in rows if int(row["class_id"]) % HELD_OUT_EVERY == 0]
    known = [row for row in rows if int(row["class_id"]) % HELD_OUT_EVERY]
    return [("all classes", list(rows)), ("known classes", known), ("unseen classes", unseen)]


def _by_class(name: str, folder: Path, rows: Sequence[dict[str, str]], gallery: tuple[Question, ...]) -> Task:
    questions = tuple(folder / row["image"] for row in rows)
    return Task(name, questions, gallery, tuple((int(row["class_id"]),) for row in rows))
