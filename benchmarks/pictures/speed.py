"""How fast pictures become vectors: one JPEG's bytes on one core, and many files on several.

    python -m benchmarks.pictures.speed ../shared/data/grocery-store/natural_dev --encoders vitrine-picture colour-edge

Encoders take turns on every picture, and decoding alone is timed beside them, so that a busy machine is busy for all.
"""

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from encoders.encoder import PictureEncoder
from encoders.pictures_decoding import decode_picture
from encoders.registry import picture_encoder
from encoders.runtime import Runtime
from plugin_config.catalogue import EncoderChoice

Work = Callable[[Path], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--encoders", nargs="+", default=["vitrine-picture"])
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    suffixes = {".jpg", ".png", ".webp"}
    files = sorted(path for path in asked.folder.rglob("*") if path.suffix in suffixes)[: asked.pictures]
    works: dict[str, Work] = {"decoding": decode}
    for name in asked.encoders:
        encoder = picture_encoder(EncoderChoice(model=name), runtime=Runtime(threads=1))
        encoder.load()
        works[name] = encoding(encoder)
    show_one_core(works, files)
    for name in asked.encoders:
        start = time.perf_counter()
        with ThreadPoolExecutor(asked.threads) as pool:
            for _ in pool.map(works[name], files):
                pass
        rate = len(files) / (time.perf_counter() - start)
        print(f"{name}: from files, {asked.threads} threads: {rate:.0f} pictures/s wall")


def decode(path: Path) -> object:
    return decode_picture(path.read_bytes(), max_pixels=50_000_000, name=path.name)


def encoding(encoder: PictureEncoder) -> Work:
    return lambda path: encoder.encode_pictures(
        [decode_picture(path.read_bytes(), max_pixels=50_000_000, name=path.name)]
    )


def show_one_core(works: dict[str, Work], files: list[Path]) -> None:
    """Milliseconds by the clock and of the core's own time, from a JPEG's bytes to what the work gives."""
    walls: dict[str, list[float]] = {name: [] for name in works}
    cores: dict[str, list[float]] = {name: [] for name in works}
    for path in files[:1] + files:
        for name, work in works.items():
            wall, core = time.perf_counter(), time.thread_time()
            work(path)
            walls[name].append((time.perf_counter() - wall) * 1000)
            cores[name].append((time.thread_time() - core) * 1000)
    for name in works:
        (wall, wall_10), (core, core_10) = (np.percentile(times[name][1:], (50, 10)) for times in (walls, cores))
        print(f"{name}: {wall:.2f} ms p50, {wall_10:.2f} p10 wall; {core:.2f} p50, {core_10:.2f} p10 of the core's own")


if __name__ == "__main__":
    main()
