"""Recall of picture encoders on a shop's tasks, several encoders side by side.

    python -m benchmarks.pictures --data ../shared/data --encoders colour-edge vitrine-picture

Sets that the built-in network was trained on are not here; the grocery classes that it never saw are shown apart.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.pictures.recall import describe_row, find_ranks
from benchmarks.pictures.tasks import Question, Task, read_tasks
from encoders.encoder import Picture, PictureEncoder
from encoders.naming import head_start_of
from encoders.pictures_decoding import decode_picture
from encoders.registry import picture_encoder, words_in_picture_space
from encoders.runtime import Runtime
from plugin_config.catalogue import EncoderChoice

Vectors = NDArray[np.float32]
Known = dict[Question, NDArray[np.float32]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--encoders", nargs="+", default=["colour", "colour-edge", "vitrine-picture"])
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    tasks = read_tasks(asked.data)
    pictures = {
        path: read(path) for task in tasks for path in {*task.questions, *task.gallery} if isinstance(path, Path)
    }
    made = {name: picture_encoder(EncoderChoice(model=name), runtime=Runtime(asked.threads)) for name in asked.encoders}
    known = {name: encode_all(encoder, pictures, tasks) for name, encoder in made.items()}
    for task in tasks:
        print(task.name)
        for name, vectors in known.items():
            if all(question in vectors for question in (*task.questions, *task.gallery)):
                questions, gallery = stack(vectors, task.questions), stack(vectors, task.gallery)
                ranks = find_ranks(questions, gallery, task, head_start(made[name], task, gallery))
                print("    " + describe_row(name, ranks, task.cutoffs))


def read(path: Path) -> Picture:
    return decode_picture(path.read_bytes(), max_pixels=50_000_000, name=path.name)


def encode_all(encoder: PictureEncoder, pictures: dict[Path, Picture], tasks: Sequence[Task]) -> Known:
    """Vectors of every picture, and of every word where the encoder has a place for words."""
    paths = list(pictures)
    known: Known = dict(zip(paths, encoder.encode_pictures([pictures[path] for path in paths]), strict=True))
    if encoder.description.shares_words:
        words = sorted({q for task in tasks for q in (*task.questions, *task.gallery) if isinstance(q, str)})
        known |= dict(zip(words, words_in_picture_space(encoder).encode_words(words), strict=True))
    return known


def head_start(encoder: PictureEncoder, task: Task, gallery: Vectors) -> Vectors:
    """What names that the encoder learnt have ahead of others, as recognition takes it off; of pictures nothing."""
    are_names = isinstance(task.gallery[0], str)
    return head_start_of(encoder, gallery) if are_names else np.zeros(len(gallery), dtype=np.float32)


def stack(vectors: Known, questions: Sequence[Question]) -> Vectors:
    return np.stack([vectors[question] for question in questions])


if __name__ == "__main__":
    main()
