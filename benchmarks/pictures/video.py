"""Does a clip of a thing find it as well as a photograph of it does?

    python -m benchmarks.pictures.video --data ../shared/data            # the figures of docs/measured/video.md
    python -m benchmarks.pictures.video --data ../shared/data --tuning   # other pictures, on which settings are chosen

Clips are filmed over photographs of development halves (`benchmarks.pictures.clips`): something unrelated, the thing, something
unrelated; and tours past three things. Searched with are the frames that the service chooses, the way it searches:
`best` counts a product by the frame that it looks most like, `pooled` by their mean. Beside them the photograph itself and
one frame a second. A product counts as shown when its class or item is the thing's.
"""

import argparse
import itertools
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.pictures.__main__ import read
from benchmarks.pictures.clips import Clip, Shot, make_clip
from benchmarks.pictures.recall import describe_row, wilson
from benchmarks.pictures.tasks import Task, grocery_pictures, other_views, read_csv
from encoders.encoder import Picture, PictureEncoder
from encoders.picture.training.pack import read_list
from encoders.registry import picture_encoder
from encoders.scenes import MOST_FRAMES
from encoders.video import VideoLimits, distinct_frames
from plugin_config.catalogue import EncoderChoice

LIMITS: Final = VideoLimits(max_bytes=24_000_000, max_pixels=9_000_000, max_seconds=60, patience_seconds=120)
BEFORE, SHOWN, TOUR = 1.5, 4.0, 2.5  # seconds
TUNED_SEED, REPORTED_SEED = 100_000, 0
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Film:
    """A clip, what it shows (places in the gallery), and the photographs that it was made from."""

    clip: Clip
    things: tuple[int, ...]
    photographs: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """The vectors of a clip's frames, their seconds, and what choosing them cost."""

    vectors: Vectors
    seconds: tuple[float, ...]
    work_seconds: float
    memory: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--encoder", default="vitrine-picture")
    parser.add_argument("--tuning", action="store_true", help="Other photographs and seeds than the reported ones.")
    asked = parser.parse_args()
    encoder = picture_encoder(EncoderChoice(model=asked.encoder))
    with tempfile.TemporaryDirectory() as name:
        for task, unrelated, repeats in tuning_tasks(asked.data, Path(name)) if asked.tuning else tasks(asked.data):
            seed = TUNED_SEED if asked.tuning else REPORTED_SEED
            gallery = encode(encoder, [read(path) for path in task.gallery if isinstance(path, Path)])
            show(f"{task.name}, one thing", single_films(task, unrelated, repeats, seed), gallery, encoder)
            show(f"{task.name}, three things", tour_films(task, seed, 16 if asked.tuning else 10), gallery, encoder)


def tasks(data: Path) -> Iterator[tuple[Task, list[Path], int]]:
    """Development halves, each with photographs of something unrelated and the number of clips per photograph."""
    luma, grocery, clothing = data / "magento-luma", data / "grocery-store", data / "clothing"
    groceries = [grocery / row["image"] for row in read_csv(grocery / "natural_dev.csv")]
    garments = [clothing / row["image"] for row in read_csv(clothing / "images_dev.csv")]
    yield other_views(luma), groceries, 1
    yield every_third(grocery_pictures(grocery)[0]), garments, 1


def every_third(task: Task) -> Task:
    return replace(task, questions=task.questions[::3], right=task.right[::3])


def tuning_tasks(data: Path, folder: Path) -> Iterator[tuple[Task, list[Path], int]]:
    """Photographs of the training pack of classes that were not trained on, and garments of the pack as what is unrelated."""
    pack, grocery = data / "image-training-pack", data / "grocery-store"
    listed = read_list(pack, grocery)
    whole = grocery_pictures(grocery)[0]
    places = {Path(str(path)).stem.partition("_")[0].lower(): place for place, path in enumerate(whole.gallery)}
    things = Random(11).sample([p for p in listed if p.held_out and p.label.lower() in places], 24)
    unrelated = Random(12).sample([p for p in listed if p.source == "clothing"], 30)
    with tarfile.open(pack / "images.tar") as archive:
        wanted = {p.name for p in (*things, *unrelated)}
        archive.extractall(folder, [m for m in archive if m.name.removeprefix("./") in wanted], filter="data")
    questions = tuple(folder / p.name for p in things)
    right = tuple((places[p.label.lower()],) for p in things)
    yield Task("tuning: unseen groceries", questions, whole.gallery, right), [folder / p.name for p in unrelated], 1


def single_films(task: Task, unrelated: Sequence[Path], repeats: int, seed: int) -> list[Film]:
    films = []
    for number, (place, _) in enumerate(itertools.product(range(len(task.questions)), range(repeats))):
        rng, photograph = Random(seed + number), Path(task.questions[place])
        before, after = rng.sample(list(unrelated), 2)
        shots = (Shot(before, BEFORE, None), Shot(photograph, SHOWN, task.right[place][0]), Shot(after, BEFORE, None))
        films.append(Film(make_clip(shots, seed + number), (task.right[place][0],), (photograph,)))
    return films


