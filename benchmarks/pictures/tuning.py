"""Fine-tuning on a grocery shop's own pictures: photographs find shop pictures, before and after.

    python -m benchmarks.pictures.tuning --data ../shared/data --work scratch/picture --minutes 5

The shop gives its 81 shop pictures and the photographs of the training pack; shelves that show in a measuring
photograph are left out (`--work` holds what `python -m encoders.picture.training` prepared, with those shelves).
"""

import argparse
import json
import tempfile
from pathlib import Path

from benchmarks.pictures.__main__ import encode_all, read, stack
from benchmarks.pictures.recall import describe_row, find_ranks
from benchmarks.pictures.tasks import Task, grocery_names, grocery_pictures
from encoders.picture.finetuning import ShopPicture, fine_tune
from encoders.picture.training.pack import read_pictures
from encoders.registry import picture_encoder, text_encoder
from plugin_config.catalogue import EncoderChoice


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=Path("scratch/picture"))
    parser.add_argument("--minutes", type=float, default=5.0)
    asked = parser.parse_args()
    shop = read_shop(asked.data, asked.work)
    tasks = [*grocery_pictures(asked.data / "grocery-store"), *grocery_names(asked.data / "grocery-store")]
    show("vitrine-picture", tasks)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "groceries"
        tuned = fine_tune(shop, folder, text_encoder(EncoderChoice(model="minilm")), minutes=asked.minutes)
        print(tuned)
        if tuned.folder is not None:
            show(str(tuned.folder), tasks)


def read_shop(data: Path, work: Path) -> list[ShopPicture]:
    """The shop pictures first, then every photograph of a grocery that shares no shelf with a measuring one."""
    classes = [json.loads(row) for row in (data / "grocery-store/classes.jsonl").read_text("utf-8").splitlines()]
    names = [str(row["name"]).replace("-", " ") for row in classes]
    shop = [
        ShopPicture(n, read(data / "grocery-store" / r["iconic_image"]), n) for n, r in zip(names, classes, strict=True)
    ]
    labels = {row["name"]: row["label"] for row in json.loads((work / "pictures.json").read_text("utf-8"))}
    shelves = set(json.loads((work / "shelves.json").read_text("utf-8")))
    for name, picture in read_pictures(data / "image-training-pack"):
        if labels[name] in names and name not in shelves:
            shop.append(ShopPicture(labels[name], picture, labels[name]))
    return shop


def show(model: str, tasks: list[Task]) -> None:
    encoder = picture_encoder(EncoderChoice(model=model))
    pictures = {
        path: read(path) for task in tasks for path in {*task.questions, *task.gallery} if isinstance(path, Path)
    }
    vectors = encode_all(encoder, pictures, tasks)
    for task in tasks:
        ranks = find_ranks(stack(vectors, task.questions), stack(vectors, task.gallery), task)
        print(describe_row(f"{encoder.description.name} {task.name}", ranks, task.cutoffs), flush=True)


if __name__ == "__main__":
    main()