def tour_films(task: Task, seed: int, count: int) -> list[Film]:
    films, rng = list[Film](), Random(seed + 7)
    while len(films) < count:
        places = rng.sample(range(len(task.questions)), 3)
        things = tuple(task.right[place][0] for place in places)
        if len(set(things)) == len(things):
            photographs = tuple(Path(task.questions[place]) for place in places)
            shots = [Shot(path, TOUR, thing) for path, thing in zip(photographs, things, strict=True)]
            films.append(Film(make_clip(shots, seed + 50_000 + len(films)), things, photographs))
    return films


def show(name: str, films: Sequence[Film], gallery: Vectors, encoder: PictureEncoder) -> None:
    """The rows of one kind of clip."""
    seen = [watch(film.clip, encoder) for film in films]
    second = [each_second(film.clip, encoder) for film in films]
    stills = [encode(encoder, [read(path) for path in film.photographs]) for film in films]
    print(f"{name}: {len(films)} clips of {np.mean([f.clip.seconds for f in films]):.1f} s, ", end="")
    print(f"{np.mean([len(f.clip.data) for f in films]) / 1e3:.0f} KB")
    pooled = [Seen(mean_of(each.vectors), each.seconds[:1], 0, 0) for each in seen]
    print("    " + describe_row("the photograph itself", still_ranks(films, stills, gallery), (1, 3, 10)))
    for label, found in (("best frame", seen), ("pooled", pooled), ("best of one frame a second", second)):
        print("    " + describe_row(label, ranks(films, found, gallery), (1, 3, 10)))
    describe_frames(films, seen, gallery)


def describe_frames(films: Sequence[Film], seen: Sequence[Seen], gallery: Vectors) -> None:
    hits = misses = shots = shots_seen = 0
    for film, each in zip(films, seen, strict=True):
        for thing in film.things:
            shows = film.clip.shows(thing, each.seconds[int((each.vectors @ gallery[thing]).argmax())])
            hits, misses = hits + shows, misses + (not shows)
        shots += len(film.clip.stretches)
        shots_seen += sum(any(s.begin <= at <= s.end for at in each.seconds) for s in film.clip.stretches)
    counts = [len(each.seconds) for each in seen]
    length = sum(film.clip.seconds for film in films)
    print(f"    the frame named for the right product shows it: {wilson(hits, hits + misses)}")
    print(f"    frames chosen: mean {np.mean(counts):.1f}, {min(counts)} to {max(counts)}, of 3 shots; ", end="")
    print(f"shots with a frame {wilson(shots_seen, shots)}")
    print(f"    processor seconds a second of clip: {sum(each.work_seconds for each in seen) / length:.3f}; ", end="")
    print(f"memory above idle at most {max(each.memory for each in seen):.0f} MB", flush=True)


def ranks(films: Sequence[Film], found: Sequence[Seen], gallery: Vectors) -> NDArray[np.int64]:
    """The rank of each thing that a clip shows, by the frame that a product looks most like."""
    return np.array(
        [
            rank((each.vectors @ gallery.T).max(axis=0), thing, film.things)
            for film, each in zip(films, found, strict=True)
            for thing in film.things
        ]
    )


def still_ranks(films: Sequence[Film], stills: Sequence[Vectors], gallery: Vectors) -> NDArray[np.int64]:
    """Each photograph searched with alone."""
    return np.array(
        [
            rank(vector @ gallery.T, thing, (thing,))
            for film, vectors in zip(films, stills, strict=True)
            for vector, thing in zip(vectors, film.things, strict=True)
        ]
    )


def rank(scores: Vectors, thing: int, also: Sequence[int]) -> int:
    """From 1; other things that the clip shows as well may stand before it."""
    others = np.delete(scores, [place for place in also if place != thing])
    return 1 + int((others > scores[thing] + 1e-6).sum())


def watch(clip: Clip, encoder: PictureEncoder) -> Seen:
    before = memory("VmRSS")
    forget_peak()
    begin = time.process_time()
    frames = distinct_frames(clip.data, LIMITS)
    took, above = time.process_time() - begin, max(0.0, memory("VmHWM") - before)
    return Seen(encode(encoder, [f.picture for f in frames]), tuple(f.seconds for f in frames), took, above)


def each_second(clip: Clip, encoder: PictureEncoder) -> Seen:
    """One frame a second, at most as many as the service takes, evenly over the clip."""
    import av

    with av.open(BytesIO(clip.data), "r") as opened:
        rate = float(opened.streams.video[0].average_rate or 25)
        frames = [f for number, f in enumerate(opened.decode(video=0)) if number % round(rate) == round(rate) // 2]
    frames = frames[:MOST_FRAMES]
    pictures = [np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8) for frame in frames]
    return Seen(encode(encoder, pictures), tuple(float(frame.time or 0) for frame in frames), 0, 0)


def encode(encoder: PictureEncoder, pictures: Sequence[Picture]) -> Vectors:
    return np.asarray(encoder.encode_pictures(list(pictures)), dtype=np.float32)


def mean_of(vectors: Vectors) -> Vectors:
    mean = vectors.mean(axis=0, keepdims=True)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


def forget_peak() -> None:
    """Linux: the highest memory so far counts from now."""
    Path("/proc/self/clear_refs").write_text("5")


def memory(kind: str) -> float:
    """MB of this process; VmRSS now, VmHWM at its highest."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(kind))
    return int(line.split()[1]) / 1e3


if __name__ == "__main__":
    main()
